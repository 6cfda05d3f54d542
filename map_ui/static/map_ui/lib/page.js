// @ts-check
/** What the server told this page, and small helpers for elements. */

/**
 * Data that a template put into the page with json_script.
 * @template T
 * @param {string} id
 * @returns {T}
 */
export function pageData(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no data element #${id}`);
  return JSON.parse(found.textContent ?? "null");
}

/**
 * An element that must exist.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function need(selector, within = document) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`no element ${selector}`);
  return /** @type {T} */ (found);
}

/**
 * Makes an element; text is text, never HTML.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Puts a server-rendered fragment of our own origin into an element.
 * @param {HTMLElement} target
 * @param {string} html
 */
export function fill(target, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  target.replaceChildren(...parsed.body.childNodes);
}

/**
 * The function, called at once and then at most every `interval` ms; the last call is never dropped.
 * @param {() => void} action
 * @param {number} interval
 * @returns {() => void}
 */
export function paced(action, interval) {
  let next = 0;
  let timer = 0;
  return () => {
    if (timer) return;
    const wait = Math.max(0, next - Date.now());
    timer = window.setTimeout(() => {
      timer = 0;
      next = Date.now() + interval;
      action();
    }, wait);
  };
}
