// @ts-check
/** Codes in words, as the pack of fields says them, in the language spoken. */
import { named } from "grid/phone/language.js";

/** @param {any} fields the pack, or undefined @returns {(list: string, code: string | number) => string} */
export function wordsOf(fields) {
  const lists = new Map(Object.entries(fields?.words ?? {}).map(([list, rows]) => [list, new Map(/** @type {any[]} */ (rows).map((row) => [row.code, named(row)]))]));
  return (list, code) => lists.get(list)?.get(String(code)) ?? "";
}
