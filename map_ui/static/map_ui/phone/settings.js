// @ts-check
/** Language, data use, positions of this phone, what is kept here, signing out. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { stamp } from "grid/lib/time.js";
import { language, speak } from "grid/phone/language.js";
import { room } from "grid/phone/room.js";
import { keep, leave, lock, setting } from "grid/phone/session.js";
import { refreshAll } from "grid/phone/sync.js";
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
  box.append(
    make("h1", { tabindex: "-1" }, t("Settings")),
    make("p", { class: "hint" }, `${account.name} · ${account.username}`),
    field(t("Language"), speech),
    make("label", { class: "check", for: "wifi" }, wifi, make("span", {}, t("Send photos over wifi only"))),
    field(t("Positions of this phone"), datum, t("Leave it unless your points stand half a kilometre off on the map.")),
    await kept(app),
    make("div", { class: "stack" },
      button(t("Lock this phone"), { icon: "lock", act: () => void lock(account).then(() => app.enter(null)) }),
      button(t("Sign out"), { icon: "logout", act: () => void out(app) })),
  );
  return {};
}

/** @param {[string, string][]} choices @param {string} chosen @param {(value: string) => void} change */
function select(choices, chosen, change) {
  const box = /** @type {HTMLSelectElement} */ (make("select", {}, ...choices.map(([value, name]) => make("option", { value, ...(value === chosen ? { selected: "" } : {}) }, name))));
  box.addEventListener("change", () => change(box.value));
  return box;
}

/** What lies on the phone and how much room is left. @param {import("grid/phone/app.js").App} app */
async function kept(app) {
  const { used, free } = await room();
  const newest = Math.max(0, ...[...(await app.session.packs.list()).values()].map((one) => one.at));
  const told = make("div", {});
  const fresh = button(t("Fetch what is new"), {
    icon: "refresh", act: async () => {
      const trouble = await refreshAll(app.session);
      if (!trouble) await app.tray.refresh();
      if (trouble) told.replaceChildren(note(trouble, "warn"));
      else tell(t("This phone is up to date."));
    },
  });
  return make("section", { class: "stack", "aria-label": t("Kept on this phone") },
    make("h2", {}, t("Kept on this phone")),
    make("p", {}, free === null ? bytesInWords(used) : t("%(used)s used, %(left)s left", { used: bytesInWords(used), left: bytesInWords(free) })),
    ...(newest ? [make("p", { class: "hint" }, t("Last fetched %(time)s", { time: stamp(newest) }))] : []), told, fresh);
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
  await leave(app.session);
  await app.enter(null);
}
