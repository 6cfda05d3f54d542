// @ts-check
/** Cells on the planner's map: polygons, labels, and points that can be dragged or moved by arrow keys. */
import L from "grid/lib/leaflet.js";
import { Topology } from "grid/map/topology.js";

export const COLOURS = ["#4c8bc9", "#e3a13b", "#5aa469", "#b96a9a", "#8f7fc4", "#c9694c", "#4fa3a5", "#9aa145"];
const CLOSE_ZOOM = 15.5;
const LONG_EDGE_PX = 46;
const STEP = 1 / 111_320; // a metre in degrees of latitude

/**
 * @typedef {object} Listener
 * @property {(cells: number[]) => void} chosen
 * @property {() => void} before a change is about to be made
 * @property {(cells: Iterable<number>) => void} changed
 * @property {(cell: number) => string} label
 * @property {(point: number, cell: number) => string} pointName
 */

export class CellLayer {
  /** @param {any} map @param {Listener} listener */
  constructor(map, listener) {
    this.map = map;
    this.listener = listener;
    this.topology = new Topology([]);
    /** @type {any[]} */
    this.shapes = [];
    /** @type {Set<number>} */
    this.chosen = new Set();
    this.group = L.layerGroup().addTo(map);
    this.handles = L.layerGroup().addTo(map);
    this.busy = false;
    map.on("zoomend moveend", () => this.drawHandles());
  }

  /** @param {any[]} features */
  load(features) {
    this.topology = new Topology(features);
    this.chosen.clear();
    this.group.clearLayers();
    this.shapes = this.topology.cells.map((_cell, k) => this.#shape(k));
    this.drawHandles();
    this.listener.chosen([]);
  }

  /** @param {number} cell */
  colour(cell) {
    return COLOURS[Number(this.topology.cells[cell].facts.code.slice(12)) % COLOURS.length];
  }

  /** @param {number} k */
  #shape(k) {
    const shape = L.polygon(this.#places(k), this.#style(k));
    shape.bindTooltip(this.listener.label(k), { permanent: true, direction: "center", className: "planner-label" });
    shape.on("click", (/** @type {any} */ event) => {
      if (this.busy) return; // a line is being drawn: the click is its next point
      L.DomEvent.stopPropagation(event);
      const more = event.originalEvent.ctrlKey || event.originalEvent.shiftKey || event.originalEvent.metaKey;
      this.choose(k, more);
    });
    shape.addTo(this.group);
    return shape;
  }

  /** @param {number} k */
  #places(k) {
    const { nodes, cells } = this.topology;
    return cells[k].rings.map((polygon) => polygon.map((ring) => ring.map((id) => [nodes[id].lat, nodes[id].lon])));
  }

  /** @param {number} k */
  #style(k) {
    const on = this.chosen.has(k);
    return {
      color: on ? "#d9480f" : "#33415c", weight: on ? 4 : 1.5, fillColor: this.colour(k),
      fillOpacity: on ? 0.5 : 0.28, pmIgnore: true, snapIgnore: false,
    };
  }

  /** @param {number} k @param {boolean} [more] */
  choose(k, more = false) {
    const was = this.chosen.has(k);
    if (!more) this.chosen.clear();
    if (was && more) this.chosen.delete(k);
    else this.chosen.add(k);
    this.restyle();
    this.drawHandles();
    this.listener.chosen([...this.chosen]);
  }

  chooseNone() {
    if (!this.chosen.size) return;
    this.chosen.clear();
    this.restyle();
    this.drawHandles();
    this.listener.chosen([]);
  }

  restyle() {
    this.shapes.forEach((shape, k) => shape.setStyle(this.#style(k)));
    for (const k of this.chosen) this.shapes[k].bringToFront();
  }

  /** @param {Iterable<number>} cells */
  redraw(cells) {
    for (const k of cells) {
      this.shapes[k].setLatLngs(this.#places(k));
      this.shapes[k].setTooltipContent(this.listener.label(k));
    }
  }

  relabel() {
    this.shapes.forEach((shape, k) => shape.setTooltipContent(this.listener.label(k)));
  }

  /** @param {number} k */
  show(k) {
    this.map.fitBounds(this.shapes[k].getBounds().pad(0.6), { maxZoom: 17 });
  }

  /** Points of the chosen cells, and between them places where a point can be pulled out. */
  drawHandles() {
    const focused = document.activeElement?.getAttribute("data-node");
    this.handles.clearLayers();
    if (!this.chosen.size || this.busy || this.map.getZoom() < CLOSE_ZOOM) return;
    const seen = this.map.getBounds().pad(0.1);
    let n = 0;
    for (const id of this.topology.movable(this.chosen)) {
      const { lat, lon } = this.topology.nodes[id];
      if (seen.contains([lat, lon])) this.#point(id, ++n);
    }
    for (const [a, b] of this.topology.innerEdges(this.chosen)) this.#middle(a, b, seen);
    if (focused) /** @type {HTMLElement | null} */ (document.querySelector(`[data-node="${focused}"]`))?.focus();
  }

  /** @param {number} id @param {number} n */
  #point(id, n) {
    const { lat, lon, cells } = this.topology.nodes[id];
    const marker = L.marker([lat, lon], { icon: icon("planner-node"), draggable: true, keyboard: true, pmIgnore: true, zIndexOffset: 900 });
    marker.addTo(this.handles);
    const element = marker.getElement();
    element.setAttribute("data-node", String(id));
    element.setAttribute("aria-label", this.listener.pointName(n, [...cells][0]));
    marker.on("dragstart", () => this.listener.before());
    marker.on("drag", (/** @type {any} */ event) => this.#moved(id, event.latlng));
    marker.on("dragend", () => this.#settled(cells));
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event, id));
  }

  /** @param {number} a @param {number} b @param {any} seen */
  #middle(a, b, seen) {
    const { nodes } = this.topology;
    const place = L.latLng((nodes[a].lat + nodes[b].lat) / 2, (nodes[a].lon + nodes[b].lon) / 2);
    const ends = [a, b].map((id) => this.map.latLngToContainerPoint([nodes[id].lat, nodes[id].lon]));
    if (!seen.contains(place) || ends[0].distanceTo(ends[1]) < LONG_EDGE_PX) return;
    const marker = L.marker(place, { icon: icon("planner-node planner-middle"), draggable: true, keyboard: false, pmIgnore: true });
    marker.addTo(this.handles);
    let id = -1;
    marker.on("dragstart", () => {
      this.listener.before();
      id = this.topology.insert(a, b, place.lng, place.lat);
    });
    marker.on("drag", (/** @type {any} */ event) => this.#moved(id, event.latlng));
    marker.on("dragend", () => this.#settled(this.topology.nodes[id].cells));
  }

  /** @param {number} id @param {any} place */
  #moved(id, place) {
    this.redraw(this.topology.move(id, place.lng, place.lat));
  }

  /** @param {Iterable<number>} cells */
  #settled(cells) {
    const touched = [...cells];
    this.listener.changed(touched);
    this.drawHandles();
  }

  /** @param {KeyboardEvent} event @param {number} id */
  #key(event, id) {
    const steps = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] });
    const node = this.topology.nodes[id];
    const touched = [...node.cells];
    if (event.key in steps) {
      const [dx, dy] = steps[event.key];
      const far = event.shiftKey ? 10 : 1;
      this.listener.before();
      this.topology.move(id, node.lon + dx * far * STEP / Math.cos((node.lat * Math.PI) / 180), node.lat + dy * far * STEP);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.listener.before();
      this.topology.remove(id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.redraw(touched);
    this.#settled(touched);
  }
}

/** @param {string} name */
function icon(name) {
  return L.divIcon({ className: name, html: "<i></i>", iconSize: [28, 28] });
}
