// @ts-check
/** Choosing a category: frequent ones as buttons, all by name or by the first letters of their pinyin. */
import { make, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";

/** @typedef {{key: string, kind: string, major: string, name: string, initials: string}} Category */

const MOST_SHOWN = 60;

/**
 * @param {Category[]} categories in the order of the catalogue
 * @param {string[]} frequent keys
 * @returns {{key: () => string}}
 */
export function wireCategories(categories, frequent) {
  const byKey = new Map(categories.map((category) => [category.key, category]));
  const search = /** @type {HTMLInputElement} */ (need("#category-search"));
  const list = need("#category-list");
  let chosen = "";
  let kind = "";

  const choose = (/** @type {string} */ key) => {
    chosen = key;
    need("#category-name").textContent = byKey.get(key)?.name ?? "";
    need("#category-chosen").hidden = !key;
    need("#category-choose").hidden = Boolean(key);
    (key ? need("#category-change") : search).focus();
  };
  const show = () => {
    const words = search.value.trim().toLowerCase();
    list.hidden = !words && !kind;
    if (list.hidden) return;
    const found = categories.filter((category) => fits(category, words, kind)).slice(0, MOST_SHOWN);
    const rows = found.map((category) => {
      const button = make("button", { type: "button" }, make("span", {}, category.name), make("span", { class: "category-major" }, category.major));
      button.addEventListener("click", () => choose(category.key));
      return make("li", {}, button);
    });
    list.replaceChildren(...(rows.length ? rows : [make("li", { class: "category-none" }, t("Nothing fits. Try other words or the first letters of the pinyin."))]));
  };

  need("#frequent").replaceChildren(...frequent.filter((key) => byKey.has(key)).map((key) => {
    const button = make("button", { type: "button", class: "btn" }, byKey.get(key)?.name ?? key);
    button.addEventListener("click", () => choose(key));
    return button;
  }));
  for (const chip of document.querySelectorAll(".category-kinds [data-kind]")) {
    chip.addEventListener("click", () => {
      const own = /** @type {HTMLElement} */ (chip).dataset.kind ?? "";
      kind = kind === own ? "" : own;
      for (const other of document.querySelectorAll(".category-kinds [data-kind]")) {
        other.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (other).dataset.kind === kind));
      }
      show();
      search.scrollIntoView({ block: "start", behavior: "smooth" });
    });
  }
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (list.querySelector("button"))?.click();
  });
  need("#category-change").addEventListener("click", () => choose(""));
  return { key: () => chosen };
}

/**
 * @param {Category} category
 * @param {string} words
 * @param {string} kind
 */
function fits(category, words, kind) {
  if (kind && category.kind !== kind) return false;
  if (!words) return true;
  return category.name.toLowerCase().includes(words) || category.initials.startsWith(words)
    || category.major.toLowerCase().includes(words) || category.key.toLowerCase() === words;
}
