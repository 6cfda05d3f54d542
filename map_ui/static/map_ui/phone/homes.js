// @ts-check
/** Homes: buildings of one's own cells by words and by distance, their doors, who lives behind them. Works without a network. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { openBuilding } from "grid/phone/building.js";
import { openCorrection } from "grid/phone/correct.js";
import { openDoor } from "grid/phone/door.js";
import { placeNow } from "grid/phone/here.js";
import { find, indexOf, spoken } from "grid/phone/homeindex.js";
import { metresInWords } from "grid/phone/marks.js";
import { homesOf, cellsIn } from "grid/phone/packs.js";
import { empty, icon, note } from "grid/phone/ui.js";

const SHOWN = 40;

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/homeindex.js").Index} Index */

/** What was read out of the sealed packs, while somebody is in. @type {WeakMap<object, {tags: string, index: Index}>} */
const read = new WeakMap();
/** What was typed last, so that the way back from a door leads to the same list. */
let typed = "";

/** @param {App} app @returns {Promise<Index | null>} null: no homes on this phone */
async function homes(app) {
  const { session } = app;
  const list = await session.packs.list();
  const cells = cellsIn(list.keys());
  if (!cells.length) return null;
  const tags = cells.map((cell) => cell + list.get(homesOf(cell))?.tag).join(" ");
  const known = read.get(session);
  if (known?.tags === tags) return known.index;
  const packs = await Promise.all(cells.map((cell) => session.packs.get(homesOf(cell))));
  const index = indexOf(packs.filter(Boolean));
  read.set(session, { tags, index });
  return index;
}

/** @param {App} app @param {HTMLElement} box @param {string} argument "building/ID", "door/ID", "correct/FIELD/ID/DOOR" */
export async function open(app, box, argument) {
  const index = await homes(app);
  const [what, ...rest] = argument.split("/");
  if (!index) return nothing(app, box);
  if (what === "building") return openBuilding(app, box, index, rest[0]);
  if (what === "door") return openDoor(app, box, index, rest[0]);
  if (what === "correct") return openCorrection(app, box, index, { key: rest[0], row: rest[1], door: rest[2] });
  return list(app, box, index);
}

/** No homes here: on their way, or none for this person. @param {App} app @param {HTMLElement} box */
async function nothing(app, box) {
  const { session, sync } = app;
  const place = make("div", {});
  const say = async () => {
    if (cellsIn((await session.packs.list()).keys()).length) return app.go(location.hash === "#homes=all" ? "homes" : "homes=all");
    const { progress } = sync;
    const last = await sync.last();
    if (progress || (sync.running && !last)) place.replaceChildren(empty("download", t("The homes of your cells are being fetched …"), progress ? t("Pack %(n)d of %(all)d", { n: progress.done + 1, all: progress.all }) : ""));
    else if (last) place.replaceChildren(empty("building-community", t("No homes for this phone."), t("They come with a duty for cells, or a role for at most 16 of them.")));
    else place.replaceChildren(empty("wifi-off", t("The homes are not on this phone yet."), t("Connect once; after that they need no network.")));
    return undefined;
  };
  box.append(make("h1", { tabindex: "-1" }, t("Homes")), place);
  await say();
  return { changed: () => void say() };
}

/** @param {App} app @param {HTMLElement} box @param {Index} index */
async function list(app, box, index) {
  let shown = index;
  const search = /** @type {HTMLInputElement} */ (make("input", { type: "search", enterkeyhint: "search", autocomplete: "off", placeholder: t("Building, number or address, with the room"), "aria-label": t("Find a building or door") }));
  search.value = typed;
  const told = make("p", { class: "hint", role: "status" });
  const rows = make("ul", { class: "rows" });
  /** @type {import("grid/phone/here.js").Here | null} */
  let at = null;
  const show = () => {
    typed = search.value;
    const hits = find(shown, typed, at);
    const doors = hits.flatMap((hit) => hit.doors.map((door) => ({ ...hit, door })));
    told.textContent = doors.length ? t("%(n)d doors", { n: doors.length }) : summary(hits.length, Boolean(at));
    rows.replaceChildren(...(doors.length ? doors.slice(0, SHOWN).map(doorRow) : hits.slice(0, SHOWN).map((hit) => buildingRow(shown, hit))),
      ...(hits.length > SHOWN && !doors.length ? [make("li", { class: "hint" }, t("Only the first %(n)d are shown; type more of the name.", { n: SHOWN }))] : []),
      ...(hits.length ? [] : [make("li", {}, empty("search", t("No building fits."), t("Only your own cells are on this phone.")))]));
  };
  search.addEventListener("input", show);
  show();
  box.append(make("h1", { tabindex: "-1" }, t("Homes")), ...(await age(app)), search, told, rows);
  void placeNow().then((here) => {
    if (!here || !rows.isConnected) return;
    at = here;
    show();
  });
  const changed = async () => {
    const now = await homes(app);
    if (!now) return app.go("homes=all");
    if (now === shown) return undefined;
    shown = now;
    return show();
  };
  return { changed: () => void changed() };
}

/** @param {number} n @param {boolean} near */
const summary = (n, near) => (near ? t("%(n)d buildings, the nearest first", { n }) : t("%(n)d buildings", { n }));

/** A warning when what is shown is old. @param {App} app */
async function age(app) {
  const days = Math.floor((Date.now() - ((await app.sync.last())?.at ?? 0)) / 86_400_000);
  return days < 2 || days > 9999 ? [] : [note(t("Last fetched %(n)d days ago: connect to see what changed.", { n: days }), "warn")];
}

/** @param {Index} index @param {import("grid/phone/homeindex.js").Hit} hit */
function buildingRow(index, { building, away }) {
  const doors = index.byBuilding.get(building.id) ?? [];
  const people = doors.reduce((sum, door) => sum + door.living, 0);
  const name = spoken(building);
  const where = building.address.endsWith(name) ? building.address.slice(0, -name.length) : building.address;
  return make("li", {}, make("a", { class: "row", href: `#homes=building/${building.id}` }, icon("building"),
    make("span", { class: "row-text" }, make("strong", {}, spoken(building)),
      make("small", {}, ...(where ? [where, " "] : []), make("span", { class: "row-figures" }, [doors.length ? t("%(n)d doors", { n: doors.length }) : t("no doors"), people ? t("%(n)d people", { n: people }) : ""].filter(Boolean).join(" · ")))),
    ...(away === null ? [] : [make("span", { class: "row-away number" }, metresInWords(away))])));
}

/** @param {import("grid/phone/homeindex.js").Hit & {door: import("grid/phone/homeindex.js").DoorRow}} hit */
function doorRow({ building, door }) {
  const where = [door.entrance && t("entrance %(name)s", { name: door.entrance }), door.room].filter(Boolean).join(" ");
  return make("li", {}, make("a", { class: "row", href: `#homes=door/${door.id}` }, icon("home"),
    make("span", { class: "row-text" }, make("strong", {}, `${spoken(building)} ${where}`), make("small", {}, door.living ? t("%(n)d people", { n: door.living }) : t("nobody lives here")))));
}
