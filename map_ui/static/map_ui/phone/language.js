// @ts-check
/** Which language the program speaks. Imported first: the sentences are read when their module is. The page carries the
 * Chinese ones; English is their key. */

const KEY = "grid-language";

export const language = localStorage.getItem(KEY) === "en" ? "en" : "zh-Hans";

document.documentElement.lang = language;
if (language === "en") document.getElementById("phrases")?.remove();

/** @param {string} next "en" or "zh-Hans" */
export function speak(next) {
  localStorage.setItem(KEY, next);
  location.reload();
}

/**
 * The name in the language spoken, of a row that has both.
 * @param {Record<string, any>} row
 * @param {string} [field]
 */
export function named(row, field = "name") {
  return (language === "en" && row[`${field}_en`]) || row[field];
}
