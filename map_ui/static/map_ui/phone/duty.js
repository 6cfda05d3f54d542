// @ts-check
/** On duty and off duty; whoever goes says what becomes of the tasks in hand. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { keepShift } from "grid/phone/tray.js";
import { button, field, note, sheet, tell } from "grid/phone/ui.js";

const HOURS = [4, 6, 8, 10, 12, 16];
const USUAL_HOURS = 8;

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/tasks.js").Task} Task */
/** @typedef {{tasks: "keep" | "pool" | "give", to: string | null, reason: string}} Fate */

/**
 * @param {App} app
 * @param {any} known the shift as it was last heard, undefined when never
 * @param {Task[]} mine
 * @param {() => void} changed
 */
export function duty(app, known, mine, changed) {
  const on = Boolean(known?.on_duty && Date.parse(known.ends_by) > Date.now());
  const box = make("div", { class: `duty ${on ? "duty-on" : ""}` });
  const words = make("div", {}, make("strong", {}, on ? t("On duty") : t("Off duty")),
    make("p", { class: "hint" }, on ? t("Since %(start)s, until %(end)s at the latest", { start: stamp(known.started_at), end: stamp(known.ends_by).slice(11) }) : t("On duty you are given the tasks near you.")));
  if (!on) {
    box.append(words, button(t("Go on duty"), { icon: "player-play", kind: "main", act: () => void begin(app, changed) }));
    return box;
  }
  box.append(words, make("div", { class: "pair" },
    button(t("Hand over"), { icon: "users", disabled: !mine.length, act: () => void handOver(app, mine, changed) }),
    button(t("Go off duty"), { icon: "logout", act: () => void end(app, mine, changed) })));
  return box;
}

/** What went wrong, in words. @param {import("grid/phone/queue.js").Answer} answer */
export function trouble(answer) {
  if (answer.status === 0) return t("This needs a connection. Nothing was changed.");
  return answer.body?.message ?? t("The server answered %(status)s. Nothing was changed.", { status: answer.status });
}

/** @param {App} app @param {() => void} changed */
async function begin(app, changed) {
  const hours = /** @type {HTMLSelectElement} */ (make("select", {}, ...HOURS.map((n) => make("option", { value: String(n), ...(n === USUAL_HOURS ? { selected: "" } : {}) }, t("%(n)d hours", { n })))));
  const content = make("div", { class: "stack" }, field(t("For how long?"), hours, t("It ends by itself then; you can go earlier.")));
  await sheet(t("Go on duty"), content, t("Go on duty"), async () => {
    const answer = await app.session.api.call("PUT", "shift", { body: { hours: Number(hours.value) } });
    if (answer.status !== 200) return trouble(answer);
    await keepShift(app.session, answer.body);
    return "";
  });
  await app.tray.refresh();
  changed();
}

/** @param {App} app @param {Task[]} mine @param {() => void} changed */
async function end(app, mine, changed) {
  const fate = mine.length ? await fates(app, mine, true) : null;
  const content = make("div", { class: "stack" }, ...(fate ? [make("p", {}, t("%(n)d tasks are in your hands. What becomes of them?", { n: mine.length })), fate.box] : [make("p", {}, t("Nothing is in your hands."))]), queued(await waiting(app)));
  await sheet(t("Go off duty"), content, t("Go off duty"), async () => {
    const said = fate?.read() ?? { body: {} };
    if ("lacks" in said) return said.lacks;
    const answer = await app.session.api.call("POST", "shift/end", { body: said.body });
    if (answer.status !== 200) return trouble(answer);
    await keepShift(app.session, answer.body);
    tellHands(answer.body);
    return "";
  });
  await app.tray.refresh();
  changed();
}

/** @param {App} app @param {Task[]} mine @param {() => void} changed */
async function handOver(app, mine, changed) {
  const fate = await fates(app, mine, false);
  const content = make("div", { class: "stack" }, make("p", {}, t("All %(n)d tasks in your hands go at once; you stay on duty.", { n: mine.length })), fate.box, queued(await waiting(app)));
  await sheet(t("Hand over"), content, t("Hand over"), async () => {
    const said = fate.read();
    if ("lacks" in said) return said.lacks;
    const { to, reason } = said.body;
    const answer = await app.session.api.call("POST", "tasks/hand-over", { body: { to: to ?? null, reason } });
    if (answer.status !== 200) return trouble(answer);
    tellHands(answer.body);
    return "";
  });
  await app.tray.refresh();
  changed();
}

/** @param {{given: number, pooled: number}} done */
function tellHands({ given, pooled }) {
  const words = [given ? t("%(n)d given to the colleague.", { n: given }) : "", pooled ? t("%(n)d back to everybody.", { n: pooled }) : ""].filter(Boolean);
  if (words.length) tell(words.join(" "));
}

/** @param {App} app */
const waiting = async (app) => (await app.session.store.items()).filter((item) => item.kind === "step" && item.state !== "sent").length;

/** @param {number} n steps that have not arrived */
function queued(n) {
  return n ? note(t("%(n)d steps you took still wait on this phone. A task that goes to somebody else cannot be finished by them: send first.", { n }), "warn") : make("div", { hidden: "" });
}

/**
 * What becomes of the tasks: keep, everybody's, or a colleague's.
 * @param {App} app
 * @param {Task[]} mine
 * @param {boolean} keeping
 */
async function fates(app, mine, keeping) {
  const answer = await app.session.api.call("GET", `tasks/${mine[0].task}/colleagues`);
  const people = answer.status === 200 ? answer.body.results : [];
  const who = colleagues(people);
  const reason = /** @type {HTMLInputElement} */ (make("input", { type: "text", maxlength: "400" }));
  const name = "fate";
  const one = (/** @type {string} */ value, /** @type {string} */ label) => make("label", { class: "check" }, make("input", { type: "radio", name, value }), make("span", {}, label));
  const giving = make("div", { class: "stack", hidden: "" }, field(t("To whom?"), who));
  const box = make("div", { class: "stack" },
    make("div", { role: "radiogroup", "aria-label": t("What becomes of the tasks") },
      ...(keeping ? [one("keep", t("I keep them for my next shift"))] : []), one("pool", t("Back to everybody")),
      ...(people.length ? [one("give", t("To a colleague"))] : [])),
    giving, field(t("Reason"), reason),
    ...(answer.status === 200 ? [] : [note(trouble(answer), "warn")]));
  const chosen = () => /** @type {HTMLInputElement | null} */ (box.querySelector(`input[name=${name}]:checked`))?.value ?? "";
  box.addEventListener("change", () => { giving.hidden = chosen() !== "give"; });
  return {
    box,
    /** @returns {{lacks: string} | {body: Record<string, any>}} */
    read: () => {
      const tasks = chosen();
      if (!tasks) return { lacks: t("Choose what becomes of them.") };
      const said = reason.value.trim();
      if (tasks === "give" && !said) return { lacks: t("Say why: the colleague reads it.") };
      return { body: { ...(keeping ? { tasks } : {}), ...(tasks === "give" ? { to: who.value } : {}), reason: said } };
    },
  };
}

/** A list of people with what they have in hand. @param {any[]} people */
export function colleagues(people) {
  const words = (/** @type {any} */ one) => [
    one.name, one.on_duty ? t("on duty") : t("off duty"), t("%(n)d in hand", { n: one.open }), one.metres === null ? "" : t("%(n)s m", { n: one.metres }),
  ].filter(Boolean).join(" · ");
  return /** @type {HTMLSelectElement} */ (make("select", {}, ...people.map((one) => make("option", { value: one.id }, words(one)))));
}
