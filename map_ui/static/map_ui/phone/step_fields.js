// @ts-check
/** What a step asks for besides photos and words: days, dates, standards, parts, and the flow's own fields. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { named } from "grid/phone/language.js";
import { field } from "grid/phone/ui.js";

const ELSEWHERE = new Set(["reason", "text", "photo_after", "photo_site"]);
const HERE = new Set([...ELSEWHERE, "days", "until", "standard", "branches"]);

/** Whether a phone can give all that the step needs; a department or a person is chosen at a desk. @param {any} offer */
export function steppable(offer) {
  const own = new Set(offer.own.map((/** @type {any} */ one) => one.key));
  return offer.requires.every((/** @type {string} */ name) => HERE.has(name) || own.has(name));
}

/**
 * @param {any} offer
 * @param {Record<string, any>} values written to as they are given
 * @param {{catalogue: any, task: any, changed: () => void}} given
 * @returns {HTMLElement[]}
 */
export function fieldsOf(offer, values, { catalogue, task, changed }) {
  const put = (/** @type {string} */ name, /** @type {any} */ value) => {
    values[name] = value;
    changed();
  };
  const own = new Map(offer.own.map((/** @type {any} */ one) => [one.key, one]));
  /** @type {Record<string, () => HTMLElement>} */
  const known = {
    days: () => field(t("Days"), typed("number", values.days, (value) => put("days", value === "" ? "" : Number(value)), { min: "1", max: "365", inputmode: "numeric" })),
    until: () => field(t("Until"), typed("date", values.until, (value) => put("until", value))),
    standard: () => field(t("Case standard"), picked(standards(catalogue, task), values.standard, (value) => put("standard", value === "" ? "" : Number(value)))),
    branches: () => parts(task, values.branches ?? [], (value) => put("branches", value)),
  };
  return [...offer.requires, ...offer.takes].filter((name) => !ELSEWHERE.has(name)).flatMap((name) => {
    if (own.has(name)) return [ownField(own.get(name), values[name], (value) => put(name, value))];
    return known[name] ? [known[name]()] : [];
  });
}

/** The values as the server reads them, without what is empty. @param {any} offer @param {Record<string, any>} values */
export function answers(offer, values) {
  const own = new Set(offer.own.map((/** @type {any} */ one) => one.key));
  const names = new Set([...offer.requires, ...offer.takes]);
  const given = Object.entries(values).filter(([name, value]) => names.has(name) && value !== "" && value !== null && value !== undefined && !(Array.isArray(value) && !value.length));
  const plain = Object.fromEntries(given.filter(([name]) => !own.has(name)));
  const mine = given.filter(([name]) => own.has(name));
  return mine.length ? { ...plain, own: Object.fromEntries(mine) } : plain;
}

/** @param {string} type @param {any} value @param {(value: string) => void} change @param {Record<string, string>} [more] */
function typed(type, value, change, more = {}) {
  const input = /** @type {HTMLInputElement} */ (make("input", { type, ...more }));
  input.value = value ?? "";
  input.addEventListener("input", () => change(input.value));
  return input;
}

/** @param {[string, string][]} choices @param {any} value @param {(value: string) => void} change */
function picked(choices, value, change) {
  const input = /** @type {HTMLSelectElement} */ (make("select", {}, make("option", { value: "" }, "–"), ...choices.map(([key, name]) => make("option", { value: key }, name))));
  input.value = value === undefined || value === null ? "" : String(value);
  input.addEventListener("change", () => change(input.value));
  return input;
}

/** @param {any} catalogue @param {any} task @returns {[string, string][]} */
function standards(catalogue, task) {
  const found = (catalogue?.categories ?? []).find((/** @type {any} */ row) => row.key === task.category);
  return (found?.standards ?? []).map((/** @type {any} */ row) => [String(row.seq), `${row.seq} ${named(row, "condition")}`]);
}

/** @param {any} task @param {string[]} chosen @param {(value: string[]) => void} change */
function parts(task, chosen, change) {
  const boxes = (task.branches ?? []).map((/** @type {any} */ part) => {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", value: part.number }));
    input.checked = chosen.includes(part.number);
    return make("label", { class: "check" }, input, make("span", {}, `${part.department} · ${part.stage_name}`));
  });
  const box = make("div", { role: "group", "aria-label": t("Parts this is about") }, ...boxes);
  if (!boxes.length) box.hidden = true;
  box.addEventListener("change", () => change([.../** @type {NodeListOf<HTMLInputElement>} */ (box.querySelectorAll("input:checked"))].map((one) => one.value)));
  return box;
}

/** A field the flow brings itself. @param {any} own @param {any} value @param {(value: any) => void} change */
function ownField(own, value, change) {
  const name = named(own);
  if (own.kind === "yes_no") {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
    input.checked = Boolean(value);
    input.addEventListener("change", () => change(input.checked));
    return make("label", { class: "check" }, input, make("span", {}, name));
  }
  if (own.kind === "choice") return field(name, picked(own.choices.map((/** @type {string} */ one) => [one, one]), value, change));
  if (own.kind === "number") return field(name, typed("number", value, (text) => change(text === "" ? "" : Math.trunc(Number(text))), { step: "1", inputmode: "numeric" }));
  return field(name, typed(own.kind === "date" ? "date" : "text", value, change, own.kind === "date" ? {} : { maxlength: "500" }));
}
