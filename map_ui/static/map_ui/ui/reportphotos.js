// @ts-check
/** Photos of a report: shrunk on the phone, EXIF kept for the server to read, hashed when they are final. */
import { make, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { shrink } from "grid/lib/shrink.js";
import { sha256, uuid7 } from "grid/lib/uuid7.js";

const MOST = 9;

/** @typedef {{id: string, sha256: string, blob: Blob, item: HTMLElement}} ReportPhoto */

/**
 * One list of photos; ``suffix`` ends the names of its elements ("" or "-after").
 * @param {(text: string, tone?: "danger" | "info") => void} tell
 * @param {string} [suffix]
 */
export function wirePhotos(tell, suffix = "") {
  /** @type {ReportPhoto[]} */
  let photos = [];
  let working = Promise.resolve();
  const list = need(`#photos${suffix}`);

  const renumber = () => {
    need(`#photo-count${suffix}`).textContent = `${photos.length} / ${MOST}`;
    photos.forEach((photo, index) => photo.item.querySelector("button")?.setAttribute("aria-label", t("Remove photo %(n)d", { n: index + 1 })));
  };
  const add = async (/** @type {File} */ file) => {
    if (photos.length >= MOST) return tell(t("At most %(n)d photos.", { n: MOST }));
    let blob;
    try {
      blob = await shrink(file);
    } catch {
      return tell(t("%(name)s is not a photo and was left out.", { name: file.name }));
    }
    const digest = await sha256(blob);
    if (photos.some((photo) => photo.sha256 === digest)) return undefined;
    const item = make("li", {});
    const photo = { id: uuid7(), sha256: digest, blob, item };
    const drop = make("button", { type: "button", class: "photo-drop" }, make("span", {}, "×"));
    drop.addEventListener("click", () => {
      photos = photos.filter((other) => other !== photo);
      item.remove();
      renumber();
    });
    item.append(make("img", { src: URL.createObjectURL(blob), alt: t("Photo %(n)d", { n: photos.length + 1 }) }), drop);
    photos.push(photo);
    list.append(item);
    renumber();
    return undefined;
  };
  for (const id of ["#camera", "#gallery"]) {
    const input = /** @type {HTMLInputElement} */ (need(id + suffix));
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = "";
      tell("");
      for (const file of files) working = working.then(() => add(file));
    });
  }
  return {
    all: () => photos,
    ready: () => working,
    /** @param {string} id */
    markSent: (id) => photos.find((photo) => photo.id === id)?.item.classList.add("photo-sent"),
  };
}
