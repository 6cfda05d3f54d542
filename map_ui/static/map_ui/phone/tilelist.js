// @ts-check
/** Which tiles of the map lie under cells. Pure (tests/phone/tilelist.test.mjs). */

const FROM_ZOOM = 13;
const TO_ZOOM = 16;
/** With more than so many the closest zoom is left out, then the next. */
export const MOST = 400;

/** @param {number} lon @param {number} lat @param {number} z @returns {[number, number]} */
function tile(lon, lat, z) {
  const n = 2 ** z;
  const rad = (lat * Math.PI) / 180;
  return [Math.floor(((lon + 180) / 360) * n), Math.floor(((1 - Math.asinh(Math.tan(rad)) / Math.PI) / 2) * n)];
}

/** @param {any} part coordinates @returns {[number, number][]} */
const flat = (part) => (typeof part[0] === "number" ? [part] : part.flatMap(flat));

/**
 * Tiles under the bounds of each cell at zooms 13 to 16.
 * @param {any} cells GeoJSON, or undefined
 * @param {number} deepest zoom that the server has
 * @returns {{z: number, x: number, y: number}[]}
 */
export function listed(cells, deepest) {
  /** @type {Map<string, {z: number, x: number, y: number}>} */
  const found = new Map();
  for (let z = FROM_ZOOM; z <= Math.min(TO_ZOOM, deepest); z++) {
    const level = new Map();
    for (const cell of cells?.features ?? []) {
      const points = flat(cell.geometry.coordinates);
      const [xs, ys] = [points.map((point) => point[0]), points.map((point) => point[1])];
      const [west, north] = tile(Math.min(...xs), Math.max(...ys), z);
      const [east, south] = tile(Math.max(...xs), Math.min(...ys), z);
      for (let x = west; x <= east; x++) for (let y = north; y <= south && level.size <= MOST; y++) level.set(`${z}/${x}/${y}`, { z, x, y });
    }
    if (found.size + level.size > MOST) break;
    for (const [name, one] of level) found.set(name, one);
  }
  return [...found.values()];
}
