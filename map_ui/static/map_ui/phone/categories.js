// @ts-check
/** What it is: those used lately first, then by words, first letters of the pinyin or code. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { named } from "grid/phone/language.js";
import { button, empty } from "grid/phone/ui.js";

const MOST_SHOWN = 30;
const LATELY = 8;

/**
 * @param {any[]} categories of the catalogue
 * @param {string[]} lately keys
 * @param {string} chosen key, "" for none
 * @param {(key: string) => void} pick
 */
export function categories(categories, lately, chosen, pick) {
  const byKey = new Map(categories.map((row) => [row.key, row]));
  const box = make("div", { class: "stack" });
  const choose = (/** @type {string} */ key) => {
    pick(key);
    show(key);
  };
  const option = (/** @type {any} */ row) => {
    const element = button(named(row), { kind: "choice", act: () => choose(row.key) });
    element.append(make("small", {}, named(row, "major")));
    return element;
  };
  const show = (/** @type {string} */ key) => {
    if (byKey.has(key)) {
      const change = button(t("Change"), { act: () => { choose(""); box.querySelector("input")?.focus(); } });
      box.replaceChildren(make("div", { class: "chosen" }, make("div", {}, make("strong", {}, named(byKey.get(key))), make("small", {}, named(byKey.get(key), "major"))), change));
      return;
    }
    const search = /** @type {HTMLInputElement} */ (make("input", { type: "search", enterkeyhint: "search", autocapitalize: "none", placeholder: t("Words or first letters, such as blsh"), "aria-label": t("Search what it is") }));
    const usual = [...new Set([...lately, ...categories.map((row) => row.key)])].filter((one) => byKey.has(one)).slice(0, LATELY);
    const list = make("div", { class: "choices" }, ...usual.map((one) => option(byKey.get(one))));
    search.addEventListener("input", () => {
      const words = search.value.trim().toLowerCase();
      const rows = words ? categories.filter((row) => fits(row, words)).slice(0, MOST_SHOWN) : usual.map((one) => byKey.get(one));
      list.replaceChildren(...(rows.length ? rows.map(option) : [empty("search", t("Nothing fits. Try other words or the first letters of the pinyin."))]));
    });
    box.replaceChildren(list, search);
  };
  show(chosen);
  return box;
}

/** @param {any} row @param {string} words */
export function fits(row, words) {
  return [row.name, row.name_en, row.major, row.major_en].some((text) => text?.toLowerCase().includes(words))
    || row.initials?.startsWith(words) || row.key.toLowerCase() === words;
}
