// @ts-check
/** Where a task is, on the map of my cells. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { watchHere } from "grid/phone/here.js";
import { pack } from "grid/phone/sync.js";
import { knownTask } from "grid/phone/tray.js";
import { empty, icon, note } from "grid/phone/ui.js";

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box @param {string} id UUID of the task */
export async function open(app, box, id) {
  const task = await knownTask(app.session, id);
  box.append(make("a", { class: "back", href: `#task=${id}` }, icon("chevron-left"), make("span", {}, t("Task"))), make("h1", { tabindex: "-1" }, t("Where is it?")));
  if (!task) {
    box.append(empty("wifi-off", t("Not on this phone; connect to see it.")));
    return {};
  }
  const canvas = make("div", { class: "map map-tall" });
  box.append(...(task.address ? [make("p", {}, task.address)] : []), canvas);
  try {
    const { openTaskMap } = await import("grid/phone/map.js");
    const map = await openTaskMap(canvas, { cells: await pack(app.session, "cells"), at: task, pick: (one) => app.go(`task=${one}`) });
    map.show([task], null);
    const here = await watchHere((next) => map.show([task], next));
    return { close: () => { here.close(); map.close(); } };
  } catch (error) {
    canvas.replaceChildren(note(t("The map could not be loaded here."), "warn"));
    if (!(error instanceof TypeError)) throw error;
    return {};
  }
}
