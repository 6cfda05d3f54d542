// @ts-check
/** A step that came too late: what was written beside what the case is now, and what may be done about it. Nothing goes by itself. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { uuid7 } from "grid/lib/uuid7.js";
import { again, photosOf, stepOf } from "grid/phone/items.js";
import { named } from "grid/phone/language.js";
import { KINDS } from "grid/phone/marks.js";
import { draftName } from "grid/phone/step.js";
import { pack } from "grid/phone/sync.js";
import { readTask } from "grid/phone/tray.js";
import { button, note, tell } from "grid/phone/ui.js";

const LATE = new Set(["case_version_stale", "step_out_of_table", "step_blocked", "task_claimed", "case_out_of_reach", "step_not_permitted", "step_needs_field"]);
const FRESH_MS = 20_000;
/** What the server said lately, so that a redraw asks nobody. @type {Map<string, {at: number, task: any}>} */
const told = new Map();

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/queue.js").Item} Item */

/** @param {Item} item */
export const isLate = (item) => item.kind === "step" && item.state === "refused" && LATE.has(item.problem?.code ?? "");

/**
 * Both versions and the choices.
 * @param {App} app
 * @param {Item} item
 * @param {HTMLElement[]} others choices that every stuck item has
 */
export function versions(app, item, others) {
  const mine = make("section", { class: "version", "aria-label": t("What you wrote") }, make("h3", {}, t("What you wrote")));
  const now = make("section", { class: "version", "aria-label": t("The case now") }, make("h3", {}, t("The case now")));
  const choices = make("div", { class: "stack" }, make("div", { class: "triple" }, ...others));
  const problem = item.problem;
  const kept = problem?.data.note ? [make("p", { class: "hint" }, t("Your words are kept as a note on the case, whatever you choose."))] : [];
  void fill(app, item, mine, now, choices);
  return make("div", { class: "versions" }, note(problem?.message ?? "", "bad"), mine, now, ...kept, choices);
}

/** @param {App} app @param {Item} item @param {HTMLElement} mine @param {HTMLElement} now @param {HTMLElement} choices */
async function fill(app, item, mine, now, choices) {
  const contents = await Promise.all(item.parts.map((_part, n) => app.session.store.content(item.id, n)));
  mine.append(...written(item, contents));
  const task = await present(app, item);
  if (!task) {
    const { stage, version } = item.problem?.data ?? {};
    const known = ((await pack(app.session, "catalogue"))?.stages ?? []).find((/** @type {any} */ row) => row.key === stage);
    now.append(make("p", {}, stage ? t("Stage %(stage)s, version %(n)d", { stage: known ? named(known) : stage, n: version }) : t("Connect to see it.")));
    choices.prepend(...leave(app, item));
    return;
  }
  now.append(...standing(task));
  const offer = task.steps.find((/** @type {any} */ one) => one.action === item.about.action);
  const anew = item.problem?.code === "step_needs_field" || !["open", "claimed"].includes(task.state);
  const redo = [
    button(t("Do it again on the present state"), { icon: "refresh", kind: "main", act: () => void redone(app, item, contents, task, anew) }),
    button(t("Change it first"), { icon: "edit", act: () => void changed(app, item, contents, task, anew) }),
  ];
  choices.prepend(...(offer ? redo : [make("p", { class: "hint" }, t("This step is not possible any more: the case went on without it."))]), ...leave(app, item));
}

/** @param {App} app @param {Item} item */
async function present(app, item) {
  const id = item.about.task;
  const known = told.get(id);
  if (known && Date.now() - known.at < FRESH_MS) return known.task;
  const { task } = id ? await readTask(app.session, id) : { task: null };
  if (task) told.set(id, { at: Date.now(), task });
  return task;
}

/** @param {Item} item @param {Uint8Array[]} contents */
function written(item, contents) {
  const { text, fields = {} } = stepOf(contents);
  const { own = {}, ...plain } = fields;
  const values = Object.entries({ ...plain, ...own }).map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join("、") : value}`);
  const photos = photosOf(item, contents).map((photo, n) => {
    const src = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (photo.bytes)], { type: photo.type }));
    const image = make("img", { src, alt: t("Photo %(n)d", { n: n + 1 }) });
    image.addEventListener("load", () => URL.revokeObjectURL(src), { once: true });
    return image;
  });
  return [
    make("p", {}, make("strong", {}, item.about.name ?? item.about.action), " ", make("time", {}, stamp(item.created_at))),
    ...(text ? [make("p", {}, text)] : []), ...(values.length ? [make("p", {}, values.join(" · "))] : []),
    ...(photos.length ? [make("div", { class: "version-photos", tabindex: "0", role: "group", "aria-label": t("Photos") }, ...photos)] : []),
  ];
}

/** @param {any} task */
function standing(task) {
  const last = task.tracker.at(-1);
  const live = task.state === "open" || task.state === "claimed";
  return [
    make("p", {}, make("strong", {}, named(task, "case_stage_name"))),
    ...(last ? [make("p", {}, [last.who || t("the platform"), stamp(last.at), last.text].filter(Boolean).join(" · "))] : []),
    make("p", { class: "hint" }, [live ? KINDS[task.kind] : "", live && task.assignee ? t("in the hands of %(name)s", { name: task.assignee }) : "", t("Version %(n)d", { n: task.case_version })].filter(Boolean).join(" · ")),
  ];
}

/** @param {App} app @param {Item} item */
function leave(app, item) {
  if (!item.problem?.data.note) return [];
  return [button(t("Leave it as a note"), { icon: "clipboard-check", act: async () => {
    await app.sending.queue.discard(item.id);
    tell(t("Kept as a note on the case; gone from this phone."));
  } })];
}

/** @param {App} app @param {Item} item @param {Uint8Array[]} contents @param {any} task @param {boolean} anew */
async function redone(app, item, contents, task, anew) {
  const frozen = await again(item, contents, { version: task.case_version, task: task.task, anew });
  told.delete(item.about.task);
  if (await app.sending.replace(item.id, frozen)) tell(t("Kept on this phone. It is sent as soon as there is a network."));
}

/** What was written becomes a draft of the step again; sending it takes the place of the refused one. */
async function changed(/** @type {App} */ app, /** @type {Item} */ item, /** @type {Uint8Array[]} */ contents, /** @type {any} */ task, /** @type {boolean} */ anew) {
  const { drafts } = app.session;
  const name = draftName(task.task, item.about.action);
  const begun = await drafts.read(name);
  if (begun && begun.replaces !== item.id) return tell(t("You are writing this step anew already: finish that first."));
  const { text, fields = {} } = stepOf(contents);
  const { own = {}, ...plain } = fields;
  const photos = photosOf(item, contents).map((photo) => (anew ? { ...photo, id: uuid7() } : photo));
  for (const photo of begun ? [] : photos) await drafts.savePhoto(name, photo.id, photo.bytes);
  if (!begun) await drafts.save(name, { text, fields: { ...plain, ...own }, photos: photos.map(({ id, sha256, type }) => ({ id, sha256, type })), replaces: item.id });
  return app.go(`task=${task.task} ${item.about.action}`);
}
