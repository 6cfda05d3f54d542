// @ts-check
/** The monitor: figures are read again after events and with the clock; what is focused stays focused. */
import { openFeed } from "grid/lib/feed.js";
import { fill, need, pageData, paced } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { getHtml } from "grid/lib/request.js";

const SETTLE_MS = 3000; // after events the figures are read at most this often
const REFRESH_MS = 60_000; // lamps change with the clock although nothing happens
const WATCHED = ["case.reported", "case.stepped", "supervision.card"];

/** @type {{feed_url: string, state_url: string}} */
const data = pageData("monitor-data");
const body = need("#monitor");

async function reload() {
  const focused = document.activeElement instanceof HTMLAnchorElement && body.contains(document.activeElement);
  const address = focused ? /** @type {HTMLAnchorElement} */ (document.activeElement).href : "";
  try {
    fill(body, await getHtml(data.state_url));
  } catch {
    return; // the state of the connection is shown; the next reading comes by itself
  }
  if (!address) return;
  const again = [...body.querySelectorAll("a")].find((link) => link.href === address);
  again?.focus({ preventScroll: true });
}

const settle = paced(() => void reload(), SETTLE_MS);
window.setInterval(settle, REFRESH_MS);

openFeed(data.feed_url, {
  event: ({ topic }) => {
    if (WATCHED.includes(topic)) settle();
  },
  reset: settle,
  state: (state) => {
    const texts = { connecting: t("Connecting …"), live: t("Live"), away: t("Connection lost, trying again") };
    const place = need("#feed-state");
    place.dataset.state = state;
    need("span", place).textContent = texts[state];
  },
});
