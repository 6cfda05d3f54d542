// @ts-check
/** How much room is left on the phone; it says so before it is full. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { bytesInWords, note } from "grid/phone/ui.js";

/** Some sixty reports with two photos. */
const LITTLE = 60_000_000;

/** @returns {Promise<{used: number, free: number | null}>} bytes; null when the browser does not say */
export async function room() {
  const { quota, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { used: usage, free: quota ? Math.max(0, quota - usage) : null };
}

/** A warning when little is left, else nothing. @returns {Promise<HTMLElement>} */
export async function warnWhenFull() {
  const { free } = await room();
  if (free === null || free > LITTLE) return make("div", { hidden: "" });
  return note(t("Only %(left)s are left on this phone. Send what waits before you take more photos.", { left: bytesInWords(free) }), "warn");
}
