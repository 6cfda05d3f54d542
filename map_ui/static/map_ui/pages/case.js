// @ts-check
/** A case on its own page: the panel, a map of the place, and the feed for this one case. */
import L from "grid/lib/leaflet.js";
import { openFeed } from "grid/lib/feed.js";
import { fill, need, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { getHtml } from "grid/lib/request.js";
import { tickDurations } from "grid/lib/time.js";
import { openMap } from "grid/map/base.js";
import { knows, wireCase } from "grid/ui/case.js";
import { lampSvg } from "grid/ui/lamp.js";
import { toast } from "grid/ui/toast.js";

/** @type {any} */
const data = pageData("case-data");
const body = need("#case-body");

async function reload() {
  fill(body, await getHtml(data.panel_url));
  tickDurations(body);
  wireCase(body, reload);
}

wireCase(body, reload);
openFeed(data.feed_url, {
  event: ({ topic, data: news }) => {
    // A branch that begins is told by the case's own step as well.
    const ofBranch = String(news.number).startsWith(`${data.case.number}-`) && news.action !== "branch";
    if (!ofBranch && (news.number !== data.case.number || knows(body, topic, news))) return;
    if (body.querySelector("details[open] form")) {
      toast(t("This case has just moved on."), { label: t("Show the present state"), run: () => void reload() });
    } else void reload();
  },
  reset: () => void reload(),
  state: () => {},
});

const spot = { lat: data.case.lat, lon: data.case.lon };
const { map } = await openMap("map", data.map, { view: { ...spot, zoom: 17 } });
const icon = L.divIcon({ className: "case-marker", html: lampSvg(data.case.lamp, 30), iconSize: [44, 44], iconAnchor: [22, 22] });
L.marker([spot.lat, spot.lon], { icon, keyboard: false, interactive: false }).addTo(map);
/** While the position is being corrected a click on the map is the right one. @type {any} */
let right = null;
map.on("click", (/** @type {any} */ event) => {
  const field = /** @type {HTMLInputElement | null} */ (body.querySelector("details[open] [data-point]"));
  if (!field) return;
  field.value = `${event.latlng.lng.toFixed(7)},${event.latlng.lat.toFixed(7)}`;
  right?.remove();
  right = L.circleMarker(event.latlng, { radius: 9, color: "#fff", weight: 3, fillColor: "#e8590c", fillOpacity: 1, interactive: false }).addTo(map);
});
