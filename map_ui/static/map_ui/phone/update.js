// @ts-check
/** The program on the phone: taken along whole, replaced whole, never in the middle of something. */
import { make, need, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { onWifi } from "grid/phone/sending.js";
import { button } from "grid/phone/ui.js";

const LOOK_MS = 30 * 60_000;

/** Registers the service worker and offers a newer program when there is one. */
export function keepCurrent() {
  if (!navigator.serviceWorker) {
    need("#insecure").hidden = false;
    return;
  }
  // Whoever let the newer one take over, in whatever tab: pages not yet opened are those of the new program now.
  const replaced = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => replaced && location.reload());
  void navigator.serviceWorker.register("/m/sw.js", { scope: "/m/", updateViaCache: "none" }).then((found) => {
    const offer = (/** @type {ServiceWorker} */ waiting) => {
      const place = need("#newer");
      place.replaceChildren(make("p", {}, t("A newer program is ready. What you entered is kept.")), button(t("Use it"), {
        kind: "main",
        act: () => waiting.postMessage("take over"),
      }));
      place.hidden = false;
    };
    if (found.waiting && navigator.serviceWorker.controller) offer(found.waiting);
    found.addEventListener("updatefound", () => {
      const fresh = found.installing;
      fresh?.addEventListener("statechange", () => {
        if (fresh.state === "installed" && navigator.serviceWorker.controller) offer(fresh);
      });
    });
    window.setInterval(() => navigator.onLine && void found.update().catch(ignoreDeadLine), LOOK_MS);
  });
}

/** Takes the map along while nothing else is to do and the line costs nothing, so that it is there without a network. */
export async function takeMapAlong() {
  await navigator.serviceWorker?.ready;
  if (!onWifi() || !navigator.onLine) return;
  for (const url of pageData("phone-config").map_files) await fetch(url).catch(ignoreDeadLine);
}

/** Looking for a newer program fails without a network; it is looked for again. @param {unknown} error */
function ignoreDeadLine(error) {
  if (!(error instanceof TypeError)) throw error;
}
