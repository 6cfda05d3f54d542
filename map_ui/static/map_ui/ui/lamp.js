// @ts-check
/** The state lamp: colour and shape from the one drawing that lists, map and cards share. */
import { t } from "grid/lib/phrases.js";

/** @typedef {"green" | "yellow" | "red" | "grey" | "done"} Lamp */

export const LAMP_ORDER = /** @type {const} */ (["red", "yellow", "grey", "green", "done"]);

const NAMES = {
  green: "Green: in time", yellow: "Yellow: near the limit", red: "Red: over the limit",
  grey: "Grey: clock paused", done: "Finished",
};
const drawing = document.documentElement.dataset.lamps ?? "";

/** @param {Lamp} lamp */
export function lampName(lamp) {
  return t(NAMES[lamp] ?? "");
}

/**
 * Markup of a lamp; nothing in it comes from a user.
 * @param {Lamp} lamp
 * @param {number} [size]
 */
export function lampSvg(lamp, size = 20) {
  const known = lamp in NAMES ? lamp : "grey";
  return `<svg class="lamp lamp-${known}" width="${size}" height="${size}" viewBox="0 0 24 24" aria-hidden="true">`
    + `<use href="${drawing}#${known}"></use></svg>`;
}
