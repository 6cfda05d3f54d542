// @ts-check
/** Cases on the map: clustered markers with the state lamp. The lamp's shape says what its colour says. */
import L from "grid/lib/leaflet.js";
import { t } from "grid/lib/phrases.js";
import { LAMP_ORDER, lampName, lampSvg } from "grid/ui/lamp.js";

/**
 * @typedef {object} CasePoint
 * @property {string} number
 * @property {string} stage
 * @property {number} version
 * @property {import("grid/ui/lamp.js").Lamp} lamp
 * @property {string} category key; its first letter is the kind
 * @property {string} cell_code
 * @property {string | null} due_at
 * @property {number} lon
 * @property {number} lat
 */

const KINDS = /** @type {Record<string, string>} */ ({ C: "component", E: "event", G: "governance", L: "livelihood" });
const STREET_ZOOM = 17;

/** Up close only what would overlap is joined; cases at one and the same spot fan out when pressed. */
const joinWithin = (/** @type {number} */ zoom) => (zoom >= STREET_ZOOM ? 12 : 44);

/** The markers of a map, kept in step with points that come and change. */
export class CaseLayer {
  /**
   * @param {any} map
   * @param {{names: Record<string, string>, pick: (number: string) => void}} options names of categories
   */
  constructor(map, options) {
    this.map = map;
    this.options = options;
    /** @type {Map<string, CasePoint>} */
    this.points = new Map();
    /** @type {Map<string, any>} */
    this.markers = new Map();
    /** @type {{kinds: Set<string>, lamps: Set<string>}} */
    this.filter = { kinds: new Set(), lamps: new Set() };
    this.picked = "";
    /** The picked case stands alone, so that no cluster swallows the marker its panel speaks of. @type {any} */
    this.pickedMarker = null;
    this.group = L.markerClusterGroup({
      showCoverageOnHover: false, maxClusterRadius: joinWithin,
      spiderfyOnMaxZoom: true, iconCreateFunction: clusterIcon, chunkedLoading: true,
    });
    map.addLayer(this.group);
  }

  /** Replaces everything. @param {CasePoint[]} points */
  setAll(points) {
    this.points = new Map(points.map((point) => [point.number, point]));
    this.redraw();
  }

  /** Adds or changes one case; an older version never overwrites a newer one. @param {CasePoint} point */
  put(point) {
    const known = this.points.get(point.number);
    if (known && known.version > point.version) return;
    this.points.set(point.number, point);
    this.remove(point.number);
    const fresh = !known || known.version < point.version;
    if (point.number === this.picked) this.showPicked(point, fresh);
    else if (this.passes(point)) this.group.addLayer(this.markerOf(point, fresh));
  }

  /**
   * @param {CasePoint} point
   * @param {boolean} fresh
   */
  showPicked(point, fresh) {
    this.pickedMarker?.remove();
    this.pickedMarker = this.markerOf(point, fresh).addTo(this.map);
  }

  /** @param {{kinds: Set<string>, lamps: Set<string>}} filter empty sets show all */
  setFilter(filter) {
    this.filter = filter;
    this.redraw();
  }

  redraw() {
    this.group.clearLayers();
    this.markers.clear();
    const others = [...this.points.values()].filter((point) => point.number !== this.picked && this.passes(point));
    this.group.addLayers(others.map((point) => this.markerOf(point, false)));
    const picked = this.points.get(this.picked);
    if (picked) this.showPicked(picked, false);
  }

  /** @param {CasePoint} point */
  passes(point) {
    const { kinds, lamps } = this.filter;
    return (!kinds.size || kinds.has(KINDS[point.category[0]])) && (!lamps.size || lamps.has(point.lamp));
  }

  /** A case that lies elsewhere now; who sees it there hears of it again at once. @param {string} number */
  drop(number) {
    if (!this.points.delete(number)) return;
    if (number === this.picked) this.pickedMarker?.remove();
    this.remove(number);
  }

  /** How many pass the filter. */
  get shown() {
    return this.markers.size;
  }

  /** @param {string} number */
  remove(number) {
    const marker = this.markers.get(number);
    if (!marker) return;
    this.group.removeLayer(marker);
    this.markers.delete(number);
  }

  /** Marks the case whose panel is open. @param {string} number */
  pick(number) {
    const before = this.picked;
    this.picked = number;
    this.pickedMarker?.remove();
    this.pickedMarker = null;
    for (const one of [before, number]) {
      const point = this.points.get(one);
      if (point) this.put({ ...point });
    }
  }

  /**
   * @param {CasePoint} point
   * @param {boolean} fresh
   */
  markerOf(point, fresh) {
    const name = this.options.names[point.category] ?? point.category;
    const label = `${point.number} ${name} ${lampName(point.lamp)}`;
    const marker = L.marker([point.lat, point.lon], {
      icon: markerIcon(point, fresh, point.number === this.picked), title: label, alt: label, lamp: point.lamp,
      riseOnHover: true, zIndexOffset: point.number === this.picked ? 10_000 : 1000 - 200 * LAMP_ORDER.indexOf(point.lamp),
    });
    marker.on("click", () => this.options.pick(point.number));
    marker.on("keypress", (/** @type {any} */ event) => {
      if (event.originalEvent.key === "Enter") this.options.pick(point.number);
    });
    this.markers.set(point.number, marker);
    return marker;
  }
}

/**
 * @param {CasePoint} point
 * @param {boolean} fresh
 * @param {boolean} picked
 */
function markerIcon(point, fresh, picked) {
  const classes = ["case-marker", fresh ? "case-fresh" : "", picked ? "case-picked" : ""].join(" ");
  return L.divIcon({ className: classes, html: lampSvg(point.lamp, picked ? 30 : 24), iconSize: [44, 44], iconAnchor: [22, 22] });
}

/** A number with the worst lamp inside. */
function clusterIcon(/** @type {any} */ cluster) {
  const lamps = cluster.getAllChildMarkers().map((/** @type {any} */ marker) => marker.options.lamp);
  const worst = LAMP_ORDER.find((lamp) => lamps.includes(lamp)) ?? "green";
  const size = lamps.length < 10 ? 44 : lamps.length < 100 ? 50 : 58;
  const urgent = worst === "red" || worst === "yellow" ? lampSvg(worst, 18) : "";
  const label = t("%(n)d cases, the most urgent: %(lamp)s", { n: lamps.length, lamp: lampName(worst) });
  return L.divIcon({
    className: `case-cluster case-cluster-${worst}`, iconSize: [size, size],
    html: `<span class="case-cluster-disc" role="img" aria-label="${label}">${lamps.length}${urgent}</span>`,
  });
}

/** The points of a GeoJSON answer. @param {any} collection @returns {CasePoint[]} */
export function pointsOf(collection) {
  return collection.features.map((/** @type {any} */ feature) => ({
    ...feature.properties, lon: feature.geometry.coordinates[0], lat: feature.geometry.coordinates[1],
  }));
}
