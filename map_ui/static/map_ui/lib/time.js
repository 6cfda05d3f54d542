// @ts-check
/** Times as 2026-11-21 14:05 and durations in words; the same words as the server's. */
import { isEnglish, t } from "grid/lib/phrases.js";

const MINUTE = 60_000;
const parts = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});

/**
 * 2026-11-21 14:05
 * @param {string | number | Date} value
 */
export function stamp(value) {
  return parts.format(new Date(value));
}

/**
 * The two largest parts of a duration.
 * @param {number} ms
 */
export function duration(ms) {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const left = minutes % 60;
  const day = days && plural("%(n)d day", "%(n)d days", days);
  const hour = hours && plural("%(n)d hour", "%(n)d hours", hours);
  const minute = left && t("%(n)d min", { n: left });
  const shown = (days ? [day, hour] : [hour, minute]).filter(Boolean);
  return shown.length ? shown.join(" ") : t("less than a minute");
}

/**
 * How long until `due`, or how long ago it was.
 * @param {string} due
 * @param {number} [now]
 */
export function remaining(due, now = Date.now()) {
  const left = new Date(due).getTime() - now;
  const span = duration(Math.abs(left));
  return left >= 0 ? t("%(span)s left", { span }) : t("overdue by %(span)s", { span });
}

/**
 * @param {string} one
 * @param {string} many
 * @param {number} n
 */
function plural(one, many, n) {
  return t(isEnglish && n === 1 ? one : many, { n });
}

/** Keeps every [data-due] on the page in step with the clock. */
export function tickDurations(/** @type {ParentNode} */ within = document) {
  for (const element of within.querySelectorAll("[data-due]")) {
    const due = element.getAttribute("data-due");
    if (due) element.textContent = remaining(due);
  }
}

window.setInterval(() => tickDurations(), MINUTE);
