// @ts-check
/**
 * The report form. On the first "send" the report is frozen: same number, same bytes at every further attempt, so the
 * server answers the same. Photos follow one by one; only those the server misses are sent.
 */
import { make, need, pageData } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { RequestError, send } from "grid/lib/request.js";
import { uuid7 } from "grid/lib/uuid7.js";
import { announce } from "grid/ui/toast.js";
import { wireCategories } from "grid/ui/categories.js";
import { wirePhotos } from "grid/ui/reportphotos.js";
import { wirePlace } from "grid/ui/place.js";

/** @type {any} */
const data = pageData("report-data");
const form = /** @type {HTMLFormElement} */ (need("#report"));
const button = /** @type {HTMLButtonElement} */ (need("#send"));
const answer = need("#report-answer");
const category = wireCategories(data.categories, data.frequent);
const photos = wirePhotos(tell);
const after = wirePhotos(tell, "-after");
const fixed = /** @type {HTMLInputElement} */ (need("#fixed"));
fixed.addEventListener("change", () => (need("#fixed-part").hidden = !fixed.checked));
const place = await wirePlace(data.map);

/** The frozen report: its number and bytes never change between attempts. @type {{id: string, body: string} | null} */
let frozen = null;

if (!window.isSecureContext) tell(t("This page needs a secure address (https) to find your position and to send photos."));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});

/** @param {string} text @param {"danger" | "info"} [tone] */
function tell(text, tone = "danger") {
  answer.replaceChildren(...(text ? [make("div", { class: `alert alert-${tone} mb-2` }, text)] : []));
}

/** The first thing that is missing, or "". */
function missing() {
  if (!category.key()) return t("Choose what it is.");
  if (!place.point()) return t("Tap the map where it is, or allow the position.");
  const text = /** @type {HTMLTextAreaElement} */ (need("#text")).value.trim();
  if (fixed.checked && !after.all().length) return t("Add a photo of it put right.");
  if (!photos.all().length && !text) return t("Add at least one photo, or write what you saw.");
  return "";
}

/** Photos of both lists with their role; those after the work count only while it is said to be put right. */
function declared() {
  const before = photos.all().map((photo) => ({ photo, role: "before" }));
  return [...before, ...(fixed.checked ? after.all().map((photo) => ({ photo, role: "after" })) : [])];
}

function freeze() {
  const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (need(id)).value.trim();
  const { lon: x, lat: y, accuracy: accuracy_m } = /** @type {import("grid/ui/place.js").Spot} */ (place.point());
  const body = JSON.stringify({
    category: category.key(), text: value("#text"), address: value("#address"), point: { x, y, datum: "wgs84", accuracy_m },
    captured_at: new Date().toISOString(), fixed: fixed.checked,
    photos: declared().map(({ photo, role }) => ({ id: photo.id, sha256: photo.sha256, role })),
  });
  return { id: uuid7(), body };
}

async function submit() {
  const lacks = missing();
  if (lacks) return tell(lacks);
  button.disabled = true;
  try {
    await Promise.all([photos.ready(), after.ready()]);
    frozen ??= freeze();
    form.classList.add("report-frozen");
    tell(t("Sending the report …"), "info");
    const receipt = await send(data.send_url.replace("REPORT", frozen.id), { body: frozen.body });
    await sendPhotos(receipt);
    show(receipt);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    // What was refused may be changed and becomes another report; what did not arrive is sent again as it is.
    if (!error.passing && error.status !== 401 && !error.data.number) {
      frozen = null;
      form.classList.remove("report-frozen");
    }
    tell(error.message);
    need("span", button).textContent = t("Send again");
  } finally {
    button.disabled = false;
  }
}

/** Sends the photos that the server misses. */
async function sendPhotos(/** @type {any} */ receipt) {
  const wanted = declared().map(({ photo }) => photo).filter((photo) => receipt.missing.includes(photo.id));
  for (const [index, photo] of wanted.entries()) {
    tell(t("Sending photo %(n)d of %(all)d …", { n: index + 1, all: wanted.length }), "info");
    try {
      await send(data.photo_url.replace("PHOTO", photo.id), { body: photo.blob, method: "PUT" });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const text = t("The report is stored as %(number)s; some photos are missing. Send again to complete it.", receipt);
      throw new RequestError(error.status, error.code, `${text} ${error.message}`, { number: receipt.number });
    }
    for (const list of [photos, after]) list.markSent(photo.id);
  }
}

function show(/** @type {any} */ receipt) {
  form.hidden = true;
  need(".report-title").hidden = true;
  const box = need("#receipt");
  for (const name of ["number", "department", "place", "stage", "due"]) need(`#receipt-${name}`).textContent = receipt[name] || "–";
  need("#receipt-flags").textContent = receipt.flags.join("；");
  need("#receipt-link").setAttribute("href", data.case_url.replace("NUMBER", encodeURIComponent(receipt.number)));
  box.hidden = false;
  box.focus();
  window.scrollTo(0, 0);
  announce(receipt.number);
}
