// @ts-check
/** Short notices in the corner, and sentences for screen readers only. */
import { make, need } from "grid/lib/page.js";

const SHOWN_MS = 6000;
/** Something that can be done about it waits longer: whoever is writing looks up late. */
const OFFERED_MS = 60_000;

/**
 * A sentence that is there already is not said twice.
 * @param {string} text
 * @param {{label: string, run: () => void}} [action]
 */
export function toast(text, action) {
  const place = need("#toasts");
  for (const old of [...place.children]) if (old.firstElementChild?.textContent === text) old.remove();
  const line = make("div", { class: "toast-line" }, make("span", {}, text));
  if (action) {
    const button = make("button", { type: "button", class: "btn btn-link" }, action.label);
    button.addEventListener("click", () => {
      line.remove();
      action.run();
    });
    line.append(button);
  }
  place.append(line);
  window.setTimeout(() => line.remove(), action ? OFFERED_MS : SHOWN_MS);
}

/**
 * Says a sentence to screen readers without showing it.
 * @param {string} text
 */
export function announce(text) {
  need("#announcer").textContent = text;
}
