// @ts-check
/** The cell planner: propose along roads, edit shared borders, split, merge, check, save as a draft, activate. */
import L from "grid/lib/leaflet.js";
import { need, pageData } from "grid/lib/page.js";
import { isEnglish } from "grid/lib/phrases.js";
import { getJson, send } from "grid/lib/request.js";
import { openMap } from "grid/map/base.js";
import { CellLayer } from "grid/map/cells.js";
import { askAndActivate } from "grid/ui/activation.js";
import { hectares, markChosen, showCells, showEditions, showFindings, showSummary, whole } from "grid/ui/plannerparts.js";
import { toast } from "grid/ui/toast.js";

const MOST_UNDO = 40;
const FAR = 0.5; // households this share away from the wished number are marked

/** @type {any} */
const data = pageData("planner-data");
const { urls } = data;
const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (need(`#${id}`));
const select = /** @type {HTMLSelectElement} */ (need("#area"));
const target = /** @type {HTMLInputElement} */ (need("#target"));
const hint = need("#hint");

/** @type {import("grid/ui/plannerparts.js").Say} */
function say(text, values = {}) {
  return (data.phrases[text] ?? text).replace(/%\((\w+)\)[sd]/g, (_, name) => String(values[name] ?? "")).replaceAll("%%", "%");
}

const state = {
  /** @type {any} */ area: null,
  /** @type {string[]} */ base: [],
  /** @type {any} */ edition: null,
  /** @type {any[][]} */ undo: [],
  dirty: false,
  stopped: false,
};

const { map, vector } = await openMap("map", data.map);
for (const group of ["cells", "components", "organisations"]) vector.show(group, false);
map.pm?.setLang(isEnglish ? "en" : "zh");
const outlines = L.geoJSON(null, { style: { color: "#1b4f8f", weight: 4, fill: false, dashArray: "8 5", interactive: false, pmIgnore: true } }).addTo(map);
const marks = L.geoJSON(null, { style: { color: "#c92a2a", weight: 4, fillColor: "#c92a2a", fillOpacity: 0.55, pmIgnore: true } }).addTo(map);
const layer = new CellLayer(map, {
  chosen: () => showTools(),
  before: () => remember(),
  changed: (cells) => changed(cells),
  label: (k) => `${layer.topology.cells[k].facts.code.slice(12)}<br>${labelOf(k)}`,
  pointName: (n, k) => say("Border point %(n)d of cell %(code)s", { n, code: layer.topology.cells[k].facts.code }),
});

/** Households and area of a cell as drawn now. @param {number} k */
function figures(k) {
  const cell = layer.topology.cells[k];
  if (cell.facts.households === null) cell.facts.households = count(k);
  return { households: cell.facts.households, area: layer.topology.area(k) };
}

/** @param {number} k */
function count(k) {
  const community = state.area.communities.find((/** @type {any} */ one) => one.code === layer.topology.cells[k].facts.community);
  return Math.round((community?.homes ?? []).reduce(
    (/** @type {number} */ sum, /** @type {number[]} */ [lon, lat, n]) => sum + (layer.topology.holds(k, lon, lat) ? n : 0), 0));
}

/** @param {number} k */
function labelOf(k) {
  const { households, area } = figures(k);
  return households ? say("%(n)d households", { n: whole(households) }) : `${hectares(area)} ha`;
}

const kind = () => /** @type {HTMLInputElement} */ (need("[name=kind]:checked")).value;
const far = (/** @type {number} */ k) => kind() === "households" && Math.abs(figures(k).households / Number(target.value) - 1) > FAR;
const pick = (/** @type {number} */ k, /** @type {boolean} */ more) => {
  layer.choose(k, more);
  if (!map.getBounds().contains(layer.shapes[k].getBounds())) layer.show(k);
};

function showSide() {
  const count_ = layer.topology.cells.length;
  const all = layer.topology.cells.map((_cell, k) => figures(k));
  showCells(layer, { figures: (k) => all[k], far, pick, say });
  showSummary(all, say);
  need("#cell-total").textContent = count_ ? say("%(cells)d cells in all", { cells: count_ }) : "";
  need("#no-cells").textContent = count_ ? "" : say("There are no cells yet. Propose some.");
  showTools();
}

function showTools() {
  const chosen = [...layer.chosen];
  const one = new Set(chosen.map((k) => layer.topology.cells[k].facts.community)).size === 1;
  button("split").disabled = chosen.length !== 1;
  button("merge").disabled = chosen.length < 2 || !one;
  button("undo").disabled = !state.undo.length;
  button("check").disabled = button("save").disabled = !layer.topology.cells.length;
  button("split").title = chosen.length === 1 ? "" : say("Choose one cell to split it.");
  button("merge").title = chosen.length > 1 ? "" : say("Choose at least two neighbouring cells to merge them.");
  if (!layer.busy) tell(chosen.length ? say("Drag a point; the cells on both sides follow. Arrow keys move it, Delete removes it.") : "");
  markChosen(layer);
}

/** @param {string} text */
function tell(text) {
  hint.textContent = text;
  hint.hidden = !text;
}

function remember() {
  state.undo.push(structuredClone(layer.topology.features()));
  if (state.undo.length > MOST_UNDO) state.undo.shift();
}

/** @param {Iterable<number>} cells */
function changed(cells) {
  for (const k of cells) layer.topology.cells[k].facts.households = null;
  state.dirty = true;
  layer.redraw(cells);
  marks.clearLayers();
  showSide();
}

/** @param {any[]} features */
function load(features) {
  layer.load(features);
  layer.relabel();
  marks.clearLayers();
  showSide();
}

/** Runs something that may fail; says why it did. @param {() => Promise<void>} run */
async function attempt(run) {
  try {
    await run();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
  }
}

function fillAreas() {
  for (const street of data.streets) {
    const group = document.createElement("optgroup");
    group.label = street.name || street.code;
    if (street.whole) group.append(new Option(`${street.name} ${street.code}`, street.code));
    for (const one of street.communities) group.append(new Option(`${one.name} ${one.code.slice(9)}`, one.code));
    select.append(group);
  }
}

async function readArea() {
  tell(say("Loading …"));
  state.area = await getJson(urls.area.replace("CODE", select.value));
  state.base = state.area.base;
  state.edition = null;
  state.undo = [];
  state.dirty = false;
  outlines.clearLayers();
  for (const community of state.area.communities) outlines.addData(community.outline);
  const names = { households: "households counted", dwellings: "dwellings counted", floors: "estimated from floors", "": "no households known" };
  const sources = new Set(state.area.communities.map((/** @type {any} */ one) => say(names[/** @type {keyof names} */ (one.source)])));
  need("#source").textContent = state.area.communities.length ? [...sources].join(" · ") : say("This area has no community with a known outline.");
  button("propose").disabled = !state.area.communities.length;
  need("#findings").replaceChildren();
  need("#check-result").textContent = "";
  load(state.area.cells);
  listEditions(state.area.editions);
  if (outlines.getLayers().length) map.fitBounds(outlines.getBounds(), { padding: [24, 24] });
  location.replace(`#${select.value}`);
}

/** @param {any[]} editions */
function listEditions(editions) {
  showEditions(editions, { say, open: openEdition, discard: discardEdition, activate: activateEdition, mayActivate: state.area.may_activate });
}

/** Proposes community after community, so that every step is short and can be stopped. */
async function proposeAll() {
  remember();
  state.stopped = false;
  const communities = state.area.communities;
  const others = [];
  let features = layer.topology.features();
  const bar = /** @type {HTMLProgressElement} */ (need("#progress-bar"));
  need("#progress").hidden = button("stop").hidden = false;
  button("propose").disabled = true;
  try {
    for (const [done, community] of communities.entries()) {
      if (state.stopped) break;
      bar.value = done / communities.length;
      need("#progress-text").textContent = say("Proposing %(done)d of %(all)d communities …", { done: done + 1, all: communities.length });
      const found = await send(urls.propose, { body: { code: community.code, [kind()]: Number(target.value) } });
      features = [...features.filter((one) => one.properties.community !== community.code), ...found.cells];
      others.push(found.quality);
      load(features);
      state.dirty = true;
    }
    bar.value = 1;
    need("#progress-text").textContent = state.stopped ? say("Stopped. What was proposed so far is shown.") : told(others);
  } finally {
    button("propose").disabled = false;
    button("stop").hidden = true;
    showSide();
  }
}

/** @param {any[]} qualities */
function told(qualities) {
  const cells = qualities.reduce((sum, one) => sum + one.cells, 0);
  const mean = (/** @type {string} */ name) => Math.round((100 * qualities.reduce((sum, one) => sum + one[name] * one.cells, 0)) / cells);
  return say("Proposed: %(cells)d cells, median deviation %(deviation)s %%, %(roads)s %% of the borders along roads.",
    { cells, deviation: mean("deviation"), roads: mean("along_roads") });
}

/** All cells of the community of a cell, and where in the page's list they stand. @param {number} k */
function siblings(k) {
  const { community } = layer.topology.cells[k].facts;
  const places = layer.topology.cells.map((_cell, i) => i).filter((i) => layer.topology.cells[i].facts.community === community);
  return { code: community, places, cells: places.map((i) => layer.topology.feature(i)) };
}

/** @param {string} community @param {any[]} cells */
function replaceCommunity(community, cells) {
  const others = layer.topology.features().filter((one) => one.properties.community !== community);
  state.dirty = true;
  load([...others, ...cells].sort((a, b) => (a.properties.code < b.properties.code ? -1 : 1)));
}

function beginSplit() {
  const [k] = layer.chosen;
  if (layer.busy) return endSplit();
  layer.busy = true;
  layer.drawHandles();
  button("split").setAttribute("aria-pressed", "true");
  tell(say("Draw a line across the cell. Double click ends it, Escape gives up."));
  map.pm.enableDraw("Line", { snappable: true, snapDistance: 15, finishOn: "dblclick", tooltips: false });
  map.once("pm:create", (/** @type {any} */ event) => void attempt(async () => {
    const line = event.layer.toGeoJSON().geometry;
    event.layer.remove();
    endSplit();
    await split(k, line);
  }));
}

function endSplit() {
  map.pm.disableDraw();
  map.off("pm:create");
  layer.busy = false;
  button("split").setAttribute("aria-pressed", "false");
  layer.drawHandles();
  showTools();
}

/** @param {number} k @param {any} line */
async function split(k, line) {
  const { code, places, cells } = siblings(k);
  const answer = await send(urls.split, { body: { code, cells, chosen: places.indexOf(k), line } });
  remember();
  replaceCommunity(code, answer.cells);
}

async function merge() {
  const [first] = layer.chosen;
  const { code, places, cells } = siblings(first);
  const answer = await send(urls.merge, { body: { code, cells, chosen: [...layer.chosen].map((k) => places.indexOf(k)) } });
  remember();
  replaceCommunity(code, answer.cells);
}

function undo() {
  const before = state.undo.pop();
  if (before) load(before);
}

/** @param {any} finding */
function showFinding(finding) {
  marks.clearLayers();
  if (finding.geometry) {
    marks.addData(finding.geometry);
    map.fitBounds(marks.getBounds(), { maxZoom: 18, padding: [60, 60] });
    return;
  }
  const k = layer.topology.cells.findIndex((cell) => finding.cells.includes(cell.facts.code));
  if (k >= 0) pick(k, false);
}

/** @param {any[]} findings */
function showAllFindings(findings) {
  showFindings(findings, say, showFinding);
  marks.clearLayers();
  for (const one of findings) if (one.geometry && one.severity === "error") marks.addData(one.geometry);
}

async function check() {
  const answer = await send(urls.check, { body: { code: select.value, cells: layer.topology.features() } });
  showAllFindings(answer.findings);
}

async function save() {
  const body = {
    code: select.value, cells: layer.topology.features(), base: state.base, edition: state.edition?.id ?? "",
    title: select.selectedOptions[0]?.textContent ?? "",
  };
  const answer = await send(urls.save, { body });
  state.edition = answer.edition;
  state.dirty = false;
  showAllFindings(answer.findings);
  listEditions(answer.editions);
  const good = answer.edition.state === "checked";
  toast(say(good ? "Saved as draft %(number)d. Nothing is active yet." : "Saved as draft %(number)d with errors; it cannot be activated.", { number: answer.edition.number }),
    good && state.area.may_activate ? { label: say("Activate …"), run: () => activateEdition(answer.edition) } : undefined);
}

/** @param {any} edition */
function openEdition(edition) {
  void attempt(async () => {
    if (state.dirty && !window.confirm(say("There are unsaved changes. Leave them?"))) return;
    const answer = await getJson(urls.planner_edition.replace("ID", edition.id));
    const cells = answer.cells.filter((/** @type {any} */ cell) => cell.properties.code.startsWith(select.value));
    // A draft that holds more than this area is not written over: saving makes one of this area.
    const own = ["draft", "checked"].includes(edition.state) && cells.length === answer.cells.length;
    state.edition = own ? answer.edition : null;
    state.undo = [];
    state.dirty = false;
    load(cells);
  });
}

/** @param {any} edition */
function discardEdition(edition) {
  void attempt(async () => {
    if (!window.confirm(say("Throw this draft away?"))) return;
    await send(urls.planner_discard.replace("ID", edition.id), { body: {} });
    if (state.edition?.id === edition.id) state.edition = null;
    const area = await getJson(urls.area.replace("CODE", select.value));
    listEditions(area.editions);
    toast(say("The draft was thrown away."));
  });
}

/** @param {any} edition */
function activateEdition(edition) {
  void attempt(async () => {
    const answer = await askAndActivate(edition, { say, urls });
    if (!answer) return;
    await readArea();
    vector.refresh();
    toast(say("Edition %(number)d is active. %(buildings)d buildings and %(people)d people have a new cell.",
      { number: answer.edition.number, buildings: whole(answer.moves.buildings), people: whole(answer.moves.people) }));
  });
}

let shown = "";
select.addEventListener("change", () => {
  if (state.dirty && !window.confirm(say("There are unsaved changes. Leave them?"))) {
    select.value = shown;
    return;
  }
  shown = select.value;
  void attempt(readArea);
});
need("#propose-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(proposeAll);
});
for (const radio of document.querySelectorAll("[name=kind]")) {
  radio.addEventListener("change", () => {
    target.value = kind() === "households" ? "300" : "100000";
    showSide();
  });
}
target.addEventListener("input", () => showSide());
button("stop").addEventListener("click", () => { state.stopped = true; });
button("split").addEventListener("click", beginSplit);
button("merge").addEventListener("click", () => void attempt(merge));
button("undo").addEventListener("click", undo);
button("check").addEventListener("click", () => void attempt(check));
button("save").addEventListener("click", () => void attempt(save));
map.on("click", () => { if (!layer.busy) layer.chooseNone(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (layer.busy) endSplit();
  else layer.chooseNone();
});
window.addEventListener("beforeunload", (event) => { if (state.dirty) event.preventDefault(); });

fillAreas();
const wanted = location.hash.slice(1);
if ([...select.options].some((option) => option.value === wanted)) select.value = wanted;
shown = select.value;
if (shown) await attempt(readArea);
need("#map").dataset.planner = "ready";
