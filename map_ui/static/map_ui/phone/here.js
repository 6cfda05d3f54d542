// @ts-check
/** Where this phone is while a page is open: for distances on the phone, and as a fact beside a step. */
import { towgs84 } from "grid/phone/datum.js";
import { setting } from "grid/phone/session.js";

/** @typedef {{lon: number, lat: number, accuracy_m: number, raw: {x: number, y: number, datum: string, accuracy_m: number, captured_at: string}}} Here lon and lat on our map, raw as it is sent */

/**
 * @param {(here: Here) => void} changed
 * @returns {Promise<{now: () => Here | null, close: () => void}>}
 */
export async function watchHere(changed) {
  const datum = await setting("datum", "wgs84");
  /** @type {Here | null} */
  let here = null;
  const take = (/** @type {GeolocationPosition} */ found) => {
    here = read(found, datum);
    changed(here);
  };
  // Without a position there is no distance; nothing else depends on it, so a refusal is no fault.
  const watch = navigator.geolocation?.watchPosition(take, () => {}, { enableHighAccuracy: true, maximumAge: 15_000, timeout: 30_000 });
  return { now: () => here, close: () => navigator.geolocation?.clearWatch(watch) };
}

/** Where the phone is now; null when it does not say within a while. @returns {Promise<Here | null>} */
export async function placeNow() {
  const datum = await setting("datum", "wgs84");
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    return navigator.geolocation.getCurrentPosition((found) => resolve(read(found, datum)), () => resolve(null), { enableHighAccuracy: true, maximumAge: 60_000, timeout: 20_000 });
  });
}

/** @param {GeolocationPosition} found @param {string} datum @returns {Here} */
function read({ coords, timestamp }, datum) {
  const [x, y] = [Number(coords.longitude.toFixed(7)), Number(coords.latitude.toFixed(7))];
  const [lon, lat] = towgs84({ x, y, datum });
  const accuracy_m = Math.round(coords.accuracy);
  return { lon, lat, accuracy_m, raw: { x, y, datum, accuracy_m, captured_at: new Date(timestamp).toISOString() } };
}
