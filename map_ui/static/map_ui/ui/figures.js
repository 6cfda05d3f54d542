// @ts-check
/** The strip of key figures; those with a lamp filter the map. */
import { t } from "grid/lib/phrases.js";
import { announce } from "grid/ui/toast.js";

/**
 * @param {HTMLElement} strip
 * @param {(lamps: Set<string>) => void} changed
 */
export function wireFigures(strip, changed) {
  /** @type {Set<string>} */
  const lamps = new Set();
  for (const button of strip.querySelectorAll("button[data-lamp]")) {
    button.addEventListener("click", () => {
      const lamp = /** @type {HTMLElement} */ (button).dataset.lamp ?? "";
      if (!lamp) lamps.clear();
      else if (lamps.has(lamp)) lamps.delete(lamp);
      else lamps.add(lamp);
      for (const one of strip.querySelectorAll("button[data-lamp]")) {
        const own = /** @type {HTMLElement} */ (one).dataset.lamp ?? "";
        one.setAttribute("aria-pressed", String(own ? lamps.has(own) : lamps.size === 0));
      }
      changed(lamps);
    });
  }
}

/**
 * Shows the figures; a change is marked for a moment and said to screen readers.
 * @param {HTMLElement} strip
 * @param {Record<string, number>} figures
 * @param {string} at time of the reading
 */
export function showFigures(strip, figures, at) {
  for (const value of strip.querySelectorAll("[data-figure]")) {
    const now = figures[/** @type {HTMLElement} */ (value).dataset.figure ?? ""];
    if (now === undefined || value.textContent === String(now)) continue;
    const first = value.textContent === "–" || value.querySelector(".skeleton");
    value.textContent = String(now);
    if (!first) {
      value.classList.remove("figure-changed");
      requestAnimationFrame(() => value.classList.add("figure-changed"));
    }
  }
  const time = strip.querySelector("#figures-at");
  if (time) time.textContent = at;
}

/** @param {number} count */
export function sayNewCase(count) {
  announce(t("%(n)d new reports on the map", { n: count }));
}
