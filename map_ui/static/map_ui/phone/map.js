// @ts-check
/** The small map of the phone: ground tiles, the worker's cells, a pin and how sure it is. Loaded when it is wanted. */
import * as maplibregl from "maplibre-gl";
import { make, pageData } from "grid/lib/page.js";
import { mapStyle } from "grid/map/style.js";
import { towgs84 } from "grid/phone/datum.js";
import { lamp, timeLeft } from "grid/phone/marks.js";
import { lampOf } from "grid/phone/tasks.js";

const CELL = "#1b4f8f";
const PIN = "#c2410c";
const CLOSE_UP = 17;

/** @typedef {import("grid/phone/place.js").Point} Point */

/** Ground alone: the registers' tiles need a browser's session, the phone has its own packs. @param {any} cells */
export function groundStyle(cells) {
  const { tiles, max_tile_zoom } = pageData("phone-config");
  const style = mapStyle({ bounds: null, tiles: { context: tiles.context, places: tiles.context }, max_tile_zoom });
  delete style.sources.places;
  style.layers = style.layers.filter((/** @type {any} */ layer) => !layer.source || layer.source === "context");
  style.sources.cells = { type: "geojson", data: cells ?? { type: "FeatureCollection", features: [] } };
  style.layers.push(
    { id: "cell", type: "fill", source: "cells", paint: { "fill-color": CELL, "fill-opacity": 0.06 } },
    { id: "cell-line", type: "line", source: "cells", paint: { "line-color": CELL, "line-width": 2 } },
  );
  return style;
}

/** South-west and north-east of GeoJSON; null when it is empty. @param {any} cells @returns {[[number, number], [number, number]] | null} */
export function boundsOf(cells) {
  const flat = (/** @type {any} */ part) => (typeof part[0] === "number" ? [part] : part.flatMap(flat));
  const points = (cells?.features ?? []).flatMap((/** @type {any} */ feature) => flat(feature.geometry.coordinates));
  if (!points.length) return null;
  const [xs, ys] = [points.map((/** @type {number[]} */ p) => p[0]), points.map((/** @type {number[]} */ p) => p[1])];
  return [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
}

/**
 * @param {HTMLElement} box
 * @param {{cells: any, datum: string, pick: (x: number, y: number) => void}} given
 */
export async function openMap(box, { cells, pick }) {
  await styled();
  const map = plainMap(box, cells);
  const pin = new maplibregl.Marker({ color: PIN, draggable: true });
  await new Promise((resolve) => map.once("style.load", resolve));
  map.addSource("ring", { type: "geojson", data: ring([0, 0], 0) });
  map.addLayer({ id: "ring", type: "fill", source: "ring", paint: { "fill-color": PIN, "fill-opacity": 0.15 } });
  const chosen = (/** @type {{lng: number, lat: number}} */ at) => pick(Number(at.lng.toFixed(7)), Number(at.lat.toFixed(7)));
  pin.on("dragend", () => chosen(pin.getLngLat()));
  map.on("click", (/** @type {any} */ event) => chosen(event.lngLat));
  let near = false;
  return {
    /** @param {Point} point */
    show(point) {
      const at = towgs84(point);
      pin.setLngLat(at).addTo(map);
      /** @type {any} */ (map.getSource("ring")).setData(ring(at, Math.min(point.accuracy_m ?? 0, 2000)));
      if (!near || !map.getBounds().contains(at)) map.jumpTo({ center: at, zoom: Math.max(map.getZoom(), (point.accuracy_m ?? 0) > 300 ? 15 : CLOSE_UP) });
      near = true;
    },
    close: () => map.remove(),
  };
}

/**
 * My cells with a pin for every task; a tap on a pin opens it.
 * @param {HTMLElement} box
 * @param {{cells: any, at?: {lon: number, lat: number}, pick: (task: string) => void}} given ``at``: close up to this place
 */
export async function openTaskMap(box, { cells, at, pick }) {
  await styled();
  const map = plainMap(box, cells);
  /** @type {any[]} */
  let pins = [];
  let framed = Boolean(at ?? boundsOf(cells));
  if (at) map.jumpTo({ center: [at.lon, at.lat], zoom: CLOSE_UP });
  const own = new maplibregl.Marker({ element: make("div", { class: "map-here" }) });
  return {
    /** @param {any[]} tasks @param {{lon: number, lat: number} | null} here */
    show(tasks, here) {
      for (const pin of pins) pin.remove();
      pins = tasks.map((task) => {
        const element = make("button", { type: "button", class: "map-task", "aria-label": `${task.number} ${timeLeft(task)}` }, lamp(lampOf(task, Date.now())));
        element.addEventListener("click", () => pick(task.task));
        return new maplibregl.Marker({ element }).setLngLat([task.lon, task.lat]).addTo(map);
      });
      if (here) own.setLngLat([here.lon, here.lat]).addTo(map);
      if (!framed && tasks.length) map.jumpTo({ center: [tasks[0].lon, tasks[0].lat], zoom: CLOSE_UP });
      framed ||= tasks.length > 0;
    },
    close: () => map.remove(),
  };
}

/** @param {HTMLElement} box @param {any} cells */
function plainMap(box, cells) {
  const bounds = boundsOf(cells);
  const map = new maplibregl.Map({
    container: box, style: groundStyle(cells), attributionControl: false, dragRotate: false, pitchWithRotate: false,
    localIdeographFontFamily: "sans-serif", ...(bounds ? { bounds, fitBoundsOptions: { padding: 20 } } : {}),
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  return map;
}

/** The style sheet of the library, once. */
function styled() {
  const href = pageData("phone-config").map_style;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href, onload: resolve, onerror: () => reject(new TypeError("no style sheet")) });
    document.head.append(link);
  });
}

/** A circle of so many metres. @param {[number, number]} at @param {number} metres @returns {any} */
function ring([lon, lat], metres) {
  const north = metres / 111_320;
  const east = north / Math.cos((lat * Math.PI) / 180);
  const points = Array.from({ length: 49 }, (_, n) => (n * Math.PI) / 24).map((turn) => [lon + east * Math.cos(turn), lat + north * Math.sin(turn)]);
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [points] } };
}
