// @ts-check
/** Where it is: the phone's own position as it gets better, or a pin moved by hand. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { button, note } from "grid/phone/ui.js";

const ROUGH_M = 100;
/** A pin set by hand on the map is taken as so good. */
const BY_HAND_M = 5;

/** @typedef {{x: number, y: number, datum: string, accuracy_m: number | null}} Point as the server reads it */

/**
 * @param {object} given
 * @param {Point | null} given.point of a draft
 * @param {string} given.datum of the phone's positions
 * @param {Promise<any>} given.cells GeoJSON of the worker's cells, or undefined
 * @param {(point: Point) => void} given.changed
 */
export function place({ point, datum, cells, changed }) {
  /** @type {Point | null} */
  let spot = point;
  let by_hand = Boolean(point && point.accuracy_m === BY_HAND_M);
  const told = make("p", { class: "place-told", role: "status" });
  const canvas = make("div", { class: "map", hidden: "" });
  const again = button(t("My position"), { icon: "current-location", act: () => { by_hand = false; locate(); } });
  const onMap = button(t("On the map"), { icon: "map-pin", act: () => void draw() });
  const box = make("div", { class: "stack" }, told, make("div", { class: "pair" }, again, onMap), canvas);
  /** @type {{show: (point: Point) => void, close: () => void} | null} */
  let map = null;
  let watch = 0;
  let closed = false;

  const say = () => {
    const rough = !spot || (spot.accuracy_m ?? Infinity) > ROUGH_M;
    told.classList.toggle("place-rough", rough);
    if (!spot) told.textContent = t("Finding your position …");
    else if (by_hand) told.textContent = t("Place chosen on the map");
    else if (rough) told.textContent = t("Only accurate to %(n)d m: tap the map where it is.", { n: Math.round(spot.accuracy_m ?? 0) });
    else told.textContent = t("Accurate to %(n)d m", { n: Math.round(spot.accuracy_m ?? 0) });
  };
  const put = (/** @type {Point} */ next) => {
    spot = next;
    say();
    map?.show(next);
    changed(next);
  };
  const locate = () => {
    navigator.geolocation?.clearWatch(watch);
    if (!navigator.geolocation) return refused();
    say();
    watch = navigator.geolocation.watchPosition(({ coords }) => {
      if (by_hand) return;
      // Only a better one replaces what is there, so that the pin does not wander while somebody writes.
      if (spot && (spot.accuracy_m ?? Infinity) <= coords.accuracy) return;
      put({ x: Number(coords.longitude.toFixed(7)), y: Number(coords.latitude.toFixed(7)), datum, accuracy_m: Math.round(coords.accuracy) });
    }, refused, { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 });
    return undefined;
  };
  const refused = () => {
    if (spot) return;
    told.classList.add("place-rough");
    told.textContent = t("Your position could not be found. Tap the map where it is.");
    void draw();
  };
  const draw = async () => {
    if (map || closed) return;
    canvas.hidden = false;
    try {
      const [{ openMap }, known] = await Promise.all([import("grid/phone/map.js"), cells]);
      if (closed) return;
      map = await openMap(canvas, { cells: known, datum, pick: (x, y) => {
        by_hand = true;
        put({ x, y, datum: "wgs84", accuracy_m: BY_HAND_M });
      } });
      if (spot) map.show(spot);
    } catch (error) {
      canvas.replaceChildren(note(t("The map could not be loaded here. The position is sent all the same."), "warn"));
      if (!(error instanceof TypeError)) throw error;
    }
  };
  say();
  if (!by_hand) locate();
  return {
    box,
    point: () => spot,
    close: () => {
      closed = true;
      navigator.geolocation?.clearWatch(watch);
      map?.close();
    },
  };
}
