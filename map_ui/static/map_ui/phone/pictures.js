// @ts-check
/** Photos of a form: taken, made small, hashed, kept at once, so that a call or an empty battery costs none. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { sha256 as digest, uuid7 } from "grid/lib/uuid7.js";
import { icon, tell } from "grid/phone/ui.js";

const MOST = 9;
const LARGEST = 50 * 1024 * 1024;

/** @typedef {import("grid/phone/items.js").Photo} Photo */

/**
 * @param {object} given
 * @param {string} given.label
 * @param {"before" | "after"} given.role
 * @param {{savePhoto: (photo: string, bytes: Uint8Array) => Promise<void>, dropPhoto: (photo: string) => Promise<void>}} given.keep
 * @param {() => void} given.changed
 * @param {number} [given.most]
 */
export function pictures({ label, role, keep, changed, most = MOST }) {
  /** @type {(Photo & {shown: HTMLElement})[]} */
  let photos = [];
  let working = Promise.resolve();
  const list = make("ul", { class: "pictures", "aria-label": label });
  const camera = chooser("camera", label, true);
  const gallery = chooser("photo", t("From the gallery"), false);
  const box = make("div", { class: "stack" }, list, make("div", { class: "pair" }, camera, gallery));

  const put = (/** @type {Photo} */ photo) => {
    const drop = make("button", { type: "button", class: "picture-drop", "aria-label": t("Remove photo %(n)d", { n: photos.length + 1 }) }, icon("x"));
    const image = make("img", { src: URL.createObjectURL(new Blob([/** @type {BlobPart} */ (photo.bytes)], { type: photo.type })), alt: t("Photo %(n)d", { n: photos.length + 1 }) });
    const row = make("li", {}, image, drop);
    photos.push({ ...photo, shown: row });
    drop.addEventListener("click", async () => {
      photos = photos.filter((other) => other.id !== photo.id);
      row.remove();
      URL.revokeObjectURL(/** @type {HTMLImageElement} */ (image).src);
      await keep.dropPhoto(photo.id);
      changed();
    });
    list.append(row);
    changed();
  };

  const add = async (/** @type {File} */ file) => {
    if (photos.length >= most) return tell(t("At most %(n)d photos.", { n: most }));
    const wait = make("li", { class: "picture-wait" }, make("span", {}, t("Preparing photos …")));
    list.append(wait);
    try {
      const { shrink } = await import("grid/lib/shrink.js"); // wanted now for the first time
      const blob = await shrink(file);
      if (blob.size > LARGEST) return tell(t("%(name)s is larger than 50 MB.", { name: file.name }));
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const sha256 = await digest(bytes);
      if (photos.some((photo) => photo.sha256 === sha256)) return tell(t("This photo is there already."));
      const photo = { id: uuid7(), sha256, bytes, type: blob.type || "image/jpeg", role };
      await keep.savePhoto(photo.id, bytes);
      put(photo);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") return tell(t("The phone is full: the photo could not be kept. Send what waits or free some space."));
      tell(t("%(name)s is not a photo and was left out.", { name: file.name }));
    } finally {
      wait.remove();
    }
    return undefined;
  };

  for (const label_ of [camera, gallery]) {
    const input = /** @type {HTMLInputElement} */ (label_.querySelector("input"));
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = "";
      for (const file of files) working = working.then(() => add(file));
    });
  }
  return { box, camera, put, all: () => photos.map(({ shown: _shown, ...photo }) => photo), ready: () => working };
}

/** A button that opens the camera or the gallery. @param {string} drawn @param {string} label @param {boolean} live */
function chooser(drawn, label, live) {
  const input = make("input", { type: "file", accept: "image/*", class: "visually-hidden", ...(live ? { capture: "environment" } : { multiple: "" }) });
  return make("label", { class: `button ${live ? "button-main" : "button-plain"}` }, icon(drawn), make("span", {}, label), input);
}
