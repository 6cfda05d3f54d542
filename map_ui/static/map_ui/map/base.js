// @ts-check
/**
 * The base map of every page: django-leaflet's Leaflet map with our vector tiles inside it, drawn by MapLibre where
 * the device has WebGL2, else on canvas from the same tiles.
 */
import L from "grid/lib/leaflet.js";

/**
 * @typedef {object} VectorLayer what both renderers offer
 * @property {(counts: Map<string, CellCount>) => void} setCounts cells are coloured by open cases
 * @property {(group: string, on: boolean) => void} show
 * @property {(code: string | null) => void} highlight
 * @property {() => void} refresh reads the tiles again
 * @property {string} renderer
 */
/** @typedef {{code: string, open: number, yellow: number, red: number}} CellCount */
/** @typedef {[[number, number], [number, number]]} Bounds south-west and north-east as lat, lon */
/** @typedef {{bounds: Bounds | null, tiles: Record<string, string>, max_tile_zoom: number}} MapData */

/** True when MapLibre can draw here. */
export function hasWebGl2() {
  const forced = new URLSearchParams(location.search).get("renderer");
  if (forced === "canvas") return false;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/**
 * The map that django-leaflet makes on window load.
 * @param {string} id
 * @returns {Promise<any>}
 */
export function leafletMap(id) {
  const there = /** @type {any} */ (window)[`leafletmap${id}`];
  if (there) return Promise.resolve(there);
  return new Promise((resolve) => {
    window.addEventListener("map:init", (event) => {
      const detail = /** @type {CustomEvent} */ (event).detail;
      if (detail.id === id) resolve(detail.map);
    });
  });
}

/**
 * Opens the map with its vector layers.
 * @param {string} id
 * @param {MapData} data
 * @param {{view?: {lat: number, lon: number, zoom: number} | null, room?: Record<string, any>}} [options]
 * @returns {Promise<{map: any, vector: VectorLayer}>}
 */
export async function openMap(id, data, options = {}) {
  const map = await leafletMap(id);
  map.attributionControl?.remove();
  map.zoomControl?.setPosition("bottomright");
  // Quarter steps let a street fill the window; the buttons still go by whole steps.
  map.options.zoomSnap = 0.25;
  map.options.wheelPxPerZoomLevel = 100;
  if (options.view) map.setView([options.view.lat, options.view.lon], options.view.zoom, { animate: false });
  else if (data.bounds) map.fitBounds(L.latLngBounds(data.bounds), { animate: false, ...options.room });
  const kind = hasWebGl2() ? "vector" : "canvas";
  const module = kind === "vector" ? await import("grid/map/vector.js") : await import("grid/map/canvas.js");
  const vector = await module.addVectorLayer(map, data);
  map.getContainer().dataset.renderer = kind;
  return { map, vector };
}
