// @ts-check
/** The ground of the map of one's own cells, taken along over wifi: a few hundred small files at most. */
import { pageData } from "grid/lib/page.js";
import { onWifi } from "grid/phone/sending.js";
import { keep, setting } from "grid/phone/session.js";
import { listed, MOST } from "grid/phone/tilelist.js";

/** The service worker answers the map from it. */
const CACHE = "grid-map";
const TAKEN = "map_taken";

/** Of the ground on this phone. @returns {Promise<{count: number, bytes: number}>} */
export async function mapSize() {
  if (!window.caches) return { count: 0, bytes: 0 }; // an insecure address: the page says so at its top
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
  if (!window.caches) return false;
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
  await bound(cache, new Set(wanted.map((url) => new URL(url, location.href).href)));
  return true;
}

/** What was looked at elsewhere goes, the oldest first, when it becomes too much. @param {Cache} cache @param {Set<string>} wanted */
async function bound(cache, wanted) {
  const all = await cache.keys();
  const others = all.filter((request) => !wanted.has(request.url));
  for (const request of others.slice(0, Math.max(0, all.length - 2 * MOST))) await cache.delete(request);
}

/** Takes the ground along by itself when the line costs nothing. @param {import("grid/phone/session.js").Session | null} session */
export async function takeMapOnWifi(session) {
  const cells = await session?.packs.get("cells");
  if (cells && window.caches && onWifi() && navigator.onLine && !(await mapTaken(cells))) await takeMap(cells, () => undefined);
}

/** Whether the ground of just these cells was taken along. @param {any} cells */
export async function mapTaken(cells) {
  return (await setting(TAKEN, "")) === names(cells);
}

/** @param {any} cells */
const names = (cells) => (cells?.features ?? []).map((/** @type {any} */ cell) => cell.properties.code).join(",");
