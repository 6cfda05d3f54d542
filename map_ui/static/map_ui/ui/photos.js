// @ts-check
/** Thumbnails open large in a dialog; arrow keys go on. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";

/** @param {HTMLElement} body */
export function enlargePhotos(body) {
  const links = /** @type {HTMLAnchorElement[]} */ ([...body.querySelectorAll("a[data-photo]")]);
  links.forEach((link, index) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      show(links, index);
    });
  });
}

/**
 * @param {HTMLAnchorElement[]} links
 * @param {number} start
 */
function show(links, start) {
  let index = start;
  const image = /** @type {HTMLImageElement} */ (make("img", { class: "photo-large" }));
  const caption = make("p", { class: "photo-caption" });
  const close = make("button", { type: "button", class: "btn photo-close", "aria-label": t("Close") }, "×");
  const before = make("button", { type: "button", class: "btn photo-prev", "aria-label": t("Previous photo") }, "‹");
  const after = make("button", { type: "button", class: "btn photo-next", "aria-label": t("Next photo") }, "›");
  const dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "photo-dialog", "aria-label": t("Photo") }, image, caption, close, before, after));
  const turn = (/** @type {number} */ by) => {
    index = (index + by + links.length) % links.length;
    image.src = links[index].href;
    image.alt = links[index].dataset.caption ?? "";
    caption.textContent = `${index + 1} / ${links.length}　${links[index].dataset.caption ?? ""}`;
  };
  before.hidden = after.hidden = links.length < 2;
  before.addEventListener("click", () => turn(-1));
  after.addEventListener("click", () => turn(1));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[index].focus();
  });
  document.body.append(dialog);
  turn(0);
  dialog.showModal();
}
