// @ts-check
/** The grid worker's phone: what is open, who is in, what is being sent. Pages are in modules of their own. */
import "grid/phone/language.js";
import { make, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { Sending } from "grid/phone/sending.js";
import { dropHomes, lock, LOCK_MS, restore, wipe } from "grid/phone/session.js";
import { Tray } from "grid/phone/tray.js";
import { button, icon, tell } from "grid/phone/ui.js";
import { Sync } from "grid/phone/sync.js";
import { takeMapOnWifi } from "grid/phone/tiles.js";
import { keepCurrent, takeMapAlong } from "grid/phone/update.js";

/**
 * @typedef {object} Page
 * @property {(app: App, box: HTMLElement, argument: string) => Promise<Shown | void>} open
 */
/** @typedef {{close?: () => void, changed?: () => void}} Shown */
/** @typedef {{session: import("grid/phone/session.js").Session, sending: Sending, sync: Sync, tray: Tray, go: (to: string) => void, again: () => void, enter: (session: import("grid/phone/session.js").Session | null) => Promise<void>}} App */

/** Pages are read when they are opened: the form must be there in an instant. @type {Record<string, () => Promise<Page>>} */
const PAGES = {
  today: () => import("grid/phone/today.js"),
  report: () => import("grid/phone/capture.js"),
  homes: () => import("grid/phone/homes.js"),
  mine: () => import("grid/phone/mine.js"),
  settings: () => import("grid/phone/settings.js"),
  task: () => import("grid/phone/task.js"),
  spot: () => import("grid/phone/spot.js"),
};
/** Pages below one that has a tab. @type {Record<string, string>} */
const BELOW = { task: "today", spot: "today" };
const TABS = [
  { to: "today", drawn: "checklist", name: t("Today") },
  { to: "report", drawn: "camera", name: t("Report") },
  { to: "homes", drawn: "building-community", name: t("Homes") },
  { to: "mine", drawn: "list-details", name: t("My reports") },
  { to: "settings", drawn: "settings", name: t("Settings") },
];
const FIRST = "today";

/** @type {App} */
const app = /** @type {any} */ ({ session: null, sending: null, sync: null, tray: null, go: (/** @type {string} */ to) => { location.hash = to; }, again: () => void show(), enter });
/** @type {Shown} */
let shown = {};
let turn = 0;

async function show() {
  const own = ++turn;
  shown.close?.();
  shown = {};
  const [name, argument = ""] = location.hash.slice(1).split("=");
  const box = make("div", { class: "page" });
  need("#main").replaceChildren(box);
  document.body.classList.toggle("in", Boolean(app.session));
  if (!app.session) {
    const { open } = await import("grid/phone/signin.js");
    await open(app, box, name === "enrol" ? argument : "");
    return;
  }
  const page = PAGES[name] ? name : FIRST;
  tabs(BELOW[page] ?? page);
  const { open } = await PAGES[page]();
  const opened = (await open(app, box, decodeURIComponent(argument))) ?? {};
  if (own !== turn) opened.close?.();
  else shown = opened;
  box.querySelector("h1")?.focus();
}

/** @param {string} current */
function tabs(current) {
  need("#tabs").replaceChildren(...TABS.map(({ to, drawn, name }) => {
    const link = make("a", { href: `#${to}`, class: `tab tab-${to}`, ...(to === current ? { "aria-current": "page" } : {}) }, icon(drawn), make("span", {}, name));
    return link;
  }));
  void state();
}

/** The line at the top: whether there is a network, and how much still waits here. */
async function state() {
  if (!app.session) return;
  const items = await app.session.store.items();
  const open = items.filter((item) => item.state !== "sent");
  const stuck = open.filter((item) => item.state !== "waiting").length;
  const chip = need("#state");
  chip.dataset.state = stuck ? "stuck" : open.length ? "waiting" : navigator.onLine ? "clear" : "offline";
  const words = stuck ? t("%(n)d need you", { n: stuck }) : open.length ? t("%(n)d to send", { n: open.length }) : navigator.onLine ? t("All sent") : t("Offline");
  chip.replaceChildren(icon(navigator.onLine ? "wifi" : "wifi-off"), make("span", { role: "status" }, words));
  need("#signed-out").hidden = !app.sending?.queue.signed_out;
}

/** Sign-ins that the office ended: what is known of homes leaves the phone, what waits stays sealed. */
const ENDED = new Set(["token_revoked", "account_inactive"]);

async function changed() {
  if (!app.session) return undefined;
  if (app.sending?.queue.ended?.data?.wipe) return wiped();
  await state();
  return shown.changed?.();
}

async function wiped() {
  const { session, sending, sync, tray } = app;
  if (sending.closed.signal.aborted) return; // somebody leaves, or it is being done
  sending.stop();
  sync.stop();
  await tray.stop();
  await enter(null);
  await wipe(session);
  tell(t("The office has withdrawn this phone; what was kept on it is gone."));
}

/** @param {import("grid/phone/session.js").Session | null} session */
async function enter(session) {
  app.sending?.stop();
  app.sync?.stop();
  app.tray?.stop();
  Object.assign(app, { session, sending: null, sync: null, tray: null });
  if (session) {
    const redraw = paced(changed);
    app.tray = new Tray(session, redraw);
    const sending = new Sending(session, redraw, () => void app.tray?.refresh());
    app.sending = sending;
    // A phone with nothing to send hears of its end by whatever else it asks.
    session.api.ended = (answer) => {
      if (sending.closed.signal.aborted) return;
      if (!sending.queue.signed_out && ENDED.has(answer.body?.code)) void dropHomes(session);
      sending.queue.end(answer);
      redraw();
    };
    need("#who").textContent = session.account.name;
    app.sync = new Sync(session, paced(() => app.session && shown.changed?.()));
    await app.sending.start();
    app.tray.start();
    app.sync.start();
    void app.sync.run().then(() => takeMapOnWifi(app.session));
  }
  if (location.hash.startsWith("#enrol")) history.replaceState(null, "", location.pathname);
  await show();
}

/** Many changes a moment, one redraw. @param {() => void} act */
function paced(act) {
  let timer = 0;
  return () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      act();
    }, 120);
  };
}

need("#signed-out").append(
  make("p", {}, t("You are signed out. What waits here is kept; sign in again to send it.")),
  button(t("Sign in"), { kind: "main", act: () => void enter(null) }),
);
window.addEventListener("hashchange", () => void show());
let hidden_at = 0;
document.addEventListener("visibilitychange", () => {
  const away = hidden_at && !document.hidden ? Date.now() - hidden_at : 0;
  hidden_at = document.hidden ? Date.now() : 0;
  // A page that was never closed locks as well as one that is opened anew.
  if (app.session && away > LOCK_MS) void lock(app.session.account).then(() => enter(null));
});
for (const kind of ["online", "offline"]) window.addEventListener(kind, () => void state());
keepCurrent();
await enter(await restore());
window.setTimeout(() => void takeMapAlong(), 5000);
document.documentElement.dataset.ready = "yes";
