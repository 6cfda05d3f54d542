// @ts-check
/** Language, data use, positions of this phone, what is kept here, signing out. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { language, speak } from "grid/phone/language.js";
import { room } from "grid/phone/room.js";
import { keep, leave, lock, setting } from "grid/phone/session.js";
import { cellsIn } from "grid/phone/packs.js";
import { onWifi } from "grid/phone/sending.js";
import { pack } from "grid/phone/sync.js";
import { mapSize, mapTaken, takeMap } from "grid/phone/tiles.js";
import { button, bytesInWords, confirm, field, note, tell } from "grid/phone/ui.js";

/** @param {import("grid/phone/app.js").App} app @param {HTMLElement} box */
export async function open(app, box) {
  const { account } = app.session;
  const wifi = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox", id: "wifi" }));
  wifi.checked = await setting("wifi_only", false);
  wifi.addEventListener("change", async () => {
    await keep("wifi_only", wifi.checked);
    app.sending.wifi_only = wifi.checked;
    void app.sending.nudge();
  });
  const speech = select([["zh-Hans", "简体中文"], ["en", "English"]], language, speak);
  const datum = select([
    ["wgs84", t("GPS (WGS-84), as browsers give it")], ["gcj02", t("Shifted (GCJ-02), some phones with a map vendor's system")], ["bd09", "BD-09"],
  ], await setting("datum", "wgs84"), (value) => void keep("datum", value));
  const store = await kept(app);
  box.append(
    make("h1", { tabindex: "-1" }, t("Settings")),
    make("p", { class: "hint" }, `${account.name} · ${account.username}`),
    field(t("Language"), speech),
    make("label", { class: "check", for: "wifi" }, wifi, make("span", {}, t("Send photos over wifi only"))),
    field(t("Positions of this phone"), datum, t("Leave it unless your points stand half a kilometre off on the map.")),
    store.box,
    make("div", { class: "stack" },
      button(t("Lock this phone"), { icon: "lock", act: () => void lock(account).then(() => app.enter(null)) }),
      button(t("Sign out"), { icon: "logout", act: () => void out(app) })),
  );
  return { changed: () => void store.changed() };
}

/** @param {[string, string][]} choices @param {string} chosen @param {(value: string) => void} change */
function select(choices, chosen, change) {
  const box = /** @type {HTMLSelectElement} */ (make("select", {}, ...choices.map(([value, name]) => make("option", { value, ...(value === chosen ? { selected: "" } : {}) }, name))));
  box.addEventListener("change", () => change(box.value));
  return box;
}

/** What lies on the phone, how much room is left, and fetching anew. @param {import("grid/phone/app.js").App} app */
async function kept({ session, sync, tray }) {
  const told = make("div", {});
  const shown = make("div", { class: "stack" });
  const fresh = button(t("Fetch what is new"), {
    icon: "refresh", act: async () => {
      const trouble = await sync.run();
      if (!trouble) await tray.refresh();
      told.replaceChildren(...(trouble ? [note(trouble, "warn")] : []));
      if (!trouble) tell(t("This phone is up to date."));
    },
  });
  const bar = /** @type {HTMLProgressElement} */ (make("progress", { max: "1", value: "0", "aria-label": t("Fetched so far") }));
  const changed = async () => {
    const { progress } = sync;
    fresh.disabled = Boolean(sync.running);
    bar.hidden = !progress;
    if (progress) Object.assign(bar, { max: progress.all, value: progress.done });
    shown.replaceChildren(...(await sizes(session, sync)));
  };
  await changed();
  const box = make("section", { class: "stack", "aria-label": t("Kept on this phone") }, make("h2", {}, t("Kept on this phone")), shown, bar, told, fresh, await mapBox(session));
  return { box, changed };
}

/** @param {import("grid/phone/session.js").Session} session @param {import("grid/phone/sync.js").Sync} sync */
async function sizes(session, sync) {
  const { used, free } = await room();
  const packs = await session.packs.list();
  const cells = cellsIn(packs.keys());
  const homes = [...packs].filter(([name]) => cellsIn([name]).length).reduce((sum, [, one]) => sum + one.size, 0);
  const last = await sync.last();
  return [
    make("p", {}, free === null ? bytesInWords(used) : t("%(used)s used, %(left)s left", { used: bytesInWords(used), left: bytesInWords(free) })),
    make("p", {}, cells.length ? t("Homes of %(n)d cells, sealed: %(size)s", { n: cells.length, size: bytesInWords(homes) }) : t("No homes are taken along.")),
    ...(last ? [make("p", { class: "hint" }, t("Last fetched %(time)s", { time: stamp(last.at) }))] : []),
  ];
}

/** The ground of the map of one's own cells. @param {import("grid/phone/session.js").Session} session */
async function mapBox(session) {
  const said = make("p", { role: "status" });
  const say = async () => {
    const { count, bytes } = await mapSize();
    said.textContent = count ? t("Map of %(n)d pieces: %(size)s", { n: count, size: bytesInWords(bytes) }) : t("The map is not on this phone yet.");
  };
  const take = button(t("Take the map along"), {
    icon: "map", act: async () => {
      take.disabled = true;
      const whole = await takeMap(await pack(session, "cells"), (done, all) => { said.textContent = t("Map: %(done)d of %(all)d", { done, all }); });
      take.disabled = false;
      await say();
      tell(whole ? t("The map of your cells is on this phone.") : t("No connection. Nothing was lost; try again."));
    },
  });
  await say();
  const hint = onWifi() || (await mapTaken(await session.packs.get("cells"))) ? [] : [make("p", { class: "hint" }, t("You are not on wifi: it costs data."))];
  return make("div", { class: "stack" }, said, ...hint, take);
}

/** @param {import("grid/phone/app.js").App} app */
async function out(app) {
  const waiting = (await app.session.store.items()).filter((item) => item.state !== "sent").length;
  const question = waiting
    ? t("%(n)d items still wait. They stay sealed on this phone until you sign in here again.", { n: waiting })
    : t("Sign out of this phone?");
  if (!(await confirm(question, t("Sign out")))) return;
  app.sending.stop();
  await app.tray.stop();
  app.sync.stop();
  await leave(app.session);
  await app.enter(null);
}
