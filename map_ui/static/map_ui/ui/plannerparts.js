// @ts-check
/** Lists of the planner's side: cells with figures, findings, editions. */
import { make, need } from "grid/lib/page.js";
import { stamp } from "grid/lib/time.js";

/** @typedef {(text: string, values?: Record<string, string | number>) => string} Say */
/** @typedef {{households: number, area: number}} Figures */

const format = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** @param {number} value */
export function whole(value) {
  return format.format(value);
}

/** @param {number} m2 */
export function hectares(m2) {
  return (m2 / 10_000).toFixed(2);
}

/**
 * Smallest, median and largest of the cells.
 * @param {Figures[]} figures @param {Say} say
 */
export function showSummary(figures, say) {
  const list = need("#summary");
  list.replaceChildren();
  if (!figures.length) return;
  const households = figures.map((one) => one.households).sort((a, b) => a - b);
  const areas = figures.map((one) => one.area).sort((a, b) => a - b);
  const spread = (/** @type {number[]} */ all, /** @type {(n: number) => string} */ text) =>
    [all[0], all[Math.floor(all.length / 2)], all[all.length - 1]].map(text);
  const names = [say("smallest"), say("median"), say("largest")];
  spread(households, whole).forEach((text, k) =>
    list.append(make("div", {}, make("dt", {}, `${say("Households")} · ${names[k]}`), make("dd", {}, text))));
  spread(areas, hectares).forEach((text, k) =>
    list.append(make("div", {}, make("dt", {}, `ha · ${names[k]}`), make("dd", {}, text))));
}

/**
 * @param {import("grid/map/cells.js").CellLayer} layer
 * @param {{figures: (k: number) => Figures, far: (k: number) => boolean, pick: (k: number, more: boolean) => void, say: Say}} options
 */
export function showCells(layer, { figures, far, pick, say }) {
  const body = need("#cells");
  const focused = document.activeElement?.getAttribute("data-cell");
  body.replaceChildren();
  layer.topology.cells.forEach((cell, k) => {
    const { households, area } = figures(k);
    const swatch = make("i", {});
    swatch.style.background = layer.colour(k);
    const label = say("Cell %(code)s, %(households)d households, %(area)s ha", { code: cell.facts.code, households, area: hectares(area) });
    const button = make("button", { type: "button", class: "planner-cell", "data-cell": String(k), title: cell.facts.code, "aria-label": label },
      swatch, `${cell.facts.code.slice(9, 12)}-${cell.facts.code.slice(12)}`);
    button.addEventListener("click", (event) => pick(k, event.ctrlKey || event.shiftKey || event.metaKey));
    const row = make("tr", { "aria-selected": String(layer.chosen.has(k)) }, make("td", {}, button),
      make("td", { class: `text-end${far(k) ? " planner-far" : ""}` }, whole(households)), make("td", { class: "text-end" }, hectares(area)));
    body.append(row);
    if (focused === String(k)) button.focus();
  });
}

/** @param {import("grid/map/cells.js").CellLayer} layer */
export function markChosen(layer) {
  need("#cells").querySelectorAll("tr").forEach((row, k) => {
    row.setAttribute("aria-selected", String(layer.chosen.has(k)));
    if (layer.chosen.size === 1 && layer.chosen.has(k)) row.scrollIntoView({ block: "nearest" });
  });
}

/**
 * @param {any[]} findings @param {Say} say @param {(finding: any) => void} show
 */
export function showFindings(findings, say, show) {
  const errors = findings.filter((one) => one.severity === "error").length;
  need("#check-result").textContent = findings.length
    ? say("%(errors)d errors, %(warnings)d warnings", { errors, warnings: findings.length - errors }) : say("Nothing wrong was found.");
  need("#findings").replaceChildren(...findings.map((finding) => {
    const kind = say(finding.severity === "error" ? "Error" : "Warning");
    const button = make("button", { type: "button", class: "planner-finding", "data-severity": finding.severity },
      make("strong", {}, `${kind}: `), finding.text);
    button.addEventListener("click", () => show(finding));
    return make("li", {}, button);
  }));
}

/**
 * @param {any[]} editions
 * @param {{say: Say, open: (edition: any) => void, discard: (edition: any) => void, activate: (edition: any) => void, mayActivate: boolean}} options
 */
export function showEditions(editions, { say, open, discard, activate, mayActivate }) {
  need("#editions").replaceChildren(...editions.map((edition) => {
    const since = edition.valid_from ?? edition.created_at;
    const top = make("div", { class: "planner-edition-top" },
      make("strong", {}, `#${edition.number} ${edition.title}`.trim()), make("span", { class: "nb" }, edition.state_name));
    const facts = make("p", { class: "planner-note" },
      `${edition.scope} · ${say("%(cells)d cells in all", { cells: edition.cells })} · ${stamp(since)}`);
    const buttons = make("div", { class: "planner-row" }, action(say("Load edition"), () => open(edition)));
    if (edition.state === "draft" || edition.state === "checked") {
      if (mayActivate && edition.state === "checked") buttons.append(action(say("Activate …"), () => activate(edition), "btn-primary"));
      buttons.append(action(say("Discard"), () => discard(edition)));
    }
    return make("li", { class: "planner-edition", "data-state": edition.state }, top, facts, buttons);
  }));
}

/** @param {string} text @param {() => void} run @param {string} [look] */
function action(text, run, look = "") {
  const button = make("button", { type: "button", class: `btn ${look}` }, text);
  button.addEventListener("click", run);
  return button;
}
