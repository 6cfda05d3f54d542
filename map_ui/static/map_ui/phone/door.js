// @ts-check
/** A door: the dwelling, its households with members, masked; what may be corrected, and what became of corrections. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { answered, fates } from "grid/phone/amended.js";
import { back } from "grid/phone/building.js";
import { seen } from "grid/phone/checks.js";
import { spoken } from "grid/phone/homeindex.js";
import { named } from "grid/phone/language.js";
import { pack } from "grid/phone/sync.js";
import { empty, icon, note } from "grid/phone/ui.js";
import { wordsOf } from "grid/phone/words.js";

const OF_PERSON = ["person.name", "person.phone", "person.id_no", "person.sex", "person.birth_date", "person.marital", "person.education", "person.employment"];

/** @typedef {import("grid/phone/homeindex.js").Index} Index */
/** @typedef {import("grid/phone/homeindex.js").Person} Person */
/** @typedef {import("grid/phone/amended.js").Fate} Fate */
/** @typedef {{door: string, fields: Map<string, any>, words: ReturnType<typeof wordsOf>, known: Map<string, Fate>}} Shown */

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box @param {Index} index @param {string} id of a door; of a building: whoever has no door there */
export async function openDoor(app, box, index, id) {
  const door = index.doors.get(id);
  const building = index.buildings.get(door?.building ?? id);
  if (!building) {
    box.append(back("#homes", t("Homes")), make("h1", { tabindex: "-1" }, t("Door")), empty("home", t("This door is not on this phone (any more).")));
    return {};
  }
  const { session } = app;
  const pack_ = await pack(session, "fields");
  const fields = new Map((pack_?.fields ?? []).map((/** @type {any} */ field) => [field.key, field]));
  const place = make("div", { class: "stack" });
  const title = door ? [door.entrance && t("entrance %(name)s", { name: door.entrance }), door.room].filter(Boolean).join(" ") : t("People without a known door");
  box.append(back(`#homes=building/${building.id}`, spoken(building)), make("h1", { tabindex: "-1" }, title), place);
  let opened = new Set();
  const draw = async (/** @type {boolean} */ fresh) => {
    const known = fates(await session.store.items(), await answered(session, fresh));
    /** @type {Shown} */
    const shown = { door: id, fields, words: wordsOf(pack_), known };
    opened = new Set([...place.querySelectorAll("details[open]")].map((one) => /** @type {HTMLElement} */ (one).dataset.person));
    place.replaceChildren(...content(index, id, door, building, shown));
    for (const one of place.querySelectorAll("details")) one.open = opened.has(one.dataset.person);
  };
  await draw(false);
  if (navigator.onLine) void draw(true);
  return { changed: () => void draw(false) };
}

/** @param {Index} index @param {string} id @param {import("grid/phone/homeindex.js").DoorRow | undefined} door @param {import("grid/phone/homeindex.js").Building} building @param {Shown} shown */
function content(index, id, door, building, shown) {
  const homes = index.homes.get(id) ?? [];
  const members = new Set(homes.flatMap((home) => home.members.map(({ person }) => person.id)));
  const stays = (index.stays.get(id) ?? []).filter(({ person }) => !members.has(person.id));
  const [living, registered] = ["actual", "registered"].map((kind) => stays.filter((stay) => stay.kind === kind).map(({ person }) => person));
  return [
    ...(door ? [facts(door, shown)] : []),
    ...(building.people ? [] : [note(t("Your role sees doors and no people."))]),
    ...homes.map((home) => household(home, shown)),
    ...people(t("Living here, in no household"), living, shown),
    ...people(t("Registered here, living elsewhere"), registered, shown),
    ...(building.people && !homes.length && !stays.length ? [empty("home", t("Nobody is known here."))] : []),
    ...(door && building.people ? [link("dwelling.newcomer", door.id, shown, t("Somebody else lives here"))] : []),
  ];
}

/** @param {import("grid/phone/homeindex.js").DoorRow} door @param {Shown} shown */
function facts(door, shown) {
  return make("dl", { class: "lines" },
    ...line("dwelling.use", door, shown, true), ...line("dwelling.area_m2", door, shown, true));
}

/** @param {import("grid/phone/homeindex.js").Household} home @param {Shown} shown */
function household(home, shown) {
  const name = home.collective ? t("Collective household") : t("Household");
  return make("section", { class: "home", "aria-label": name }, make("h2", {}, icon("users"), name),
    make("dl", { class: "lines" }, ...line("household.number", home, shown, home.members.some(({ person }) => person.mine))),
    ...home.members.map(({ person, relation }) => card(person, shown.words("relation", relation), shown)));
}

/** @param {string} title @param {Person[]} persons @param {Shown} shown */
function people(title, persons, shown) {
  return persons.length ? [make("section", { class: "home", "aria-label": title }, make("h2", {}, title), ...persons.map((person) => card(person, "", shown)))] : [];
}

/** @param {Person} person @param {string} relation @param {Shown} shown */
function card(person, relation, shown) {
  const told = [relation, shown.words("sex", person.sex), person.born ? t("born %(year)s", { year: person.born }) : "", person.alone ? t("living alone") : ""];
  const waits = [...shown.known].filter(([key, fate]) => key.endsWith(person.id) && (fate.state === "here" || fate.state === "waiting" || fate.state === "stuck")).length;
  const head = make("summary", {}, make("span", { class: "row-text" }, make("strong", {}, person.name), make("small", {}, told.filter(Boolean).join(" · "))),
    ...(waits ? [make("span", { class: "chip" }, t("%(n)d waiting", { n: waits }))] : []), icon("chevron-down"));
  const box = make("details", { class: "person", "data-person": person.id }, head);
  if (person.life === "" || person.life === undefined) box.append(make("p", { class: "hint" }, t("Lives outside your cells: only the household tells of this person.")));
  else box.append(make("dl", { class: "lines" }, ...OF_PERSON.flatMap((key) => line(key, person, shown, person.mine))), ...(person.mine ? [link("person.gone", person.id, shown, t("No longer lives here"))] : []));
  return box;
}

/** A field with its value, its correction and what became of one. @param {string} key @param {any} row @param {Shown} shown @param {boolean} mine */
function line(key, row, shown, mine) {
  const field = shown.fields.get(key);
  if (!field) return [];
  const value = seen(key, row);
  const word = field.codes.length ? shown.words(key.split(".")[1], value) : value && key === "person.birth_date" ? `${value}-**-**` : value;
  const name = named(field);
  const correct = make("a", { class: "correct", href: `#homes=correct/${key}/${row.id}/${shown.door}`, "aria-label": t("Correct: %(field)s", { field: name }) }, icon("edit"), make("span", {}, t("Correct")));
  return [make("div", { class: "line" }, make("dt", {}, name), make("dd", {}, make("span", {}, word || "–"), ...fate(shown.known.get(`${key} ${row.id}`))), ...(mine ? [make("dd", { class: "line-act" }, correct)] : []))];
}

/** @param {string} key @param {string} row @param {Shown} shown @param {string} name */
function link(key, row, shown, name) {
  return make("div", { class: "stack" }, make("a", { class: "button button-plain", href: `#homes=correct/${key}/${row}/${shown.door}` }, icon("edit"), make("span", {}, name)), ...fate(shown.known.get(`${key} ${row}`)));
}

/** @param {Fate | undefined} fate */
function fate(fate) {
  if (!fate) return [];
  const words = {
    here: t("Correction waits on this phone"), stuck: t("Correction was not accepted: see what waits"), waiting: t("Sent; a keeper looks at it"),
    approved: t("Correction written"), rejected: t("Correction turned down"),
  }[fate.state];
  return [make("small", { class: `fate fate-${fate.state}` }, fate.reason ? `${words}：${fate.reason}` : words)];
}
