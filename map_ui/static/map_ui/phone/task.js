// @ts-check
/** One task: what, where, who; photos; taking it on, putting it back; the steps that may be taken. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { compare, photoStrip } from "grid/phone/compare.js";
import { hands } from "grid/phone/hands.js";
import { watchHere } from "grid/phone/here.js";
import { named } from "grid/phone/language.js";
import { categoryNames, KINDS, lamp, metresInWords, timeLeft } from "grid/phone/marks.js";
import { stepForm, steppable } from "grid/phone/step.js";
import { pack } from "grid/phone/sync.js";
import { FAR_M, lampOf, metres } from "grid/phone/tasks.js";
import { knownTask, readTask } from "grid/phone/tray.js";
import { button, empty, icon, note } from "grid/phone/ui.js";

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/here.js").Here} Here */

/** @param {App} app @param {HTMLElement} box @param {string} argument UUID of the task, and of a step to be written on after a blank */
export async function open(app, box, argument) {
  const [id, wanted = ""] = argument.split(" ");
  box.append(make("a", { class: "back", href: "#today" }, icon("chevron-left"), make("span", {}, t("Today"))));
  const known = await knownTask(app.session, id);
  const read = await readTask(app.session, id);
  const task = read.task ?? known;
  if (!task) {
    box.append(make("h1", { tabindex: "-1" }, t("Task")), empty("wifi-off", read.answer.body?.message ?? t("Not on this phone; connect to see it.")));
    return {};
  }
  const catalogue = await pack(app.session, "catalogue");
  const queued = (await app.session.store.items()).filter((item) => item.kind === "step" && item.state !== "sent" && item.about.case === task.case);
  const place = where(task);
  const here = await watchHere(place.moved);
  box.append(
    make("h1", { tabindex: "-1" }, categoryNames(catalogue).get(task.category) ?? task.category),
    make("p", { class: "task-line" }, lamp(lampOf(task, Date.now())), make("strong", {}, `${KINDS[task.kind]} · ${timeLeft(task)}`)),
    ...(read.task ? [] : [make("p", { class: "hint" }, t("No connection: as it was at %(time)s.", { time: stamp(task.at) }))]),
    ...queued.map(() => note(t("A step you took is still on this phone. See “My reports”."), "info")),
    photosOf(app, task), place.box, facts(task), hands(app, task), steps(app, task, catalogue, here, wanted), past(task, catalogue),
  );
  return { close: here.close };
}

/** @param {App} app @param {any} task */
function photosOf(app, task) {
  const before = photoStrip(app.session, task.photos, "before", t("Before"));
  const after = photoStrip(app.session, task.photos, "after", t("After"));
  if (task.kind === "check") return compare(before, after);
  return make("div", { class: "stack" }, before.box, ...(after.count ? [after.box] : []));
}

/** @param {any} task */
function where(task) {
  const told = make("p", { class: "place-told", role: "status" }, t("Finding your position …"));
  const geo = `geo:${task.lat},${task.lon}?q=${task.lat},${task.lon}(${encodeURIComponent(task.number)})`;
  const way = make("a", { class: "button button-plain", href: geo }, icon("route"), make("span", {}, t("Way there")));
  return {
    box: make("section", { class: "stack", "aria-label": t("Where is it?") }, told, make("div", { class: "pair" }, way, make("a", { class: "button button-plain", href: `#spot=${task.task}` }, icon("map-2"), make("span", {}, t("Map"))))),
    /** @param {Here} here */
    moved: (here) => {
      const away = metres(here, task);
      told.classList.toggle("place-rough", away > FAR_M);
      told.textContent = t("%(metres)s from here", { metres: metresInWords(away) });
    },
  };
}

/** @param {any} task */
function facts(task) {
  const rows = [
    [t("State"), task.case_stage_name ? named(task, "case_stage_name") : named(task, "stage_name")], [t("Number"), task.number], [t("Address"), task.address], [t("Text"), task.text],
    [t("Until"), task.due_at ? stamp(task.due_at) : ""], [t("Who has it"), task.assignee || t("nobody yet")], [t("Department"), task.department],
    ...(task.branches ?? []).map((/** @type {any} */ part) => [t("Part %(number)s", { number: part.number }), `${part.department} · ${part.stage_name}`]),
  ];
  return make("dl", { class: "facts" }, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/** @param {App} app @param {any} task @param {any} catalogue @param {{now: () => Here | null}} here @param {string} wanted */
function steps(app, task, catalogue, here, wanted) {
  const box = make("section", { class: "stack", "aria-label": t("What to do") }, make("h2", {}, t("What to do")));
  const form = make("div", { class: "stack" });
  if (task.state === "claimed" && !task.mine) return append(box, note(t("%(name)s has this task in hand.", { name: task.assignee })));
  if (!task.steps.length) return append(box, make("p", { class: "hint" }, task.brief ? t("Connect to see what may be done.") : t("Nothing is for you to do here now.")));
  const choose = async (/** @type {any} */ offer) => {
    for (const one of box.querySelectorAll("[data-step]")) one.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (one).dataset.step === offer.action));
    form.replaceChildren(await stepForm(app, task, offer, { catalogue, here }));
    form.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  for (const offer of task.steps) {
    const able = steppable(offer);
    const one = button(named(offer), { kind: "toggle", disabled: !able, act: () => void choose(offer) });
    one.dataset.step = offer.action;
    one.setAttribute("aria-pressed", "false");
    box.append(one);
    if (!able) box.append(make("p", { class: "hint" }, t("This one is done at a desk.")));
  }
  const first = task.steps.find((/** @type {any} */ offer) => offer.action === wanted && steppable(offer));
  if (first) void choose(first);
  return append(box, form);
}

/** @param {HTMLElement} box @param {...HTMLElement} more */
function append(box, ...more) {
  box.append(...more);
  return box;
}

/** @param {any} task @param {any} catalogue */
function past(task, catalogue) {
  const stages = new Map((catalogue?.stages ?? []).map((/** @type {any} */ row) => [row.key, named(row)]));
  const moved = /** @type {Record<string, string>} */ ({ claim: t("taken on"), release: t("put back"), give: t("given to a colleague"), hand_over: t("handed over") });
  const rows = [
    ...task.tracker.map((/** @type {any} */ step) => ({ at: step.at, name: stages.get(step.to_stage) ?? step.to_stage, words: [step.department, step.who, step.text] })),
    ...task.moves.map((/** @type {any} */ move) => ({ at: move.at, name: moved[move.kind], words: [move.by, move.taker && move.taker !== move.by ? `→ ${move.taker}` : "", move.reason] })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (!rows.length) return make("div", { hidden: "" });
  return make("section", { class: "stack", "aria-label": t("What happened") }, make("h2", {}, t("What happened")),
    make("ol", { class: "tracker" }, ...rows.map((row) => make("li", {}, make("strong", {}, row.name), make("time", {}, stamp(row.at)), make("p", {}, row.words.filter(Boolean).join(" · "))))));
}
