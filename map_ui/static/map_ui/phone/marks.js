// @ts-check
/** How a task looks: its lamp by shape, colour and words, its line in a list, metres in words. */
import { make, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { remaining } from "grid/lib/time.js";
import { named } from "grid/phone/language.js";
import { lampOf, metres } from "grid/phone/tasks.js";
import { icon } from "grid/phone/ui.js";

const SVG = "http://www.w3.org/2000/svg";
const LAMPS = /** @type {Record<string, string>} */ ({
  green: t("Green: in time"), yellow: t("Yellow: near the limit"), red: t("Red: over the limit"), grey: t("Grey: clock paused"), done: t("Finished"),
});
export const KINDS = /** @type {Record<string, string>} */ ({ verify: t("Verify on site"), check: t("Check the result"), handle: t("Handle"), desk: t("Desk work") });

/** @typedef {import("grid/phone/tasks.js").Task} Task */

/** @param {string} state */
export function lamp(state) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "lamp");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", LAMPS[state] ?? state);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${pageData("phone-config").lamps}#${state}`);
  drawing.append(use);
  return drawing;
}

/** @param {Task} task @param {number} [now] */
export function timeLeft(task, now = Date.now()) {
  const state = lampOf(task, now);
  if (state === "grey") return t("Clock paused");
  return task.due_at && state !== "done" ? remaining(task.due_at, now) : t("No limit");
}

/** @param {number} m */
export const metresInWords = (m) => (m < 1000 ? t("%(n)s m", { n: Math.round(m) }) : t("%(n)s km", { n: (m / 1000).toFixed(1) }));

/**
 * A task in a list; tapping it opens it.
 * @param {Task} task
 * @param {Map<string, string>} names of categories
 * @param {{lon: number, lat: number} | null} here
 * @param {string} [queued] state of a step for it on this phone
 */
export function taskRow(task, names, here, queued) {
  const state = lampOf(task, Date.now());
  return make("a", { class: `item item-link task-row task-${state}`, href: `#task=${task.task}`, "data-task": task.task },
    make("div", { class: "item-head" }, lamp(state), make("strong", {}, names.get(task.category) ?? task.category), ...(here ? [make("span", { class: "number task-far" }, metresInWords(metres(here, task)))] : [])),
    make("p", { class: "task-left" }, `${KINDS[task.kind]} · ${timeLeft(task)}`),
    make("p", { class: "item-state" }, [task.address, task.number].filter(Boolean).join(" · ")),
    ...(task.text ? [make("p", { class: "item-text" }, task.text)] : []),
    ...(queued === "waiting" ? [make("p", { class: "task-queued" }, icon("send"), make("span", {}, t("Done here; waits to be sent")))] : []),
    ...(queued && queued !== "waiting" ? [make("p", { class: "task-queued task-refused" }, icon("alert-circle"), make("span", {}, t("Your step was not accepted: see “My reports”")))] : []),
    ...(task.state === "open" && task.assignee && !task.mine ? [make("p", { class: "hint" }, t("Offered to %(name)s", { name: task.assignee }))] : []));
}

/** States of steps that are still on this phone, by UUID of their task. @param {import("grid/phone/queue.js").Item[]} items @returns {Map<string, string>} */
export function queuedTasks(items) {
  return new Map(items.filter((item) => item.kind === "step" && item.state !== "sent" && item.about.task).map((item) => [item.about.task, item.state]));
}

/** Names of categories and stages. @param {any} catalogue */
export const categoryNames = (catalogue) => new Map((catalogue?.categories ?? []).map((/** @type {any} */ row) => [row.key, named(row)]));
