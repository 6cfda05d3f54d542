// @ts-check
/** What the queue carries: reports, steps, corrections, each frozen into the requests that bring it over. */
import { sha256, uuid7 } from "grid/lib/uuid7.js";

/** @typedef {import("grid/phone/queue.js").Draft} Draft */
/** @typedef {import("grid/phone/queue.js").Part} Part */
/** @typedef {{id: string, sha256: string, bytes: Uint8Array, type: string, role: "before" | "after"}} Photo */
/** @typedef {{draft: Draft, contents: Uint8Array[]}} Frozen */

/**
 * @typedef {object} Step
 * @property {string} case UUID
 * @property {string} number of the case
 * @property {number} version of the case that was looked at
 * @property {string} action
 * @property {string} text
 * @property {Record<string, any>} fields as the server reads them
 * @property {Record<string, any> | null} [position] where the phone was, as the server reads it
 * @property {string} [task] UUID
 * @property {string} [name] of the step, in words
 */

const API = "/api/v1";
const utf8 = new TextEncoder();

/**
 * @param {string} method
 * @param {string} url
 * @param {Uint8Array} body
 * @param {[string, string]} echo
 * @returns {Promise<Part>}
 */
async function json(method, url, body, echo) {
  return { kind: "json", method, url, type: "application/json", size: body.length, sha256: await sha256(body), echo, done: false };
}

/** @param {Photo} photo @param {string} [url] @param {[string, string]} [echo] @returns {Part} */
function picture(photo, url = `${API}/photos/${photo.id}`, echo = ["photo", photo.id]) {
  return { kind: "photo", method: "PUT", url, type: photo.type, size: photo.bytes.length, sha256: photo.sha256, photo: photo.id, echo, done: false };
}

/**
 * A report with its photos.
 * @param {Record<string, any>} body as the server reads it, without photos
 * @param {Photo[]} photos
 * @param {string} [id] UUIDv7
 * @returns {Promise<Frozen>}
 */
export async function report(body, photos, id = uuid7()) {
  const raw = utf8.encode(JSON.stringify({ ...body, photos: photos.map(({ id: photo, sha256, role }) => ({ id: photo, sha256, role })) }));
  const parts = [await json("PUT", `${API}/reports/${id}`, raw, ["report", id]), ...photos.map((photo) => picture(photo))];
  const about = { category: body.category, photos: photos.length, fixed: Boolean(body.fixed) };
  return { draft: { id, kind: "report", group: id, about, parts }, contents: [raw, ...photos.map((photo) => photo.bytes)] };
}

/**
 * A step of a case: its photos are announced and brought before the step itself.
 * @param {Step} step
 * @param {Photo[]} photos
 * @returns {Promise<Frozen>}
 */
export async function step(step, photos) {
  const key = uuid7();
  /** @type {Part[]} */
  const parts = [];
  const contents = [];
  for (const photo of photos) {
    const announced = utf8.encode(JSON.stringify({ id: photo.id, sha256: photo.sha256, action: step.action }));
    parts.push(await json("POST", `${API}/cases/${step.case}/photos`, announced, ["photo", photo.id]), picture(photo));
    contents.push(announced, photo.bytes);
  }
  const { version, action, text, fields, position } = step;
  const raw = utf8.encode(JSON.stringify({ key, version, action, text, fields, ...(position ? { position } : {}) }));
  parts.push(await json("POST", `${API}/cases/${step.case}/steps`, raw, ["case", step.case]));
  contents.push(raw);
  const about = { action, case: step.case, number: step.number, photos: photos.length, task: step.task ?? "", name: step.name ?? action };
  return { draft: { id: key, kind: "step", group: `case ${step.case}`, about, parts }, contents };
}

/**
 * The same step once more, for another version of its case and under a new key. Photos that the server has already stay as they
 * are and are not sent again; for another stage they count only when they come anew.
 * @param {import("grid/phone/queue.js").Item} item a step
 * @param {Uint8Array[]} contents its own
 * @param {{version: number, task: string, anew: boolean}} now
 * @returns {Promise<Frozen>}
 */
export async function again(item, contents, { version, task, anew }) {
  const old = stepOf(contents);
  const { action, number, name } = item.about;
  const step_ = { case: item.about.case, number, version, action, text: old.text, fields: old.fields, position: old.position, task, name };
  if (anew) return step(step_, photosOf(item, contents).map((photo) => ({ ...photo, id: uuid7() })));
  const made = await step(step_, []);
  const [last, raw] = [made.draft.parts[0], made.contents[0]];
  const parts = [...item.parts.slice(0, -1).map((part) => ({ ...part })), last];
  return { draft: { ...made.draft, about: { ...made.draft.about, photos: item.about.photos }, parts }, contents: [...contents.slice(0, -1), raw] };
}

/** What was written for a step: the body of its last request. @param {Uint8Array[]} contents @returns {Record<string, any>} */
export const stepOf = (contents) => JSON.parse(new TextDecoder().decode(contents[contents.length - 1]));

/** Photos of a frozen item. @param {import("grid/phone/queue.js").Item} item @param {Uint8Array[]} contents @returns {Photo[]} */
export function photosOf(item, contents) {
  return item.parts.flatMap((part, n) => (part.kind === "photo" ? [{ id: part.photo ?? "", sha256: part.sha256, bytes: contents[n], type: part.type, role: /** @type {const} */ ("after") }] : []));
}

/**
 * A correction from the door: one field of one record.
 * @param {{field: string, row: string, old: string, new: string, note: string, captured_at: string}} change
 * @param {Photo | null} photo
 * @param {string} [id] UUIDv7
 * @returns {Promise<Frozen>}
 */
export async function amendment(change, photo, id = uuid7()) {
  const url = `${API}/amendments/${id}`;
  const raw = utf8.encode(JSON.stringify({ ...change, ...(photo ? { photo_sha256: photo.sha256 } : {}) }));
  const parts = [await json("PUT", url, raw, ["amendment", id])];
  // The photo of a correction is no photo of a case: it goes to an address of its own, in one piece.
  if (photo) parts.push({ ...picture(photo, `${url}/photo`, ["amendment", id]), whole: true });
  const about = { field: change.field };
  return { draft: { id, kind: "amendment", group: `${change.field.split(".")[0]} ${change.row}`, about, parts }, contents: photo ? [raw, photo.bytes] : [raw] };
}
