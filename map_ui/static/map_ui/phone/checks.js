// @ts-check
/** Values typed at the door: what was seen before, and whether a new one can be right. The server looks again. Pure. */

const ID = /^\d{17}[\dX]$/;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK = "10X98765432";

/**
 * A field as this phone showed it; corrections say what they were made against.
 * @param {string} key "person.phone"
 * @param {any} row person, household or door
 * @returns {string}
 */
export function seen(key, row) {
  const field = key.split(".")[1];
  if (field === "newcomer") return "";
  const value = { gone: row.life, birth_date: row.born }[field] ?? row[field];
  return value === null || value === undefined ? "" : String(value);
}

/**
 * @param {string} kind as the pack of fields says
 * @param {string} value
 * @param {string} today 2026-11-26
 * @returns {"" | "missing" | "tel" | "id" | "date" | "number" | "name"} what is wrong
 */
export function wrong(kind, value, today) {
  if (!value) return "missing";
  if (kind === "tel") return /^(1\d{10}|0\d{2,3}-?\d{7,8})$/.test(value) ? "" : "tel";
  if (kind === "id") return /^\d{15}$/.test(value) || (ID.test(value) && checked(value)) ? "" : "id";
  if (kind === "date") return /^\d{4}-\d{2}-\d{2}$/.test(value) && value >= "1870-01-01" && value <= today ? "" : "date";
  if (kind === "number") return /^\d{1,5}(\.\d{1,2})?$/.test(value) ? "" : "number";
  if (kind === "name") return /^[\p{L}\p{M}·•.\-' ]{1,50}$/u.test(value) ? "" : "name";
  return "";
}

/** The one form of a value. @param {string} kind @param {string} value */
export function tidy(kind, value) {
  const text = value.normalize("NFKC").trim();
  if (kind === "tel") return text.replace(/[\s()-]/g, "").replace(/^\+?86(?=1\d{10}$)/, "");
  return kind === "id" ? text.replace(/\s/g, "").toUpperCase() : text;
}

/** The last character of an ID number (GB 11643). @param {string} number */
function checked(number) {
  const sum = WEIGHTS.reduce((total, weight, n) => total + weight * Number(number[n]), 0);
  return CHECK[sum % 11] === number[17];
}
