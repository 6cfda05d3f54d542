// @ts-check
/** Colours of the map, once for both renderers and the legend. */

export const LAND = "#f3f2ee";
export const GREEN = "#d8e8cf";
export const WATER = "#bfd9ec";
export const RAIL = "#b9b3aa";
export const ROAD = "#ffffff";
export const ROAD_EDGE = "#d3cdc3";
export const ROAD_NAME = "#5d5950";
export const CELL_LINE = "#1b4f8f";
export const AREA_LINE = "#3b3247";
export const COMPONENT = "#6a5d86";
export const ORGANISATION = "#8a5a2b";
export const FONTS = '"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif';

/** Open cases in a cell: from this number on, this colour. One hue, darker is more. */
export const CELL_STEPS = /** @type {const} */ ([
  { from: 0, colour: "#eaf1f8", opacity: 0.25 },
  { from: 1, colour: "#bcd3ec", opacity: 0.5 },
  { from: 3, colour: "#85aedb", opacity: 0.55 },
  { from: 6, colour: "#4c82bf", opacity: 0.6 },
  { from: 10, colour: "#1f5798", opacity: 0.62 },
]);

/** Floors above ground: from this number on, this colour. */
export const FLOOR_STEPS = /** @type {const} */ ([
  { from: 0, colour: "#e6dfd3" },
  { from: 4, colour: "#d9cfbf" },
  { from: 8, colour: "#c8baa4" },
  { from: 17, colour: "#b3a187" },
  { from: 31, colour: "#9a8669" },
]);

/**
 * The step a number falls into.
 * @template {{from: number}} S
 * @param {readonly S[]} steps
 * @param {number} value
 * @returns {S}
 */
export function stepOf(steps, value) {
  return steps.reduce((found, step) => (value >= step.from ? step : found), steps[0]);
}
