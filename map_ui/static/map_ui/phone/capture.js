// @ts-check
/** A new report: photo, what it is, send. Everything typed or taken is kept at once; sending puts it into the queue. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { uuid7 } from "grid/lib/uuid7.js";
import { APP, clockOffset } from "grid/phone/sending.js";
import { categories } from "grid/phone/categories.js";
import { report } from "grid/phone/items.js";
import { pictures } from "grid/phone/pictures.js";
import { place } from "grid/phone/place.js";
import { setting } from "grid/phone/session.js";
import { warnWhenFull } from "grid/phone/room.js";
import { pack } from "grid/phone/sync.js";
import { button, empty, field, note, tell } from "grid/phone/ui.js";

const DRAFT = "report";
const LATELY = "lately";

/** @typedef {{id: string, category: string, text: string, address: string, fixed: boolean, point: any, captured_at: string, photos: {id: string, sha256: string, type: string, role: "before" | "after"}[]}} Draft */

/** @returns {Draft} */
const blank = () => ({ id: uuid7(), category: "", text: "", address: "", fixed: false, point: null, captured_at: "", photos: [] });

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box */
export async function open(app, box) {
  const { drafts, store } = app.session;
  // Side by side: each of them waits for the disk. The cells are wanted when the map is opened, and nobody waits for them here.
  const cells = pack(app.session, "cells");
  const [catalogue, kept, items, datum, used, warning] = await Promise.all([
    pack(app.session, "catalogue"), drafts.read(DRAFT), store.items(), setting("datum", "wgs84"), lately(app), warnWhenFull(),
  ]);
  if (!catalogue) {
    box.append(make("h1", { tabindex: "-1" }, t("New report")), empty("wifi-off", t("The catalogue is not on this phone yet."), t("Connect once; after that reports need no network.")));
    return {};
  }
  /** @type {Draft} */
  let draft = kept ?? blank();
  // Frozen into the queue just before the program died: it is there already.
  if (items.some((item) => item.id === draft.id)) {
    await drafts.drop(DRAFT);
    draft = blank();
  }
  const told = make("div", {});
  const say = (/** @type {string} */ text) => told.replaceChildren(...(text ? [note(text, "bad")] : []));
  const save = () => {
    draft.photos = [...before.all(), ...after.all()].map(({ id, sha256, type, role }) => ({ id, sha256, type, role }));
    draft.captured_at ||= draft.photos.length ? new Date().toISOString() : "";
    say("");
    return drafts.save(DRAFT, draft);
  };
  const keep = { savePhoto: (/** @type {string} */ id, /** @type {Uint8Array} */ bytes) => drafts.savePhoto(DRAFT, id, bytes), dropPhoto: (/** @type {string} */ id) => drafts.dropPhoto(DRAFT, id) };
  const before = pictures({ label: t("Take a photo"), role: "before", keep, changed: () => ready && void save() });
  const after = pictures({ label: t("Photo of it put right"), role: "after", keep, changed: () => ready && void save() });
  let ready = false;
  const where = place({
    point: draft.point, datum, cells,
    changed: (point) => { draft.point = point; void save(); },
  });
  const what = categories(catalogue.categories, used, draft.category, (key) => { draft.category = key; void save(); });
  const text = typed("textarea", draft.text, 2000, (value) => { draft.text = value; });
  const address = typed("input", draft.address, 160, (value) => { draft.address = value; });
  const fixed = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", id: "fixed" }));
  const afterBox = make("div", { class: "stack" }, after.box);
  fixed.checked = draft.fixed;
  afterBox.hidden = !draft.fixed;
  fixed.addEventListener("change", () => {
    draft.fixed = fixed.checked;
    afterBox.hidden = !fixed.checked;
    void save();
  });
  const send = button(t("Send"), { icon: "send", kind: "main", act: () => void submit() });

  /** @param {string} tag @param {string} value @param {number} most @param {(value: string) => void} put */
  function typed(tag, value, most, put) {
    const input = /** @type {HTMLInputElement} */ (make(tag, { maxlength: String(most), ...(tag === "textarea" ? { rows: "2" } : { type: "text" }) }));
    input.value = value;
    input.addEventListener("input", () => { put(input.value); void save(); });
    return input;
  }

  for (const { id, sha256, type, role } of draft.photos) {
    const bytes = await drafts.photo(DRAFT, id);
    if (bytes) (role === "after" ? after : before).put({ id, sha256, type, role, bytes });
  }
  ready = true;

  async function submit() {
    await Promise.all([before.ready(), after.ready()]);
    const photos = [...before.all(), ...(draft.fixed ? after.all() : [])];
    const lacks = missing(draft, photos, where.point());
    if (lacks) return say(lacks);
    send.disabled = true;
    try {
      const { category, text: words, address: at, fixed: done } = draft;
      const body = {
        category, text: words.trim(), address: at.trim().replace(/\s+/g, " "), point: where.point(),
        captured_at: draft.captured_at || new Date().toISOString(), fixed: done, app: APP, clock_offset_s: await clockOffset(),
      };
      await app.sending.add(await report(body, photos, draft.id));
      await drafts.drop(DRAFT);
      await remember(app, category);
      tell(t("Kept on this phone. It is sent as soon as there is a network."));
      app.go("mine");
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      say(t("The phone is full. Nothing was lost; send what waits or free some space, then send again."));
    } finally {
      send.disabled = false;
    }
    return undefined;
  }

  box.append(
    make("h1", { tabindex: "-1" }, t("New report")), warning,
    before.box, group(t("What is it?"), what), group(t("Where is it?"), where.box),
    field(t("What you saw"), text), field(t("Address or landmark"), address),
    make("label", { class: "check", for: "fixed" }, fixed, make("span", {}, t("Put right on the spot"))), afterBox,
    make("div", { class: "sendbar" }, told, send),
  );
  return { close: where.close };
}

/** @param {string} title @param {HTMLElement} content */
function group(title, content) {
  return make("section", { class: "stack", "aria-label": title }, make("h2", {}, title), content);
}

/** The first thing that is missing, or "". @param {Draft} draft @param {any[]} photos @param {any} point */
function missing(draft, photos, point) {
  if (!draft.category) return t("Choose what it is.");
  if (!point) return t("Tap the map where it is, or allow the position.");
  if (draft.fixed && !photos.some((photo) => photo.role === "after")) return t("Add a photo of it put right.");
  if (!photos.length && !draft.text.trim()) return t("Add at least one photo, or write what you saw.");
  return "";
}

/** Categories this person used lately, on this phone. @param {import("grid/phone/app.js").App} app @returns {Promise<string[]>} */
const lately = async (app) => (await app.session.packs.get(LATELY)) ?? [];

/** @param {import("grid/phone/app.js").App} app @param {string} key */
async function remember(app, key) {
  await app.session.packs.put(LATELY, "", [...new Set([key, ...(await lately(app))])].slice(0, 8));
}
