// @ts-check
/** Search box with a list of findings (combobox pattern): arrows choose, Enter opens. */
import { make, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { getJson } from "grid/lib/request.js";

const WAIT_MS = 200;

/** @typedef {{kind: string, key: string, label: string, hint: string, lon: number, lat: number}} Finding */

/**
 * @param {string} url
 * @param {(finding: Finding) => void} chosen
 */
export function wireSearch(url, chosen) {
  const input = /** @type {HTMLInputElement} */ (need("#search"));
  const list = need("#search-list");
  /** @type {Finding[]} */
  let findings = [];
  let active = -1;
  let timer = 0;
  let asked = "";

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (/** @type {number} */ index) => {
    const finding = findings[index];
    if (!finding) return;
    close();
    input.value = finding.label;
    chosen(finding);
  };
  const mark = (/** @type {number} */ index) => {
    active = findings.length ? (index + findings.length) % findings.length : -1;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) input.setAttribute("aria-activedescendant", `finding-${active}`);
  };
  const show = () => {
    const rows = findings.map((finding, index) => {
      const row = make("li", { role: "option", id: `finding-${index}`, class: "finding" },
        make("span", { class: "finding-label" }, finding.label), make("span", { class: "finding-hint" }, finding.hint));
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(index);
      });
      return row;
    });
    const none = make("li", { class: "finding finding-none" }, t("Nothing found. Try the last digits of the number, or a building's name."));
    list.replaceChildren(...(rows.length ? rows : [none]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(rows.length ? 0 : -1);
  };
  const ask = async () => {
    const text = input.value.trim();
    asked = text;
    if (!text) return close();
    const answer = await getJson(`${url}?q=${encodeURIComponent(text)}`);
    if (asked !== text) return;
    findings = answer.findings;
    show();
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT_MS);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      if (asked !== input.value.trim() || list.hidden) await ask();
      choose(Math.max(0, active));
    } else return;
    if (event.key.startsWith("Arrow")) event.preventDefault();
  });
  input.addEventListener("blur", close);
}
