// @ts-check
/** The same tiles on canvas by protomaps-leaflet, for devices without WebGL2. */
import {
  AREA_LINE, CELL_LINE, CELL_STEPS, COMPONENT, FLOOR_STEPS, GREEN, LAND, RAIL, ROAD, ROAD_EDGE, ROAD_NAME, WATER,
  stepOf,
} from "grid/map/palette.js";

const FONT = '12px "Noto Sans CJK SC","Microsoft YaHei",sans-serif';
const SCRIPT = "vendor/protomaps-leaflet/dist/protomaps-leaflet.js";

/** Loads the renderer, which is a classic script. @returns {Promise<any>} */
function loadRenderer() {
  const global = /** @type {any} */ (window);
  if (global.protomapsL) return Promise.resolve(global.protomapsL);
  const base = document.documentElement.dataset.vendor ?? "/static/";
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${base}${SCRIPT}`;
    script.onload = () => resolve(global.protomapsL);
    script.onerror = () => reject(new Error("the canvas renderer could not be loaded"));
    document.head.append(script);
  });
}

/**
 * @param {any} map Leaflet map
 * @param {import("grid/map/base.js").MapData} data
 * @returns {Promise<import("grid/map/base.js").VectorLayer>}
 */
export async function addVectorLayer(map, data) {
  const P = await loadRenderer();
  /** @type {{counts: Map<string, import("grid/map/base.js").CellCount>, picked: string | null, hidden: Set<string>}} */
  const state = { counts: new Map(), picked: null, hidden: new Set(["organisations"]) };
  const layer = P.leafletLayer({
    url: new URL(data.tiles.all, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}"),
    maxDataZoom: data.max_tile_zoom,
    backgroundColor: LAND,
    paintRules: paintRules(P, state),
    labelRules: labelRules(P),
    lang: "zh",
  });
  layer.addTo(map);
  map.getContainer().dataset.drawn = "yes";
  return {
    renderer: "canvas",
    setCounts: (counts) => {
      state.counts = counts;
      layer.rerenderTiles();
    },
    show: (group, on) => {
      if (on) state.hidden.delete(group);
      else state.hidden.add(group);
      layer.rerenderTiles();
    },
    highlight: (code) => {
      state.picked = code;
      layer.rerenderTiles();
    },
    refresh: () => {
      layer.clearLayout();
      layer.rerenderTiles();
    },
  };
}

/** @returns {any[]} */
function paintRules(/** @type {any} */ P, /** @type {any} */ state) {
  const shown = (/** @type {string} */ group) => () => !state.hidden.has(group);
  const both = (/** @type {(() => boolean)} */ first, /** @type {(f: any) => boolean} */ second) => (/** @type {number} */ _z, /** @type {any} */ f) => first() && second(f);
  const kind = (/** @type {string} */ name) => both(shown("context"), (f) => f.props.kind === name);
  const count = (/** @type {any} */ f) => state.counts.get(f.props.code)?.open ?? 0;
  const roadWidth = (/** @type {number} */ z, /** @type {any} */ f) => Math.max(0.6, (z - 11) * (1.9 - 0.24 * (f?.props.rank ?? 5)));
  const surface = (/** @type {string} */ name) => both(shown("context"), (f) => f.props.kind === name && f.geomType === 3);
  return [
    { dataLayer: "context", symbolizer: new P.PolygonSymbolizer({ fill: GREEN }), filter: surface("green") },
    { dataLayer: "context", symbolizer: new P.PolygonSymbolizer({ fill: WATER }), filter: surface("water") },
    { dataLayer: "context", symbolizer: new P.LineSymbolizer({ color: RAIL, width: 1.2, dash: [4, 3] }), filter: kind("rail") },
    { dataLayer: "context", symbolizer: new P.LineSymbolizer({ color: ROAD_EDGE, width: (/** @type {number} */ z, /** @type {any} */ f) => roadWidth(z, f) + 1.5 }), filter: kind("road") },
    { dataLayer: "context", symbolizer: new P.LineSymbolizer({ color: ROAD, width: roadWidth }), filter: kind("road") },
    { dataLayer: "buildings", minzoom: 14, filter: shown("buildings"),
      symbolizer: new P.PolygonSymbolizer({ perFeature: true, stroke: "#a8987d", width: 0.5, fill: (/** @type {number} */ _z, /** @type {any} */ f) => stepOf(FLOOR_STEPS, f.props.floors ?? 0).colour }) },
    { dataLayer: "cells", filter: shown("cells"),
      symbolizer: new P.PolygonSymbolizer({ perFeature: true,
        fill: (/** @type {number} */ _z, /** @type {any} */ f) => stepOf(CELL_STEPS, count(f)).colour,
        opacity: (/** @type {number} */ _z, /** @type {any} */ f) => stepOf(CELL_STEPS, count(f)).opacity }) },
    { dataLayer: "cells", filter: shown("cells"), symbolizer: new P.LineSymbolizer({ color: CELL_LINE, width: 1, opacity: 0.55 }) },
    { dataLayer: "cells", filter: (/** @type {number} */ _z, /** @type {any} */ f) => f.props.code === state.picked,
      symbolizer: new P.LineSymbolizer({ color: "#e8590c", width: 3.5 }) },
    { dataLayer: "areas", filter: shown("areas"), symbolizer: new P.LineSymbolizer({ color: AREA_LINE, width: 2, dash: [8, 4] }) },
    { dataLayer: "components", minzoom: 16, filter: shown("components"),
      symbolizer: new P.CircleSymbolizer({ radius: 3, fill: COMPONENT, stroke: "#fff", width: 1 }) },
  ];
}

/** @returns {any[]} */
function labelRules(/** @type {any} */ P) {
  const text = (/** @type {string} */ fill) => ({ labelProps: ["name"], fill, stroke: "#fff", width: 2, font: FONT });
  return [
    { dataLayer: "cell_labels", minzoom: 16, symbolizer: new P.CenteredTextSymbolizer(text(CELL_LINE)) },
    { dataLayer: "context", minzoom: 14, filter: (/** @type {number} */ _z, /** @type {any} */ f) => f.props.kind === "road", symbolizer: new P.LineLabelSymbolizer(text(ROAD_NAME)) },
    { dataLayer: "area_labels", maxzoom: 15, symbolizer: new P.CenteredTextSymbolizer(text(AREA_LINE)) },
  ];
}
