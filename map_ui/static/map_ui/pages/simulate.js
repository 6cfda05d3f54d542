// @ts-check
/** The simulator: a click on the map is the place; with a category chosen the answer comes at once. */
import L from "grid/lib/leaflet.js";
import { need, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { openMap } from "grid/map/base.js";

const NEAR_ZOOM = 16;

/** @type {any} */
const data = pageData("simulate-data");
const form = /** @type {HTMLFormElement} */ (need("#ask"));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (need(`[name=${name}]`, form));
const view = data.point ? { lon: data.point[0], lat: data.point[1], zoom: NEAR_ZOOM } : null;
const { map } = await openMap("map", data.map, { view });
/** @type {any} */
let mark = null;

/** @param {number} lon @param {number} lat */
function put(lon, lat) {
  mark?.remove();
  mark = L.circleMarker([lat, lon], { radius: 9, color: "#fff", weight: 3, fillColor: "#e8590c", fillOpacity: 1, interactive: false }).addTo(map);
  need("#spot").textContent = t("Place chosen on the map");
}

if (data.point) put(data.point[0], data.point[1]);
map.on("click", (/** @type {any} */ event) => {
  const { lng, lat } = event.latlng;
  field("lon").value = lng.toFixed(7);
  field("lat").value = lat.toFixed(7);
  field("area").value = "";
  put(lng, lat);
  if (field("category").value) form.requestSubmit();
});
// A code that is typed replaces the point.
field("area").addEventListener("input", () => {
  field("lon").value = field("lat").value = "";
  mark?.remove();
});
