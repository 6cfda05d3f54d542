// @ts-check
/** The vector layers drawn by MapLibre GL inside Leaflet. */
import maplibreGL from "@maplibre/maplibre-gl-leaflet";
import { mapStyle, LAYER_GROUPS } from "grid/map/style.js";

/** @typedef {import("grid/map/base.js").CellCount} CellCount */

/**
 * @param {any} map Leaflet map
 * @param {import("grid/map/base.js").MapData} data
 * @returns {Promise<import("grid/map/base.js").VectorLayer>}
 */
export async function addVectorLayer(map, data) {
  const layer = maplibreGL({ style: mapStyle(data), interactive: false, localIdeographFontFamily: fontsFor() });
  layer.addTo(map);
  const gl = layer.getMaplibreMap();
  await new Promise((resolve) => (gl.isStyleLoaded() ? resolve(null) : gl.once("load", resolve)));
  gl.once("idle", () => { map.getContainer().dataset.drawn = "yes"; });
  return {
    renderer: "vector",
    setCounts: counter(gl),
    show: (group, on) => {
      for (const id of LAYER_GROUPS[group] ?? []) gl.setLayoutProperty(id, "visibility", on ? "visible" : "none");
    },
    highlight: (code) => gl.setFilter("cell-picked", ["==", ["get", "code"], code ?? ""]),
    refresh: () => refreshTiles(gl),
  };
}

function fontsFor() {
  return '"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif';
}

/** Keeps the cells' feature state in step with the counts; only what changed is touched. */
function counter(/** @type {any} */ gl) {
  /** @type {Map<string, number>} */
  const shown = new Map();
  return (/** @type {Map<string, CellCount>} */ counts) => {
    for (const code of new Set([...shown.keys(), ...counts.keys()])) {
      const open = counts.get(code)?.open ?? 0;
      if (shown.get(code) === open) continue;
      gl.setFeatureState({ source: "places", sourceLayer: "cells", id: code }, { open });
      shown.set(code, open);
    }
  };
}

/** Asks for the tiles under a new address, so that a cache between cannot answer with the old ones. */
function refreshTiles(/** @type {any} */ gl) {
  for (const [name, source] of Object.entries(gl.getStyle().sources)) {
    const tiles = /** @type {any} */ (source).tiles;
    if (!tiles) continue;
    const address = tiles[0].replace(/\?.*$/, "");
    gl.getSource(name).setTiles([`${address}?at=${Date.now()}`]);
  }
}
