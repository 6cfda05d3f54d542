// @ts-check
/** The MapLibre style: calm ground, the street's registers above it. No glyph server: text is drawn by the browser. */
import {
  AREA_LINE, CELL_LINE, CELL_STEPS, COMPONENT, FLOOR_STEPS, GREEN, LAND, ORGANISATION, RAIL, ROAD, ROAD_EDGE,
  ROAD_NAME, WATER,
} from "grid/map/palette.js";

/** What the layer control switches: group → layers of the style. */
export const LAYER_GROUPS = /** @type {Record<string, string[]>} */ ({
  context: ["green", "water", "water-line", "rail", "road-edge", "road", "road-name", "place-name"],
  areas: ["area-line", "area-name"],
  cells: ["cell", "cell-line", "cell-name"],
  buildings: ["building-point", "building", "building-line", "building-name"],
  components: ["component"],
  organisations: ["organisation", "organisation-name"],
});

const HIDDEN_AT_FIRST = new Set(["organisations"]);
const FONT = ["sans-serif"];

/** @param {readonly {from: number, colour: string}[]} steps */
function coloursBy(steps, /** @type {any} */ input) {
  return ["step", input, steps[0].colour, ...steps.slice(1).flatMap((step) => [step.from, step.colour])];
}

/**
 * @param {import("grid/map/base.js").MapData} data
 * @returns {any}
 */
export function mapStyle(data) {
  const layers = [...ground(), ...registers(), ...names()];
  for (const group of HIDDEN_AT_FIRST) {
    for (const layer of layers) {
      if (LAYER_GROUPS[group].includes(layer.id)) layer.layout = { ...layer.layout, visibility: "none" };
    }
  }
  const source = (/** @type {string} */ name) => ({
    type: "vector",
    tiles: [new URL(data.tiles[name], location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")],
    minzoom: 8,
    maxzoom: data.max_tile_zoom,
    promoteId: { cells: "code", areas: "code" },
  });
  return {
    version: 8,
    sources: { context: source("context"), places: source("places") },
    layers,
  };
}

/** @returns {any[]} */
function ground() {
  const kind = (/** @type {string} */ value) => ["==", ["get", "kind"], value];
  const width = (/** @type {number} */ extra) => [
    "interpolate", ["exponential", 1.6], ["zoom"],
    11, ["+", extra * 0.5, ["max", 0.2, ["-", 2.2, ["*", 0.4, ["get", "rank"]]]]],
    15, ["+", extra, ["max", 0.8, ["-", 9, ["*", 1.2, ["get", "rank"]]]]],
    18, ["+", extra * 1.5, ["max", 3, ["-", 38, ["*", 4.6, ["get", "rank"]]]]],
  ];
  const context = { source: "context", "source-layer": "context" };
  const round = { "line-cap": "round", "line-join": "round" };
  const surface = ["==", ["geometry-type"], "Polygon"];
  return [
    { id: "land", type: "background", paint: { "background-color": LAND } },
    { id: "green", type: "fill", ...context, filter: ["all", kind("green"), surface], paint: { "fill-color": GREEN } },
    { id: "water", type: "fill", ...context, filter: ["all", kind("water"), surface], paint: { "fill-color": WATER } },
    { id: "water-line", type: "line", ...context, filter: ["all", kind("water"), ["!", surface]],
      layout: round, paint: { "line-color": WATER, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1, 17, 8] } },
    { id: "rail", type: "line", ...context, filter: kind("rail"), paint: { "line-color": RAIL, "line-width": 1.4, "line-dasharray": [4, 3] } },
    { id: "road-edge", type: "line", ...context, filter: kind("road"), minzoom: 12,
      layout: round, paint: { "line-color": ROAD_EDGE, "line-width": width(1.6) } },
    { id: "road", type: "line", ...context, filter: kind("road"), layout: round, paint: { "line-color": ROAD, "line-width": width(0) } },
  ];
}

/** @returns {any[]} */
function registers() {
  const from = (/** @type {string} */ layer) => ({ source: "places", "source-layer": layer });
  const open = ["coalesce", ["feature-state", "open"], 0];
  const opacity = ["step", open, CELL_STEPS[0].opacity, ...CELL_STEPS.slice(1).flatMap((step) => [step.from, step.opacity])];
  return [
    { id: "building-point", type: "circle", ...from("building_points"), minzoom: 13,
      paint: { "circle-color": coloursBy(FLOOR_STEPS, ["coalesce", ["get", "floors"], 0]), "circle-radius": 2.2, "circle-opacity": 0.8 } },
    { id: "building", type: "fill", ...from("buildings"), minzoom: 13,
      paint: { "fill-color": coloursBy(FLOOR_STEPS, ["coalesce", ["get", "floors"], 0]) } },
    { id: "building-line", type: "line", ...from("buildings"), minzoom: 14.5, paint: { "line-color": "#a8987d", "line-width": 0.6 } },
    { id: "cell", type: "fill", ...from("cells"),
      paint: { "fill-color": coloursBy(CELL_STEPS, open), "fill-opacity": opacity } },
    { id: "cell-line", type: "line", ...from("cells"), paint: { "line-color": CELL_LINE, "line-opacity": 0.55, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.5, 16, 1.6] } },
    { id: "cell-picked", type: "line", ...from("cells"), filter: ["==", ["get", "code"], ""],
      layout: { "line-join": "round" }, paint: { "line-color": "#e8590c", "line-width": 3.5 } },
    { id: "area-line", type: "line", ...from("areas"),
      paint: { "line-color": AREA_LINE, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1, 16, 2.6], "line-dasharray": [5, 2.5], "line-opacity": 0.75 } },
    { id: "component", type: "circle", ...from("components"), minzoom: 16,
      paint: { "circle-color": COMPONENT, "circle-opacity": 0.75, "circle-radius": ["interpolate", ["linear"], ["zoom"], 16, 1.5, 19, 5],
        "circle-stroke-color": "#fff", "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 16, 0, 18, 1] } },
    { id: "organisation", type: "circle", ...from("organisations"), minzoom: 14.5,
      paint: { "circle-color": ORGANISATION, "circle-radius": 3, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } },
  ];
}

/** @returns {any[]} */
function names() {
  const halo = { "text-halo-color": "#fff", "text-halo-width": 1.6 };
  const named = ["has", "name"];
  const last3 = ["slice", ["get", "code"], 12];
  return [
    { id: "road-name", type: "symbol", source: "context", "source-layer": "context", minzoom: 13.5,
      filter: ["all", ["==", ["get", "kind"], "road"], named],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "symbol-spacing": 320, "text-max-angle": 35 },
      paint: { "text-color": ROAD_NAME, ...halo } },
    { id: "place-name", type: "symbol", source: "context", "source-layer": "context", minzoom: 14,
      filter: ["all", ["in", ["get", "kind"], ["literal", ["green", "water"]]], named, ["==", ["geometry-type"], "Point"]],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 }, paint: { "text-color": "#3d6b35", ...halo } },
    { id: "building-name", type: "symbol", source: "places", "source-layer": "buildings", minzoom: 16, filter: named,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-max-width": 9 },
      paint: { "text-color": "#5b4f3c", ...halo } },
    { id: "organisation-name", type: "symbol", source: "places", "source-layer": "organisations", minzoom: 16,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-offset": [0, 0.8], "text-anchor": "top", visibility: "none" },
      paint: { "text-color": ORGANISATION, ...halo } },
    { id: "cell-name", type: "symbol", source: "places", "source-layer": "cell_labels", minzoom: 15,
      layout: { "text-field": ["coalesce", ["get", "name"], last3], "text-font": FONT, "text-size": 13 },
      paint: { "text-color": CELL_LINE, ...halo } },
    { id: "area-name", type: "symbol", source: "places", "source-layer": "area_labels", maxzoom: 15.4,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 10, 12, 14, 15], "text-letter-spacing": 0.06, "text-max-width": 20 },
      paint: { "text-color": AREA_LINE, ...halo } },
  ];
}
