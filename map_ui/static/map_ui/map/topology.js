// @ts-check
/**
 * Cells whose borders share their points: a point is one node, whichever cells it belongs to, so moving it moves all
 * of them. Borders that only one cell has are the community's outline and stay where they are.
 */

/** @typedef {{lon: number, lat: number, cells: Set<number>}} Node */
/** @typedef {{code: string, community: string, name: string, households: number | null}} Facts */
/** @typedef {{facts: Facts, rings: number[][][]}} Cell rings of node numbers by polygon, not closed */

export class Topology {
  /** @param {any[]} features GeoJSON features of Polygon or MultiPolygon */
  constructor(features) {
    /** @type {Node[]} */
    this.nodes = [];
    /** @type {Cell[]} */
    this.cells = [];
    /** @type {Map<string, number>} */
    const known = new Map();
    features.forEach((feature, cell) => {
      const { type, coordinates } = feature.geometry;
      const polygons = type === "Polygon" ? [coordinates] : coordinates;
      const rings = polygons.map((/** @type {any[]} */ polygon) =>
        polygon.map((/** @type {any[]} */ ring) => ring.slice(0, -1).map(([lon, lat]) => this.#node(known, lon, lat, cell))));
      this.cells.push({ facts: { ...feature.properties }, rings });
    });
    this.#countEdges();
  }

  /** @param {Map<string, number>} known @param {number} lon @param {number} lat @param {number} cell */
  #node(known, lon, lat, cell) {
    const key = `${lon} ${lat}`;
    let id = known.get(key);
    if (id === undefined) {
      id = this.nodes.push({ lon, lat, cells: new Set() }) - 1;
      known.set(key, id);
    }
    this.nodes[id].cells.add(cell);
    return id;
  }

  /** Which cells have an edge; an edge with one cell is outline. */
  #countEdges() {
    /** @type {Map<string, number[]>} */
    this.edges = new Map();
    this.cells.forEach((cell, k) => {
      for (const [a, b] of edgesOf(cell)) {
        const key = edgeKey(a, b);
        const users = this.edges.get(key);
        if (users) users.push(k);
        else this.edges.set(key, [k]);
      }
    });
    /** @type {Set<number>} */
    this.fixed = new Set();
    for (const [key, users] of this.edges) {
      if (users.length < 2) for (const id of key.split(" ")) this.fixed.add(Number(id));
    }
  }

  /** @param {number} cell */
  feature(cell) {
    const { facts, rings } = this.cells[cell];
    const coordinates = rings.map((polygon) => polygon.map((ring) => {
      const places = ring.map((id) => [this.nodes[id].lon, this.nodes[id].lat]);
      return [...places, places[0]];
    }));
    const geometry = coordinates.length === 1
      ? { type: "Polygon", coordinates: coordinates[0] } : { type: "MultiPolygon", coordinates };
    return { type: "Feature", geometry, properties: facts };
  }

  features() {
    return this.cells.map((_cell, k) => this.feature(k));
  }

  /** Nodes of some cells that may be moved. @param {Iterable<number>} cells */
  movable(cells) {
    const found = new Set();
    for (const k of cells) for (const id of this.cells[k].rings.flat(2)) if (!this.fixed.has(id)) found.add(id);
    return found;
  }

  /** Edges of some cells that have a cell on both sides. @param {Iterable<number>} cells @returns {[number, number][]} */
  innerEdges(cells) {
    /** @type {Map<string, [number, number]>} */
    const found = new Map();
    for (const k of cells) {
      for (const [a, b] of edgesOf(this.cells[k])) {
        const key = edgeKey(a, b);
        if ((this.edges?.get(key)?.length ?? 0) > 1) found.set(key, [a, b]);
      }
    }
    return [...found.values()];
  }

  /** @param {number} id @param {number} lon @param {number} lat @returns {Set<number>} cells that changed */
  move(id, lon, lat) {
    Object.assign(this.nodes[id], { lon, lat });
    return this.nodes[id].cells;
  }

  /** A new node on the edge between two, in every cell that has it. @param {number} a @param {number} b */
  insert(a, b, lon = 0, lat = 0) {
    const id = this.nodes.push({ lon, lat, cells: new Set() }) - 1;
    for (const k of this.edges?.get(edgeKey(a, b)) ?? []) {
      this.nodes[id].cells.add(k);
      for (const ring of this.cells[k].rings.flat()) {
        const at = ring.findIndex((one, i) => edgeKey(one, ring[(i + 1) % ring.length]) === edgeKey(a, b));
        if (at >= 0) ring.splice(at + 1, 0, id);
      }
    }
    this.#countEdges();
    return id;
  }

  /** Takes a node away that lies on one plain border; false where three cells meet or a ring would vanish. @param {number} id */
  remove(id) {
    const rings = [...this.nodes[id].cells].flatMap((k) => this.cells[k].rings.flat().filter((ring) => ring.includes(id)));
    const beside = new Set(rings.flatMap((ring) => {
      const at = ring.indexOf(id);
      return [ring.at(at - 1), ring[(at + 1) % ring.length]];
    }));
    if (this.fixed.has(id) || beside.size !== 2 || rings.some((ring) => ring.length < 4)) return false;
    for (const ring of rings) ring.splice(ring.indexOf(id), 1);
    this.nodes[id].cells = new Set();
    this.#countEdges();
    return true;
  }

  /** Square metres. @param {number} cell */
  area(cell) {
    return this.cells[cell].rings.reduce((sum, [outer, ...holes]) =>
      sum + Math.abs(this.#ringArea(outer)) - holes.reduce((less, hole) => less + Math.abs(this.#ringArea(hole)), 0), 0);
  }

  /** @param {number[]} ring */
  #ringArea(ring) {
    const first = this.nodes[ring[0]];
    const kx = 111_320 * Math.cos((first.lat * Math.PI) / 180);
    const ky = 110_950;
    let twice = 0;
    ring.forEach((id, i) => {
      const a = this.nodes[id];
      const b = this.nodes[ring[(i + 1) % ring.length]];
      twice += (a.lon - first.lon) * kx * (b.lat - first.lat) * ky - (b.lon - first.lon) * kx * (a.lat - first.lat) * ky;
    });
    return twice / 2;
  }

  /** Whether a point lies in a cell. @param {number} cell @param {number} lon @param {number} lat */
  holds(cell, lon, lat) {
    let inside = false;
    for (const ring of this.cells[cell].rings.flat()) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const a = this.nodes[ring[i]];
        const b = this.nodes[ring[j]];
        if (a.lat > lat !== b.lat > lat && lon < ((b.lon - a.lon) * (lat - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside;
      }
    }
    return inside;
  }
}

/** @param {Cell} cell @returns {Generator<[number, number]>} */
function* edgesOf(cell) {
  for (const ring of cell.rings.flat()) for (let i = 0; i < ring.length; i++) yield [ring[i], ring[(i + 1) % ring.length]];
}

/** @param {number} a @param {number} b */
function edgeKey(a, b) {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
