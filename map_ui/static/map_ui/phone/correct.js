// @ts-check
/** The form of a correction: one field as it should be, with a note and a photo. What is typed is kept at once. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { uuid7 } from "grid/lib/uuid7.js";
import { back } from "grid/phone/building.js";
import { seen, tidy, wrong } from "grid/phone/checks.js";
import { amendment } from "grid/phone/items.js";
import { named } from "grid/phone/language.js";
import { pictures } from "grid/phone/pictures.js";
import { pack } from "grid/phone/sync.js";
import { button, empty, field, note, tell } from "grid/phone/ui.js";
import { wordsOf } from "grid/phone/words.js";

/** @typedef {import("grid/phone/homeindex.js").Index} Index */
/** @typedef {{id: string, value: string, note: string, photo: {id: string, sha256: string, type: string} | null}} Draft */

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box @param {Index} index @param {{key: string, row: string, door: string}} what */
export async function openCorrection(app, box, index, { key, row: id, door }) {
  const { drafts, store } = app.session;
  const fields = await pack(app.session, "fields");
  const about = fields?.fields.find((/** @type {any} */ one) => one.key === key);
  const row = { person: index.persons, household: index.households, dwelling: index.doors }[key.split(".")[0]]?.get(id);
  const way = `homes=door/${door}`;
  box.append(back(`#${way}`, t("Back to the door")));
  if (!about || !row) {
    box.append(make("h1", { tabindex: "-1" }, t("Correct")), empty("home", t("This record is not on this phone (any more).")));
    return {};
  }
  const name = `correct ${key} ${id}`;
  /** @type {Draft} */
  let draft = (await drafts.read(name)) ?? blank();
  // Frozen into the queue just before the program died: it is there already.
  if ((await store.items()).some((item) => item.id === draft.id)) {
    await drafts.drop(name);
    draft = blank();
  }
  let ready = false;
  const told = make("div", {});
  const save = () => {
    const [photo] = camera.all();
    draft.photo = photo ? { id: photo.id, sha256: photo.sha256, type: photo.type } : null;
    told.replaceChildren();
    return drafts.save(name, draft);
  };
  const camera = pictures({
    label: t("Photo"), role: "before", most: 1, changed: () => ready && void save(),
    keep: { savePhoto: (photo, bytes) => drafts.savePhoto(name, photo, bytes), dropPhoto: (photo) => drafts.dropPhoto(name, photo) },
  });
  const value = control(about, draft.value);
  const words = /** @type {HTMLInputElement} */ (make("textarea", { rows: "2", maxlength: "400" }));
  words.value = draft.note;
  value.addEventListener("input", () => { draft.value = value.value; void save(); });
  words.addEventListener("input", () => { draft.note = words.value; void save(); });
  const bytes = draft.photo && (await drafts.photo(name, draft.photo.id));
  if (draft.photo && bytes) camera.put({ ...draft.photo, role: "before", bytes });
  ready = true;

  const send = button(t("Send"), { icon: "send", kind: "main", act: () => void submit() });
  async function submit() {
    await camera.ready();
    const now = tidy(about.kind, value.value);
    const fault = wrong(about.kind, now, new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10));
    if (fault) {
      told.replaceChildren(note(faults()[fault], "bad"));
      value.setAttribute("aria-invalid", "true");
      value.focus();
      return;
    }
    send.disabled = true;
    try {
      const change = { field: key, row: id, old: seen(key, row), new: now, note: words.value.trim().replace(/\s+/g, " "), captured_at: new Date().toISOString() };
      await app.sending.add(await amendment(change, camera.all()[0] ?? null, draft.id));
      await drafts.drop(name);
      tell(t("Kept on this phone. It is sent as soon as there is a network."));
      app.go(way);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      told.replaceChildren(note(t("The phone is full. Nothing was lost; send what waits or free some space, then send again."), "bad"));
    } finally {
      send.disabled = false;
    }
  }

  const old = seen(key, row);
  const shown = about.codes.length ? wordsOf(fields)(key.split(".")[1], old) : old;
  box.append(
    make("h1", { tabindex: "-1" }, t("Correct: %(field)s", { field: named(about) })),
    ...(key === "dwelling.newcomer" ? [] : [make("p", {}, t("Now: %(value)s", { value: shown || "–" }))]),
    field(t("It should be"), value, hint(about)), field(t("Note: who said it, what was shown"), words), camera.box,
    make("p", { class: "hint" }, t("A keeper of the register looks at it; you see here what became of it.")),
    make("div", { class: "sendbar" }, told, send),
  );
  return {};
}

/** @returns {Draft} */
const blank = () => ({ id: uuid7(), value: "", note: "", photo: null });

/** The control of a field. @param {any} about @param {string} value @returns {HTMLInputElement} */
function control(about, value) {
  const options = [{ code: "", name: t("Choose"), name_en: t("Choose") }, ...about.codes];
  const more = { tel: { type: "tel" }, date: { type: "date" }, number: { type: "text", inputmode: "decimal" }, id: { type: "text", autocapitalize: "characters" } }[/** @type {string} */ (about.kind)] ?? { type: "text" };
  const input = /** @type {HTMLInputElement} */ (about.codes.length
    ? make("select", {}, ...options.map((one) => make("option", { value: one.code }, named(one))))
    : make("input", { ...more, maxlength: "60", autocomplete: "off" }));
  input.value = value;
  return input;
}

/** @param {any} about */
function hint(about) {
  if (about.key === "dwelling.newcomer") return t("The name, or what you were told; a keeper enters who it is.");
  return about.kind === "tel" || about.kind === "id" ? t("In full; it is sealed on this phone and on the way.") : "";
}

/** @returns {Record<string, string>} */
const faults = () => ({
  missing: t("Say how it should be."), tel: t("This is no telephone number."), id: t("This is no ID number: count the digits and look at the last one."),
  date: t("This is no possible day."), number: t("Only digits, such as 86.5"), name: t("This is no possible name."),
});
