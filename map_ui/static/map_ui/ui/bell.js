// @ts-check
/** The bell: how many notices are unread, kept up to date by the feed (the page's own, or one opened for it). */
import { openFeed } from "grid/lib/feed.js";
import { paced } from "grid/lib/page.js";
import { getJson } from "grid/lib/request.js";

const bell = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-bell]"));
const OWN_FEED_AFTER_MS = 3000;

/** @param {HTMLAnchorElement} link */
async function refresh(link) {
  const { unread } = await getJson(link.dataset.bell ?? "");
  const badge = /** @type {HTMLElement} */ (link.querySelector(".bell-count"));
  badge.textContent = unread > 99 ? "99+" : String(unread);
  badge.hidden = unread === 0;
  badge.setAttribute("aria-label", String(unread));
}

if (bell) {
  const soon = paced(() => refresh(bell).catch(() => {}), 2000);
  document.addEventListener("grid:notice", soon);
  window.setTimeout(() => {
    if (document.documentElement.dataset.feed) return;
    openFeed("/feed/events", { event: () => {}, reset: soon, state: () => {} });
  }, OWN_FEED_AFTER_MS);
}
