// @ts-check
/** The form of a step: photos of the work, words, what the step asks for. Kept at every change, sent through the queue. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { compare, photoStrip } from "grid/phone/compare.js";
import { step } from "grid/phone/items.js";
import { named } from "grid/phone/language.js";
import { metresInWords } from "grid/phone/marks.js";
import { pictures } from "grid/phone/pictures.js";
import { warnWhenFull } from "grid/phone/room.js";
import { answers, fieldsOf, steppable } from "grid/phone/step_fields.js";
import { FAR_M, metres } from "grid/phone/tasks.js";
import { button, note, tell } from "grid/phone/ui.js";

export { steppable };

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/items.js").Photo} Photo */
/**
 * @typedef {object} Draft what is being written for a step
 * @property {string} text
 * @property {Record<string, any>} fields
 * @property {{id: string, sha256: string, type: string}[]} photos
 * @property {string} [replaces] UUID of the item that stands refused in the queue
 */

/** @param {string} task UUID @param {string} action */
export const draftName = (task, action) => `step ${task} ${action}`;

/**
 * @param {App} app
 * @param {any} task
 * @param {any} offer a step of the task
 * @param {{catalogue: any, here: {now: () => import("grid/phone/here.js").Here | null}}} given
 */
export async function stepForm(app, task, offer, { catalogue, here }) {
  const { drafts } = app.session;
  const name = draftName(task.task, offer.action);
  /** @type {Draft} */
  const draft = (await drafts.read(name)) ?? { text: "", fields: { ...offer.suggested }, photos: [] };
  const told = make("div", {});
  let saving = Promise.resolve();
  const save = () => {
    if (!ready) return;
    draft.photos = taken.all().map(({ id, sha256, type }) => ({ id, sha256, type }));
    told.replaceChildren();
    // One after the other: an earlier state never overwrites a later one.
    saving = saving.then(() => drafts.save(name, draft));
  };
  let ready = false;
  const sides = make("div", {});
  const beside = () => {
    if (!ready) return;
    const own = taken.all().length;
    sides.hidden = !own;
    if (own) sides.replaceChildren(compare(photoStrip(app.session, task.photos, "before", t("Before")), now(taken.all())));
  };
  const keep = { savePhoto: (/** @type {string} */ id, /** @type {Uint8Array} */ bytes) => drafts.savePhoto(name, id, bytes), dropPhoto: (/** @type {string} */ id) => drafts.dropPhoto(name, id) };
  const taken = pictures({ label: t("Take a photo"), role: "after", keep, changed: () => { save(); beside(); } });
  for (const { id, sha256, type } of draft.photos) {
    const bytes = await drafts.photo(name, id);
    if (bytes) taken.put({ id, sha256, type, role: "after", bytes });
  }
  const photos = [...offer.requires, ...offer.takes].some((field) => field === "photo_after" || field === "photo_site");
  const text = /** @type {HTMLTextAreaElement} */ (make("textarea", { rows: "2", maxlength: "2000" }));
  text.value = draft.text;
  text.addEventListener("input", () => { draft.text = text.value; save(); });
  const send = button(named(offer), { icon: "send", kind: "main", act: () => void submit() });
  ready = true;
  beside();

  async function submit() {
    await taken.ready();
    await saving;
    const spot = here.now();
    const all = taken.all();
    const lacks = missing(offer, draft, all);
    if (lacks) return told.replaceChildren(note(lacks, "bad"));
    send.disabled = true;
    try {
      const frozen = await step({
        case: task.case, number: task.number, version: task.case_version, action: offer.action, text: draft.text.trim(), fields: answers(offer, draft.fields),
        position: spot?.raw ?? null, task: task.task, name: named(offer),
      }, all);
      if (!draft.replaces) await app.sending.add(frozen);
      else if (!(await app.sending.replace(draft.replaces, frozen))) return undefined;
      await drafts.drop(name);
      tell(t("Kept on this phone. It is sent as soon as there is a network."));
      app.go("today");
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      told.replaceChildren(note(t("The phone is full. Nothing was lost; send what waits or free some space, then send again."), "bad"));
    } finally {
      send.disabled = false;
    }
    return undefined;
  }

  return make("section", { class: "stack step-form", "aria-label": named(offer) },
    make("h3", {}, named(offer)), await warnWhenFull(),
    ...(photos || task.kind !== "desk" ? [taken.box, sides] : []),
    ...fieldsOf(offer, draft.fields, { catalogue, task, changed: save }),
    labelled(offer.requires.includes("reason") ? t("Reason") : t("What you found or did"), text),
    standing(task, here), make("div", { class: "sendbar" }, told, send));
}

/** @param {string} label @param {HTMLElement} input */
function labelled(label, input) {
  input.id = "step-text";
  return make("div", { class: "field" }, make("label", { for: input.id }, label), input);
}

/** How far the phone is from the point; far is said, and stops nobody. @param {any} task @param {{now: () => import("grid/phone/here.js").Here | null}} here */
function standing(task, here) {
  const box = make("div", {});
  const say = () => {
    const spot = here.now();
    if (!spot) return box.replaceChildren(make("p", { class: "hint" }, t("Without a position: the step is sent all the same.")));
    const away = metres(spot, task);
    const text = t("You stand %(metres)s from the point (accurate to %(n)d m).", { metres: metresInWords(away), n: spot.accuracy_m });
    return box.replaceChildren(away > FAR_M ? note(`${text} ${t("That is far: it is noted with the step, and you can send it.")}`, "warn") : make("p", { class: "hint" }, text));
  };
  say();
  const timer = window.setInterval(() => (box.isConnected ? say() : window.clearInterval(timer)), 2000);
  return box;
}

/** Photos just taken, as a strip. @param {Photo[]} photos */
function now(photos) {
  const strip = make("div", { class: "strip", role: "group", "aria-label": t("Now"), tabindex: "0" });
  for (const photo of photos) {
    const image = /** @type {HTMLImageElement} */ (make("img", { alt: t("Now"), src: URL.createObjectURL(new Blob([/** @type {BlobPart} */ (photo.bytes)], { type: photo.type })) }));
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
    strip.append(make("div", { class: "strip-photo" }, image));
  }
  return { box: make("figure", { class: "photos" }, strip, make("figcaption", {}, t("Now"))) };
}

/** The first thing that is missing, or "". @param {any} offer @param {Draft} draft @param {Photo[]} photos */
function missing(offer, draft, photos) {
  for (const name of offer.requires) {
    if ((name === "reason" || name === "text") && !draft.text.trim()) return t("Write the reason.");
    if ((name === "photo_after" || name === "photo_site") && !photos.length) return t("Add a photo: this step needs one.");
    const value = draft.fields[name];
    if (!["reason", "text", "photo_after", "photo_site"].includes(name) && (value === undefined || value === "" || value === null)) return t("Something this step needs is missing.");
  }
  return "";
}
