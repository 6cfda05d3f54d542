// @ts-check
/** My tasks and those I may take on, with their photos, taken along and kept fresh while the program is looked at. */
import { placeNow } from "grid/phone/here.js";
import { gone, merged, packOf, thumbOf } from "grid/phone/tasks.js";

const EVERY_MS = 180_000;
const DETAILS_MS = 600_000;
const PAGES_MOST = 10;
const TRAYS = "tasks";
const SHIFT = "shift";

/** @typedef {import("grid/phone/session.js").Session} Session */
/** @typedef {import("grid/phone/tasks.js").Task} Task */
/** @typedef {{at: number, mine: Task[], pool: Task[], tags: Record<string, string>}} Trays */

/** What this phone knows of tasks. @param {Session} session @returns {Promise<Trays | undefined>} */
export const trays = (session) => session.packs.get(TRAYS);

/** On duty or not, as it was last heard. @param {Session} session */
export const shift = (session) => session.packs.get(SHIFT);

/** @param {Session} session @param {any} answer of the server */
export const keepShift = (session, answer) => session.packs.put(SHIFT, "", answer);

export class Tray {
  /**
   * @param {Session} session
   * @param {() => void} changed
   */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    this.closed = new AbortController();
    /** @type {Promise<number> | null} */
    this.running = null;
    this.timer = 0;
  }

  start() {
    const { signal } = this.closed;
    const look = () => document.hidden || void this.refresh();
    window.addEventListener("online", look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
    this.timer = window.setInterval(look, EVERY_MS);
    look();
  }

  /** Nothing is written any more once this is done. */
  async stop() {
    this.closed.abort();
    window.clearInterval(this.timer);
    await this.running;
  }

  /** Reads anew what changed; one call at a time. @returns {Promise<number>} status of the answer, 0 without a connection */
  async refresh() {
    if (this.closed.signal.aborted) return 0;
    this.running ??= refreshTasks(this.session).finally(() => { this.running = null; });
    const status = await this.running;
    if (this.closed.signal.aborted) return status;
    this.changed();
    if (status === 200) void tellPlace(this.session);
    return status;
  }
}

/** Says where this phone is, on duty alone: new tasks go to whoever is near. @param {Session} session */
async function tellPlace(session) {
  if (!(await shift(session))?.on_duty) return;
  const here = await placeNow();
  if (here) await session.api.call("PUT", "shift/position", { body: here.raw });
}

/** @param {Session} session @returns {Promise<number>} 200, or the status of the answer that stopped it */
export async function refreshTasks(session) {
  const known = await trays(session);
  /** @type {Trays} */
  const fresh = { at: Date.now(), mine: [], pool: [], tags: {} };
  for (const view of /** @type {const} */ (["mine", "pool"])) {
    const read = await readView(session, view, known);
    if (!read.tasks) return read.status;
    fresh[view] = read.tasks;
    fresh.tags[view] = read.tag;
  }
  await session.packs.put(TRAYS, "", fresh);
  const duty = await session.api.call("GET", "shift");
  if (duty.status === 200 && duty.body) await keepShift(session, duty.body);
  await takeAlong(session, fresh.mine);
  return 200;
}

/**
 * @param {Session} session
 * @param {"mine" | "pool"} view
 * @param {Trays | undefined} known
 * @returns {Promise<{tasks?: Task[], status: number, tag: string}>}
 */
async function readView(session, view, known) {
  const tag = known?.tags[view];
  const pages = [];
  let mark = "";
  let cursor = "";
  do {
    const asked = `tasks?view=${view}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const answer = await session.api.call("GET", asked, { headers: tag && !cursor ? { "If-None-Match": tag } : {} });
    if (answer.status === 304 && known && tag) return { tasks: known[view], status: 200, tag };
    if (answer.status !== 200 || !Array.isArray(answer.body?.results)) return { status: answer.status === 200 ? 0 : answer.status, tag: "" };
    pages.push(answer.body.results);
    cursor = answer.body.next ?? "";
    // A tag stands for one page; what has several is read again.
    mark = pages.length === 1 && !cursor ? answer.tag : "";
  } while (cursor && pages.length < PAGES_MOST);
  return { tasks: merged(pages), status: 200, tag: mark };
}

/** Details and photos of my tasks come along; those of tasks that are gone leave. @param {Session} session @param {Task[]} mine */
async function takeAlong(session, mine) {
  const photos = [];
  for (const line of mine) {
    const task = await detailsOf(session, line);
    if (task) photos.push(...shownPhotos(task));
  }
  for (const photo of photos) await takePhoto(session, photo);
  for (const name of gone((await session.packs.list()).keys(), mine.map((line) => line.task), photos)) await session.packs.drop(name);
}

/** @param {Session} session @param {Task} line */
async function detailsOf(session, line) {
  const known = await session.packs.get(packOf(line.task));
  if (known && known.version === line.version && known.lamp === line.lamp && Date.now() - known.at < DETAILS_MS) return known;
  return (await readTask(session, line.task)).task ?? known;
}

/**
 * A task from the server, kept.
 * @param {Session} session
 * @param {string} id
 */
export async function readTask(session, id) {
  const answer = await session.api.call("GET", `tasks/${encodeURIComponent(id)}`);
  if (answer.status !== 200 || answer.body?.task !== id) return { task: null, answer };
  return { task: await keepTask(session, answer.body), answer };
}

/** A task as the server has just told it. @param {Session} session @param {any} told */
export async function keepTask(session, told) {
  const task = { ...told, at: Date.now() };
  await session.packs.put(packOf(task.task), "", task);
  return task;
}

/** A task as this phone knows it: with details, or its line alone (``brief``). @param {Session} session @param {string} id */
export async function knownTask(session, id) {
  const known = await session.packs.get(packOf(id));
  if (known) return known;
  const lists = await trays(session);
  const line = [...(lists?.mine ?? []), ...(lists?.pool ?? [])].find((one) => one.task === id);
  return line ? { ...line, at: lists?.at, photos: [], steps: [], moves: [], tracker: [], brief: true } : null;
}

/** @param {any} task @returns {string[]} UUIDs of photos that are there to be seen */
export const shownPhotos = (task) => task.photos.filter((/** @type {any} */ photo) => photo.state === "stored").map((/** @type {any} */ photo) => photo.photo);

/**
 * A small photo: from this phone, else from the server, then kept.
 * @param {Session} session
 * @param {string} id
 * @returns {Promise<string>} a data address, "" when there is none
 */
export async function takePhoto(session, id) {
  const known = await session.packs.get(thumbOf(id));
  if (known) return known.src;
  const blob = await session.api.photo(id, "thumb");
  if (!blob) return "";
  const src = await dataAddress(blob);
  await session.packs.put(thumbOf(id), "", { src });
  return src;
}

/** @param {Blob} blob @returns {Promise<string>} */
function dataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
