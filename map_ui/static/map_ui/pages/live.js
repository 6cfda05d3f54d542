// @ts-check
/** The live map: state from the server, changes from the feed, the panel that slides over it. */
import { openFeed } from "grid/lib/feed.js";
import { need, pageData, paced } from "grid/lib/page.js";
import { readLink, writeLink } from "grid/lib/permalink.js";
import { t } from "grid/lib/phrases.js";
import { getJson } from "grid/lib/request.js";
import { stamp } from "grid/lib/time.js";
import { openMap } from "grid/map/base.js";
import { CaseLayer, pointsOf } from "grid/map/cases.js";
import { knows, wireCase } from "grid/ui/case.js";
import { sayNewCase, showFigures, wireFigures } from "grid/ui/figures.js";
import { wireMapControls } from "grid/ui/mapcontrols.js";
import { Panel } from "grid/ui/panel.js";
import { wireSearch } from "grid/ui/search.js";
import { toast } from "grid/ui/toast.js";

const SETTLE_MS = 2000; // after an event the counts are read again, at most this often
const REFRESH_MS = 60_000; // lamps change with the clock although nothing happens
const NEAR_ZOOM = 17;

/** @type {any} */
const data = pageData("live-data");
const strip = need("#figures");
/** What the address asked for; a link followed while the map still loads is not lost. */
let link = readLink();
let ready = false;
window.addEventListener("hashchange", () => {
  link = readLink();
  if (ready) void follow(link);
});
let openCase = "";
let openCell = "";
let readAt = "";

const narrow = window.matchMedia("(max-width: 767px)").matches;
const room = narrow ? { paddingTopLeft: [6, 112], paddingBottomRight: [6, 60] } : { padding: [12, 12] };
const { map, vector } = await openMap("map", data.map, { view: link.view, room: /** @type {any} */ (room) });
const cases = new CaseLayer(map, { names: data.categories, pick: (number) => void showCase(number) });
const panel = new Panel({
  closed: () => {
    openCase = openCell = "";
    cases.pick("");
    vector.highlight(null);
    remember();
  },
  filled: (body) => {
    wireCase(body, () => {
      settle();
      void panel.reload();
    });
    for (const one of body.querySelectorAll("[data-open-case]")) {
      one.addEventListener("click", (event) => {
        event.preventDefault();
        void showCase(/** @type {HTMLElement} */ (one).dataset.openCase ?? "");
      });
    }
    keepInSight();
  },
});

/** Reads points, counts and figures; with `since` only the points that changed. */
async function readState(/** @type {boolean} */ all) {
  const since = all || !readAt ? "" : `?since=${encodeURIComponent(readAt)}`;
  const state = await getJson(`${data.state_url}${since}`);
  readAt = state.cases.at;
  if (all) cases.setAll(pointsOf(state.cases));
  else for (const point of pointsOf(state.cases)) cases.put(point);
  vector.setCounts(new Map(state.cells.map((/** @type {any} */ cell) => [cell.code, cell])));
  showFigures(strip, state.figures, stamp(state.cases.at).slice(11));
  need("#map").dataset.cases = String(cases.points.size);
}

const settle = paced(() => void readState(false).catch(quiet), SETTLE_MS);
const readAll = () => readState(true).catch((error) => toast(error.message, { label: t("Try again"), run: () => void readAll() }));

/** A background reading that failed is tried again by the next one; the state of the connection is shown anyway. */
function quiet(/** @type {unknown} */ error) {
  console.warn("state not read", error);
}

/** The point that a feed event tells, until the next reading settles its lamp. */
function pointOfEvent(/** @type {any} */ news) {
  const known = cases.points.get(news.number);
  const clock = data.stages[news.stage] ?? "running";
  const late = news.due_at && new Date(news.due_at).getTime() <= Date.now();
  const guess = clock === "final" ? "done" : clock === "paused" ? "grey" : late ? "red" : known?.lamp ?? "green";
  return { ...known, ...news, lamp: news.lamp ?? guess };
}

openFeed(data.feed_url, {
  event: ({ topic, data: news }) => {
    if (topic === "tiles.changed" || topic === "edition.activated") return vector.refresh();
    if (topic === "case.left") return cases.drop(news.number);
    if (topic === "case.reported" || topic === "case.stepped") {
      if (!news.branch) cases.put(pointOfEvent(news)); // who sees no more than a branch finds it in the next reading
      if (topic === "case.reported") sayNewCase(1);
    }
    settle();
    const ofBranch = openCase && String(news.number).startsWith(`${openCase}-`) && news.action !== "branch";
    if (ofBranch || (news.number && news.number === openCase && !knows(panel.body, topic, news))) refreshOpenCase();
  },
  reset: () => void readAll(),
  state: showFeedState,
});

function refreshOpenCase() {
  if (!panel.isBusy) return void panel.reload();
  toast(t("This case has just moved on."), { label: t("Show the present state"), run: () => void panel.reload() });
}

function showFeedState(/** @type {import("grid/lib/feed.js").FeedState} */ state) {
  const texts = { connecting: t("Connecting …"), live: t("Live"), away: t("Connection lost, trying again") };
  const place = need("#feed-state");
  place.dataset.state = state;
  need("span", place).textContent = texts[state];
}

/** @param {string} number */
async function showCase(number) {
  openCase = number;
  openCell = "";
  cases.pick(number);
  vector.highlight(null);
  remember();
  await panel.open(data.case_url.replace("NUMBER", encodeURIComponent(number)));
}

/** @param {string} code @param {{lon: number, lat: number}} [at] where somebody pointed: the building there is named too */
async function showCell(code, at) {
  openCase = "";
  openCell = code;
  cases.pick("");
  vector.highlight(code);
  remember();
  const spot = at ? `?lon=${at.lon.toFixed(7)}&lat=${at.lat.toFixed(7)}` : "";
  await panel.open(data.cell_url.replace("CODE", encodeURIComponent(code)) + spot);
}

/** Pans so that the marker the panel speaks of is not under it. */
function keepInSight() {
  const point = openCase && cases.points.get(openCase);
  const told = panel.body.querySelector("[data-lon]");
  const spot = point || (told && { lat: Number(told.getAttribute("data-lat")), lon: Number(told.getAttribute("data-lon")) });
  if (!spot) return;
  const { right, bottom } = panel.covers;
  map.panInside([spot.lat, spot.lon], { paddingTopLeft: [70, 110], paddingBottomRight: [right + 60, bottom + 50] });
}

function remember() {
  const centre = map.getCenter();
  writeLink({ open: openCase, cell: openCell, view: { lat: centre.lat, lon: centre.lng, zoom: map.getZoom() } });
}

map.on("moveend", remember);
map.on("click", (/** @type {any} */ event) => showPlace({ lon: event.latlng.lng, lat: event.latlng.lat }));

/** The cell at a point, with the building that stands there. @param {{lon: number, lat: number}} at */
async function showPlace(at) {
  const found = await getJson(`${data.at_url}?lon=${at.lon.toFixed(7)}&lat=${at.lat.toFixed(7)}`);
  if (found.code) await showCell(found.code, at);
  else panel.close();
}
wireFigures(strip, (lamps) => cases.setFilter({ ...cases.filter, lamps }));
wireMapControls({ map, vector, kinds: (kinds) => cases.setFilter({ ...cases.filter, kinds }) });
wireSearch(data.search_url, (finding) => {
  map.setView([finding.lat, finding.lon], Math.max(map.getZoom(), NEAR_ZOOM - (finding.kind === "cell" ? 1 : 0)));
  if (finding.kind === "case") void showCase(finding.key);
  if (finding.kind === "cell") void showCell(finding.key);
  if (finding.kind === "building") void showPlace(finding);
});
await readAll();
window.setInterval(() => void readState(true).catch(quiet), REFRESH_MS);

/** Shows what the address names; also when somebody follows a link to this map while it is open. */
async function follow(/** @type {ReturnType<typeof readLink>} */ wanted) {
  const point = cases.points.get(wanted.open);
  if (wanted.view) map.setView([wanted.view.lat, wanted.view.lon], wanted.view.zoom, { animate: false });
  else if (point) map.setView([point.lat, point.lon], NEAR_ZOOM, { animate: false });
  if (wanted.open) await showCase(wanted.open);
  else if (wanted.cell) await showCell(wanted.cell);
}

ready = true;
await follow(link);
