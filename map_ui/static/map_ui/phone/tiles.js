// @ts-check
/** The ground of the map of one's own cells, taken along over wifi: a few hundred small files at most. */
import { pageData } from "grid/lib/page.js";
import { setting, keep } from "grid/phone/session.js";
import { listed } from "grid/phone/tilelist.js";

/** The service worker answers the map from it. */
const CACHE = "grid-map";
const TAKEN = "map_taken";

/** Of the ground on this phone. @returns {Promise<{count: number, bytes: number}>} */
export async function mapSize() {
  const cache = await caches.open(CACHE);
  const answers = await Promise.all((await cache.keys()).map((request) => cache.match(request)));
  const sizes = await Promise.all(answers.map(async (answer) => (answer ? (await answer.blob()).size : 0)));
  return { count: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * Takes the ground of cells along; what is here already is not fetched again.
 * @param {any} cells GeoJSON
 * @param {(done: number, all: number) => void} progress
 * @returns {Promise<boolean>} false when the line broke off
 */
export async function takeMap(cells, progress) {
  const { tiles, max_tile_zoom } = pageData("phone-config");
  const wanted = listed(cells, max_tile_zoom).map(({ z, x, y }) => tiles.context.replace("{z}", String(z)).replace("{x}", String(x)).replace("{y}", String(y)));
  const cache = await caches.open(CACHE);
  for (const [n, url] of wanted.entries()) {
    progress(n, wanted.length);
    if (await cache.match(url)) continue;
    try {
      const answer = await fetch(url, { credentials: "omit" });
      if (answer.ok) await cache.put(url, answer);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return false;
    }
  }
  progress(wanted.length, wanted.length);
  await keep(TAKEN, names(cells));
  return true;
}

/** Whether the ground of just these cells was taken along. @param {any} cells */
export async function mapTaken(cells) {
  return (await setting(TAKEN, "")) === names(cells);
}

/** @param {any} cells */
const names = (cells) => (cells?.features ?? []).map((/** @type {any} */ cell) => cell.properties.code).join(",");
