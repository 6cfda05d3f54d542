// @ts-check
/** Photos of a task: strips to be swiped, before and after side by side, large when tapped. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { takePhoto } from "grid/phone/tray.js";
import { button } from "grid/phone/ui.js";

/** @typedef {import("grid/phone/session.js").Session} Session */

/**
 * Photos of one kind, from this phone or from the server.
 * @param {Session} session
 * @param {any[]} photos of the task
 * @param {"before" | "after" | "site"} role
 * @param {string} label
 */
export function photoStrip(session, photos, role, label) {
  const rows = photos.filter((photo) => photo.role === role);
  const strip = make("div", { class: "strip", role: "group", "aria-label": label, tabindex: "0" });
  for (const [n, photo] of rows.entries()) strip.append(small(session, photo, t("%(name)s, photo %(n)d", { name: label, n: n + 1 })));
  if (!rows.length) strip.append(make("p", { class: "strip-none" }, t("No photo")));
  return { box: make("figure", { class: "photos" }, strip, make("figcaption", {}, rows.length > 1 ? t("%(name)s (%(n)d)", { name: label, n: rows.length }) : label)), strip, count: rows.length };
}

/** @param {Session} session @param {any} photo @param {string} name */
function small(session, photo, name) {
  const frame = make("button", { type: "button", class: "strip-photo", "aria-label": name });
  if (photo.state !== "stored") {
    frame.append(make("span", {}, t("This photo has not arrived yet")));
    return frame;
  }
  frame.append(make("span", {}, t("Loading …")));
  void takePhoto(session, photo.photo).then((src) => {
    if (src) frame.replaceChildren(make("img", { src, alt: "" }));
    else frame.replaceChildren(make("span", {}, t("Not on this phone; connect to see it.")));
  });
  frame.addEventListener("click", () => void large(session, photo.photo, name));
  return frame;
}

/** @param {Session} session @param {string} id @param {string} name */
async function large(session, id, name) {
  const src = await takePhoto(session, id);
  const image = /** @type {HTMLImageElement} */ (make("img", { src, alt: name }));
  const dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "dialog dialog-photo", "aria-label": name }));
  let address = "";
  dialog.append(image, button(t("Close"), { icon: "x", act: () => dialog.close() }));
  dialog.addEventListener("close", () => {
    URL.revokeObjectURL(address);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  const blob = await session.api.photo(id, "full");
  if (!blob || !dialog.open) return;
  address = URL.createObjectURL(blob);
  image.src = address;
}

/**
 * Two strips side by side.
 * @param {{box: HTMLElement}} one
 * @param {{box: HTMLElement}} other
 */
export const compare = (one, other) => make("div", { class: "compare" }, one.box, other.box);
