// @ts-check
/** A building door by door: entrance, floors from the top, a tile for each door. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { spoken, stairs, stateOf } from "grid/phone/homeindex.js";
import { pack } from "grid/phone/sync.js";
import { button, empty, icon } from "grid/phone/ui.js";
import { wordsOf } from "grid/phone/words.js";

const HOME = "residential";

/** @typedef {import("grid/phone/homeindex.js").DoorRow} DoorRow */

/** The entrance that was looked at last, by building. @type {Map<string, string>} */
const chosen = new Map();

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box @param {import("grid/phone/homeindex.js").Index} index @param {string} id */
export async function openBuilding(app, box, index, id) {
  const building = index.buildings.get(id);
  box.append(back("#homes", t("Homes")));
  if (!building) {
    box.append(make("h1", { tabindex: "-1" }, t("Building")), empty("building", t("This building is not on this phone (any more).")));
    return {};
  }
  const words = wordsOf(await pack(app.session, "fields"));
  const all = index.byBuilding.get(id) ?? [];
  const parts = stairs(all);
  const people = all.reduce((sum, door) => sum + door.living, 0);
  const vacant = all.filter((door) => stateOf(door) === "empty").length;
  box.append(make("h1", { tabindex: "-1" }, spoken(building)),
    make("p", { class: "hint" }, [building.address, words("use", building.use), building.floors ? t("%(n)d floors", { n: building.floors }) : ""].filter(Boolean).join(" · ")),
    make("p", {}, [t("%(n)d doors", { n: all.length }), t("%(n)d people", { n: people }), t("%(n)d empty", { n: vacant })].join(" · ")));
  if (!parts.length) box.append(empty("home", t("No doors are known here.")));
  const grid = make("div", { class: "stack" });
  const show = (/** @type {string} */ entrance) => {
    chosen.set(id, entrance);
    for (const one of tabs.children) one.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (one).dataset.entrance === entrance));
    grid.replaceChildren(...(parts.find((part) => part.entrance === entrance)?.floors ?? []).map(({ floor, doors }) => level(floor, doors, words)));
  };
  const tabs = make("div", { class: "stairs", role: "group", "aria-label": t("Entrances") }, ...parts.map(({ entrance }) => {
    const one = button(entrance ? t("entrance %(name)s", { name: entrance }) : t("without entrance"), { act: () => show(entrance) });
    one.dataset.entrance = entrance;
    return one;
  }));
  tabs.hidden = parts.length < 2;
  box.append(tabs, legend(), grid);
  const first = chosen.get(id) ?? parts[0]?.entrance ?? "";
  show(parts.some((part) => part.entrance === first) ? first : parts[0]?.entrance ?? "");
  const loose = (index.stays.get(id)?.length ?? 0) + (index.homes.get(id)?.length ?? 0);
  if (loose) box.append(make("a", { class: "button button-plain", href: `#homes=door/${id}` }, icon("users"), make("span", {}, t("People without a known door"))));
  return {};
}

/** @param {string} href @param {string} name */
export function back(href, name) {
  return make("a", { class: "back", href }, icon("chevron-left"), make("span", {}, name));
}

/** @param {number} floor @param {DoorRow[]} doors @param {ReturnType<typeof wordsOf>} words */
function level(floor, doors, words) {
  const name = floor < 0 ? t("Basement %(n)d", { n: -floor }) : t("Floor %(n)d", { n: floor });
  return make("section", { class: "level", "aria-label": name }, make("h2", {}, name), make("ul", { class: "doors" }, ...doors.map((door) => {
    const state = stateOf(door);
    const told = state === "empty" && door.use !== HOME ? words("use", door.use) : said(door);
    return make("li", {}, make("a", { class: `door door-${state}`, href: `#homes=door/${door.id}` }, make("strong", {}, door.room), make("small", {}, told)));
  })));
}

/** @param {DoorRow} door */
function said(door) {
  if (door.living) return t("%(n)d people", { n: door.living });
  return door.registered ? t("registered only") : t("empty");
}

function legend() {
  const one = (/** @type {string} */ state, /** @type {string} */ name) => make("span", { class: "legend-one" }, make("i", { class: `door-mark door-${state}`, "aria-hidden": "true" }), name);
  return make("p", { class: "legend hint" }, one("living", t("lived in")), one("registered", t("registered only")), one("empty", t("empty")));
}
