// @ts-check
/** Short notices in the corner, and sentences for screen readers only. */
import { make, need } from "grid/lib/page.js";

const SHOWN_MS = 6000;

/**
 * @param {string} text
 * @param {{label: string, run: () => void}} [action]
 */
export function toast(text, action) {
  const line = make("div", { class: "toast-line" }, make("span", {}, text));
  if (action) {
    const button = make("button", { type: "button", class: "btn btn-link" }, action.label);
    button.addEventListener("click", () => {
      line.remove();
      action.run();
    });
    line.append(button);
  }
  need("#toasts").append(line);
  window.setTimeout(() => line.remove(), SHOWN_MS);
}

/**
 * Says a sentence to screen readers without showing it.
 * @param {string} text
 */
export function announce(text) {
  need("#announcer").textContent = text;
}
