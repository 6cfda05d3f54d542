// @ts-check
/** The trays: kept fresh by the feed; while on duty with the page open, the browser says where it is. */
import { openFeed } from "grid/lib/feed.js";
import { fill, need, paced, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { getHtml, send } from "grid/lib/request.js";
import { tickDurations } from "grid/lib/time.js";
import { announce } from "grid/ui/toast.js";

const PACE_MS = 1500;
const BUSY_MS = 5000;
const POSITION_MS = 120_000;
const MOVING = new Set(["case.reported", "case.stepped", "task.changed"]);

/** @type {{feed_url: string, list_url: string, position_url: string}} */
const data = pageData("task-data");
const list = need("#task-list");

/** What somebody is typing or about to press stays under their hand. */
function isBusy() {
  const focus = document.activeElement;
  return focus instanceof HTMLElement && list.contains(focus) && focus.matches("input, select");
}

async function reload() {
  if (isBusy()) {
    window.setTimeout(soon, BUSY_MS);
    return;
  }
  const before = list.querySelector("[aria-current] .count")?.textContent;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.getAttribute("aria-label") : null;
  const html = await getHtml(data.list_url).catch(() => "");
  if (!html || isBusy()) return;
  fill(list, html);
  tickDurations(list);
  wireSelects();
  if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[aria-label="${CSS.escape(focused)}"]`))?.focus();
  const now = list.querySelector("[aria-current] .count")?.textContent;
  if (now && now !== before) announce(t("%(n)d tasks in this list now", { n: now }));
}

function wireSelects() {
  for (const select of list.querySelectorAll(".task-filters select")) {
    select.addEventListener("change", () => /** @type {HTMLSelectElement} */ (select).form?.requestSubmit());
  }
}

function tellPosition() {
  if (document.hidden) return;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const body = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
    void send(data.position_url, { body }).catch(() => undefined);
  }, () => undefined, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 });
}

wireSelects();
const soon = paced(() => void reload(), PACE_MS);
openFeed(data.feed_url, {
  event: ({ topic }) => {
    if (MOVING.has(topic)) soon();
  },
  reset: soon,
  // What moved between the page's making and the stream's opening is read now.
  state: (state) => {
    if (state === "live") soon();
  },
});
if (data.position_url && navigator.geolocation) {
  tellPosition();
  window.setInterval(tellPosition, POSITION_MS);
}
