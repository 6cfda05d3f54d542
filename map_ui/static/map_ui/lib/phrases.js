// @ts-check
/** Sentences in the page's language: the server puts them into the page, keyed by their English text. */

/** @type {Record<string, string>} */
const said = JSON.parse(document.getElementById("phrases")?.textContent ?? "{}");

/**
 * The sentence in the page's language, with %(name)s and %(name)d filled in.
 * @param {string} text English text, the key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(text, values = {}) {
  return (said[text] ?? text).replace(/%\((\w+)\)[sd]/g, (_, name) => String(values[name] ?? ""));
}

export const isEnglish = document.documentElement.lang === "en";
