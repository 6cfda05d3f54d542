// @ts-check
/** What the phone takes along: asked for at the start, when the line comes back, every ten minutes; fetched pack by pack. */
import { t } from "grid/lib/phrases.js";
import { addressOf, difference } from "grid/phone/packs.js";
import { tell } from "grid/phone/ui.js";

const EVERY_MS = 600_000;
/** Our own note of how it went last. */
const LAST = "sync";
const PATIENCE_MS = 90_000;

/** @typedef {import("grid/phone/session.js").Session} Session */
/** @typedef {{done: number, all: number}} Progress */

/**
 * A pack: what is here, else from the server; undefined when neither is to be had.
 * @param {Session} session
 * @param {string} name
 */
export async function pack(session, name) {
  return (await session.packs.get(name)) ?? (await refresh(session, name)).value;
}

/**
 * Reads a pack anew when the server has another one.
 * @param {Session} session
 * @param {string} name
 * @returns {Promise<{value: any, status: number}>}
 */
export async function refresh(session, name) {
  const known = (await session.packs.list()).get(name);
  const answer = await session.api.call("GET", addressOf(name), { headers: known ? { "If-None-Match": known.tag } : {}, patience_ms: PATIENCE_MS });
  if (answer.status !== 200 || !answer.body) return { value: undefined, status: answer.status };
  await session.packs.put(name, answer.tag, answer.body);
  return { value: answer.body, status: 200 };
}

export class Sync {
  /**
   * @param {Session} session
   * @param {() => void} changed something that is shown may be different now
   */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    /** While packs are being fetched. @type {Progress | null} */
    this.progress = null;
    /** @type {Promise<string> | null} */
    this.running = null;
    this.asked_at = 0;
    this.timer = 0;
    this.closed = new AbortController();
  }

  start() {
    const { signal } = this.closed;
    const soon = () => document.hidden || Date.now() - this.asked_at < EVERY_MS || void this.run();
    window.addEventListener("online", () => void this.run(), { signal });
    document.addEventListener("visibilitychange", soon, { signal });
    this.timer = window.setInterval(soon, EVERY_MS / 10);
    void this.run();
  }

  stop() {
    this.closed.abort();
    window.clearInterval(this.timer);
  }

  /** Makes this phone hold what the server names. @returns {Promise<string>} what went wrong, in words; "" when nothing */
  run() {
    this.running ??= this.once().finally(() => {
      this.running = null;
      this.progress = null;
      this.changed();
    });
    return this.running;
  }

  /** When the server was last asked with success, and how many packs. @returns {Promise<{tag: string, at: number} | undefined>} */
  last() {
    return this.session.packs.get(LAST);
  }

  async once() {
    const { session } = this;
    this.asked_at = Date.now();
    const before = await this.last();
    const answer = await session.api.call("GET", `sync?since=${encodeURIComponent(before?.tag ?? "")}`);
    if (answer.status !== 200 || !answer.body?.tag) return wrong(answer.status);
    if (answer.body.packs && this.closed.signal.aborted) return "";
    const trouble = answer.body.packs ? await this.follow(answer.body.packs, Boolean(before)) : "";
    // A tag is kept only when everything of it is here: what failed is asked for again.
    if (!this.closed.signal.aborted) await session.packs.put(LAST, "", { tag: trouble ? "" : answer.body.tag, at: Date.now() });
    return trouble;
  }

  /** @param {Record<string, string>} named @param {boolean} again not the first time on this phone */
  async follow(named, again) {
    const { packs } = this.session;
    const what = difference(named, await packs.list());
    for (const name of what.drop) await packs.drop(name);
    if (again && what.left.length) tell(t("Cells that are no longer yours, gone from this phone: %(list)s", { list: await this.names(what.left) }));
    for (const [n, name] of what.fetch.entries()) {
      if (this.closed.signal.aborted) return "";
      this.progress = { done: n, all: what.fetch.length };
      this.changed();
      const { status } = await refresh(this.session, name);
      if (status === 404) await packs.drop(name);
      if (status !== 200 && status !== 304) return wrong(status);
    }
    if (again && what.came.length && !what.left.length) tell(t("New cells, taken along: %(list)s", { list: await this.names(what.came) }));
    return "";
  }

  /** Names of cells where they are known. @param {string[]} codes */
  async names(codes) {
    const known = new Map(((await this.session.packs.get("cells"))?.features ?? []).map((/** @type {any} */ cell) => [cell.properties.code, cell.properties.name]));
    return codes.map((code) => known.get(code) ?? code).join("、");
  }
}

/** @param {number} status */
function wrong(status) {
  return status === 0 ? t("No connection. Nothing was lost; try again.") : t("The server answered %(status)s. Nothing was changed.", { status });
}
