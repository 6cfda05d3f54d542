// @ts-check
/** My day: on duty or not, what is to be done, urgent or near first, on a map of my cells; from the phone, with or without a network. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { duty } from "grid/phone/duty.js";
import { watchHere } from "grid/phone/here.js";
import { categoryNames, queuedTasks, taskRow } from "grid/phone/marks.js";
import { keep, setting } from "grid/phone/session.js";
import { pack } from "grid/phone/sync.js";
import { counts, sorted } from "grid/phone/tasks.js";
import { shift, trays } from "grid/phone/tray.js";
import { button, empty, note } from "grid/phone/ui.js";

const OLD_MS = 15 * 60_000;
const REDRAW_MS = 30_000;
const POOL_FIRST = 20;

/** @typedef {import("grid/phone/app.js").App} App */
/** @typedef {import("grid/phone/here.js").Here} Here */

/** @param {App} app @param {HTMLElement} box */
export async function open(app, box) {
  const { session } = app;
  const names = categoryNames(await pack(session, "catalogue"));
  let order = await setting("order", "due");
  let all = false;
  /** @type {Here | null} */
  let drawnAt = null;
  const top = make("section", { class: "stack", "aria-label": t("Duty") });
  const figures = make("div", { class: "figures" });
  const aged = make("div", {});
  const lists = make("div", { class: "stack" });
  const byTime = choice(t("By time"), "clock", "due");
  const byWay = choice(t("By distance"), "current-location", "near");
  const chart = mapOf(app);
  const here = await watchHere(moved);
  box.append(
    make("h1", { tabindex: "-1" }, t("Today")), top, figures, aged,
    make("div", { class: "triple orders", role: "group", "aria-label": t("Order") }, byTime, byWay, chart.toggle), chart.box, lists,
  );

  /** @param {string} label @param {string} drawn @param {string} value */
  function choice(label, drawn, value) {
    const element = button(label, { icon: drawn, kind: "toggle", act: () => { order = value; void keep("order", value); void draw(); } });
    element.dataset.order = value;
    return element;
  }

  function moved(/** @type {Here} */ next) {
    const far = !drawnAt || Math.abs(next.lon - drawnAt.lon) + Math.abs(next.lat - drawnAt.lat) > 0.0002;
    if (far) void draw();
  }

  async function draw() {
    const [known, on_duty, items] = await Promise.all([trays(session), shift(session), session.store.items()]);
    const spot = here.now();
    drawnAt = spot;
    const queued = queuedTasks(items);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.task;
    for (const one of [byTime, byWay]) one.setAttribute("aria-pressed", String(one.dataset.order === order));
    top.replaceChildren(duty(app, on_duty, known?.mine ?? [], () => void draw()));
    if (!known) {
      figures.replaceChildren();
      lists.replaceChildren(navigator.onLine ? empty("refresh", t("Fetching your tasks …")) : empty("wifi-off", t("No tasks on this phone yet."), t("Connect once; after that they are here without a network.")));
      return;
    }
    tell(known.at);
    figures.replaceChildren(...numbers(known.mine));
    const mine = sorted(known.mine, /** @type {any} */ (order), spot);
    const pool = sorted(known.pool, /** @type {any} */ (order), spot);
    const shown = all ? pool : pool.slice(0, POOL_FIRST);
    const row = (/** @type {any} */ task) => taskRow(task, names, spot, queued.get(task.task));
    lists.replaceChildren(
      section(t("My tasks"), mine.length, mine.length ? mine.map(row) : [empty("circle-check", t("Nothing is in your hands."))]),
      section(t("To take on"), pool.length, pool.length ? shown.map(row) : [empty("inbox", t("Nobody waits for you here."))]),
      ...(shown.length < pool.length ? [button(t("Show all %(n)d", { n: pool.length }), { act: () => { all = true; void draw(); } })] : []),
    );
    if (order === "near" && !spot) lists.prepend(note(t("Your position is not known yet: sorted by time left."), "warn"));
    chart.show([...mine, ...pool], spot);
    if (focused) /** @type {HTMLElement | null} */ (lists.querySelector(`[data-task="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {number} at */
  function tell(at) {
    const old = Date.now() - at > OLD_MS;
    const text = navigator.onLine ? t("As of %(time)s", { time: stamp(at) }) : t("As of %(time)s; no connection now.", { time: stamp(at) });
    aged.replaceChildren(old ? note(text, "warn") : make("p", { class: "hint" }, text));
  }

  await draw();
  const timer = window.setInterval(() => document.hidden || void draw(), REDRAW_MS);
  return {
    changed: () => void draw(),
    close: () => {
      window.clearInterval(timer);
      here.close();
      chart.close();
    },
  };
}

/** @param {import("grid/phone/tasks.js").Task[]} mine */
function numbers(mine) {
  const found = counts(mine, Date.now());
  const one = (/** @type {string} */ name, /** @type {number} */ n, bad = false) => make("div", { class: `figure${bad && n ? " figure-bad" : ""}` }, make("strong", { class: "number" }, String(n)), make("span", {}, name));
  return [one(t("To verify"), found.verify), one(t("To check"), found.check), one(t("To handle"), found.handle), one(t("Overdue"), found.overdue, true)];
}

/** @param {string} title @param {number} n @param {HTMLElement[]} rows */
function section(title, n, rows) {
  return make("section", { class: "stack", "aria-label": title }, make("h2", {}, t("%(name)s (%(n)d)", { name: title, n })), ...rows);
}

/** The map of my cells, drawn when it is asked for. @param {App} app */
function mapOf(app) {
  const box = make("div", { class: "map map-tasks", hidden: "" });
  const toggle = button(t("Map"), { icon: "map-2", kind: "toggle", act: () => void turn() });
  /** @type {Awaited<ReturnType<typeof import("grid/phone/map.js").openTaskMap>> | null} */
  let map = null;
  /** @type {[any[], any]} */
  let given = [[], null];
  toggle.setAttribute("aria-pressed", "false");
  const turn = async () => {
    box.hidden = !box.hidden;
    toggle.setAttribute("aria-pressed", String(!box.hidden));
    if (box.hidden || map) return;
    try {
      const { openTaskMap } = await import("grid/phone/map.js");
      map = await openTaskMap(box, { cells: await pack(app.session, "cells"), pick: (task) => app.go(`task=${task}`) });
      map.show(...given);
    } catch (error) {
      box.replaceChildren(note(t("The map could not be loaded here."), "warn"));
      if (!(error instanceof TypeError)) throw error;
    }
  };
  return {
    box, toggle,
    /** @param {any[]} tasks @param {any} here */
    show: (tasks, here) => {
      given = [tasks, here];
      map?.show(tasks, here);
    },
    close: () => map?.close(),
  };
}
