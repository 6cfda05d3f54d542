// @ts-check
/** What still waits on this phone, item by item, and what became of one's own reports. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { remaining, stamp } from "grid/lib/time.js";
import { isLate, versions } from "grid/phone/conflict.js";
import { exported } from "grid/phone/export.js";
import { named } from "grid/phone/language.js";
import { pack } from "grid/phone/sync.js";
import { button, confirm, empty, icon, note, tell } from "grid/phone/ui.js";

/** Of a week without a network only so many are drawn at every change; those that need somebody first. */
const MOST_SHOWN = 50;
const REPORTS = "my reports";
const ICONS = { report: "camera", step: "clipboard-check", amendment: "edit" };

/** @typedef {import("grid/phone/queue.js").Item} Item */
/** @typedef {import("grid/phone/app.js").App} App */

/** @param {App} app @param {HTMLElement} box @param {string} argument UUID of a report to open */
export async function open(app, box, argument) {
  const names = new Map(((await pack(app.session, "catalogue"))?.categories ?? []).map((/** @type {any} */ row) => [row.key, named(row)]));
  if (argument) return openReport(app, box, argument, names);
  const waiting = make("section", { class: "stack", "aria-label": t("On this phone") });
  const past = make("section", { class: "stack", "aria-label": t("My reports") });
  const again = button(t("Send now"), { icon: "refresh", act: () => app.sending.wake() });
  box.append(make("h1", { tabindex: "-1" }, t("My reports")), waiting, past);
  let sent = -1;
  const changed = async () => {
    const items = await app.session.store.items();
    const unsent = items.filter((item) => item.state !== "sent");
    const open = [...unsent.filter((item) => item.state !== "waiting"), ...unsent.filter((item) => item.state === "waiting")];
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.focus;
    waiting.replaceChildren(
      make("h2", {}, t("On this phone")),
      ...(open.length ? [...open.slice(0, MOST_SHOWN).map((item) => row(app, item, names)), ...more(open.length - MOST_SHOWN), again] : [note(t("Everything has arrived."), "good")]),
    );
    // What has just arrived is shown among those that arrived.
    const now = items.length - open.length;
    if (now !== sent) void reports(app, past, names);
    sent = now;
    if (focused) /** @type {HTMLElement | null} */ (waiting.querySelector(`[data-focus="${CSS.escape(focused)}"]`))?.focus();
  };
  await changed();
  return { changed: () => void changed() };
}

/** How many more there are than are drawn. @param {number} n */
function more(n) {
  return n > 0 ? [make("p", { class: "hint" }, t("and %(n)d more", { n }))] : [];
}

/** @param {App} app @param {Item} item @param {Map<string, string>} names */
function row(app, item, names) {
  const percent = app.sending.percent(item);
  const moving = app.sending.progress.has(item.id);
  const box = make("article", { class: `item item-${item.state}`, "data-item": item.id });
  box.append(
    make("div", { class: "item-head" }, icon(ICONS[item.kind]), make("strong", {}, title(item, names)), make("time", {}, stamp(item.created_at))),
    make("p", { class: "item-state" }, state(app, item, moving, percent)),
  );
  if (item.state === "waiting" && percent) {
    const bar = /** @type {HTMLProgressElement} */ (make("progress", { max: "100", value: String(percent), "aria-label": t("Sent so far") }));
    box.append(bar);
  }
  if (isLate(item)) box.append(versions(app, item, actions(app, item)));
  else if (item.problem && item.state !== "waiting") box.append(note(item.problem.message || t("The server answered %(status)s. Nothing was changed.", { status: item.problem.status }), "bad"), make("div", { class: "triple" }, ...actions(app, item)));
  return box;
}

/** @param {Item} item @param {Map<string, string>} names @returns {string} */
export function title(item, names) {
  if (item.kind === "report") return names.get(item.about.category) ?? item.about.category;
  if (item.kind === "step") return item.about.name ? `${item.about.name} · ${item.about.number}` : t("Task of case %(number)s", { number: item.about.number });
  return t("Correction from the door");
}

/** @param {App} app @param {Item} item @param {boolean} moving @param {number} percent */
function state(app, item, moving, percent) {
  if (item.state === "refused") return t("Not accepted: it needs you");
  if (item.state === "parked") return t("Set aside after several tries: it needs you");
  if (moving) return t("Sending, %(n)s percent", { n: percent });
  if (app.sending.queue.signed_out) return t("Waits until you sign in again");
  if (!navigator.onLine) return t("Waits for a network");
  const photo = item.parts.find((part) => !part.done)?.kind === "photo";
  if (photo && !app.sending.queue.may(item.parts.find((part) => !part.done) ?? item.parts[0])) return t("Photos wait for wifi");
  return item.faults ? t("Did not get through; tried again soon") : t("Waits its turn");
}

/** What can be done with one that is stuck. @param {App} app @param {Item} item */
function actions(app, item) {
  const retry = button(t("Try again"), { icon: "refresh", act: () => void app.sending.queue.retry(item.id).then(() => app.sending.nudge()) });
  const save = button(t("Save as a file"), { icon: "download", act: () => void exported(app.session, item) });
  const drop = button(t("Give up"), {
    icon: "trash", act: async () => {
      if (!(await confirm(t("It was not sent and will be gone from this phone. Save it as a file first if it still matters."), t("Give up")))) return;
      await app.sending.queue.discard(item.id);
      tell(t("Gone from this phone."));
    },
  });
  for (const [name, element] of Object.entries({ retry, save, drop })) element.dataset.focus = `${item.id} ${name}`;
  return isLate(item) ? [save, drop] : [retry, save, drop];
}

/** The newest of one's own reports: from the server, else as they were last seen. @param {App} app @param {HTMLElement} box @param {Map<string, string>} names */
async function reports(app, box, names) {
  const answer = await app.session.api.call("GET", "reports?limit=50");
  const fresh = answer.status === 200 && answer.body?.results;
  if (fresh) await app.session.packs.put(REPORTS, "", { at: Date.now(), rows: fresh });
  const known = await app.session.packs.get(REPORTS);
  const rows = known?.rows ?? [];
  box.replaceChildren(
    make("h2", {}, t("What became of them")),
    ...(fresh || !known ? [] : [make("p", { class: "hint" }, t("As of %(time)s; no connection now.", { time: stamp(known.at) }))]),
    ...(rows.length ? rows.map((/** @type {any} */ line) => reportRow(line, names)) : [empty("inbox", t("No reports yet."))]),
  );
}

/** @param {any} line @param {Map<string, string>} names */
function reportRow(line, names) {
  return make("a", { class: "item item-link", href: `#mine=${line.report}` },
    make("div", { class: "item-head" }, make("strong", {}, names.get(line.category) ?? line.category), make("time", {}, stamp(line.captured_at))),
    make("p", { class: "item-state" }, `${line.number} · ${named(line, "stage_name")}`),
    ...(line.due_at && !line.closed_at ? [make("p", { class: "hint" }, remaining(line.due_at))] : []),
    ...(line.text ? [make("p", { class: "item-text" }, line.text)] : []));
}

/** One report with its tracker. @param {App} app @param {HTMLElement} box @param {string} id @param {Map<string, string>} names */
async function openReport(app, box, id, names) {
  const head = make("h1", { tabindex: "-1" }, t("Report"));
  box.append(make("a", { class: "back", href: "#mine" }, icon("chevron-left"), make("span", {}, t("My reports"))), head);
  const key = `report ${id}`;
  const answer = await app.session.api.call("GET", `reports/${encodeURIComponent(id)}`);
  if (answer.status === 200 && answer.body?.report) await app.session.packs.put(key, "", answer.body);
  const found = await app.session.packs.get(key);
  if (!found) {
    box.append(empty("wifi-off", answer.body?.message ?? t("Not on this phone; connect to see it.")));
    return {};
  }
  const stages = new Map(((await pack(app.session, "catalogue"))?.stages ?? []).map((/** @type {any} */ row) => [row.key, named(row)]));
  head.textContent = names.get(found.category) ?? found.category;
  box.append(
    ...(answer.status === 200 ? [] : [make("p", { class: "hint" }, t("No connection: as it was last seen."))]),
    make("dl", { class: "facts" }, ...facts([
      [t("Number"), found.number], [t("State"), stages.get(found.stage) ?? found.stage], [t("Department"), found.department],
      [t("Address"), found.address], [t("Text"), found.text], [t("Until"), found.due_at ? `${stamp(found.due_at)} (${remaining(found.due_at)})` : ""],
    ])),
    make("h2", {}, t("What happened")),
    make("ol", { class: "tracker" }, ...found.tracker.map((/** @type {any} */ step) => make("li", {},
      make("strong", {}, stages.get(step.to_stage) ?? step.to_stage), make("time", {}, stamp(step.at)),
      make("p", {}, [step.department, step.who, step.text].filter(Boolean).join(" · "))))),
  );
  return {};
}

/** @param {[string, string][]} rows */
function facts(rows) {
  return rows.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
}
