// @ts-check
/** When the queue is sent: at once, when the line comes back, when a pause is over; by one tab alone. */
import { t } from "grid/lib/phrases.js";
import { lastOffset } from "grid/phone/api.js";
import { NotStuck, Queue } from "grid/phone/queue.js";
import { keep, setting } from "grid/phone/session.js";
import { tell } from "grid/phone/ui.js";

const TELL_MS = 30_000;
/** Which program this is. */
export const APP = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=grid-version]"))?.content ?? "";

/** @typedef {import("grid/phone/queue.js").Item} Item */

export class Sending {
  /**
   * @param {import("grid/phone/session.js").Session} session
   * @param {() => void} changed
   * @param {() => void} [judged] the server has said what becomes of a step
   */
  constructor(session, changed, judged = () => {}) {
    this.session = session;
    this.judged = judged;
    this.wifi_only = false;
    /** Bytes of the part that is being sent, by item. @type {Map<string, {part: number, bytes: number}>} */
    this.progress = new Map();
    this.channel = new BroadcastChannel(`grid-queue-${session.account.user}`);
    this.changed = () => {
      if (this.closed.signal.aborted) return; // a round that was under way when its person left
      changed();
      this.channel.postMessage("changed");
    };
    this.channel.onmessage = ({ data }) => {
      changed();
      if (data === "added") void this.nudge();
    };
    this.queue = new Queue({
      store: session.store,
      send: (part, content, item, n) => this.send(part, content, item, n),
      may: (part) => part.kind !== "photo" || !this.wifi_only || onWifi(),
      changed: this.changed,
    });
    this.timer = 0;
    this.told_at = 0;
    /** Somebody wants the queue looked at. */
    this.asked = false;
    this.busy = false;
    this.closed = new AbortController();
  }

  async start() {
    this.wifi_only = await setting("wifi_only", false);
    const { signal } = this.closed;
    window.addEventListener("online", () => this.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.nudge(), { signal });
    /** @type {any} */ (navigator).connection?.addEventListener?.("change", () => this.nudge(), { signal });
    void this.nudge();
  }

  stop() {
    this.closed.abort();
    window.clearTimeout(this.timer);
    this.channel.close();
  }

  wake() {
    this.queue.wake();
    void this.nudge();
  }

  /**
   * Freezes something into the queue and begins to send it, in whatever tab the sending is done.
   * @param {import("grid/phone/items.js").Frozen} frozen
   */
  async add({ draft, contents }) {
    await this.queue.add(draft, contents);
    this.channel.postMessage("added");
    void this.nudge();
  }

  /**
   * The same work anew, in the place of an item that was refused.
   * @param {string} id
   * @param {import("grid/phone/items.js").Frozen} frozen
   * @returns {Promise<boolean>} false, said to the person: that item is stuck no more, nothing was changed
   */
  async replace(id, { draft, contents }) {
    try {
      await this.queue.replace(id, draft, contents);
    } catch (error) {
      if (!(error instanceof NotStuck)) throw error;
      tell(t("That step has moved on meanwhile. Nothing was changed."));
      return false;
    }
    this.channel.postMessage("added");
    void this.nudge();
    return true;
  }

  /** Sends what may be sent. One tab of a person does it; asked while it is at it, it looks once more when it is through. */
  async nudge() {
    this.asked = true;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.asked && !this.closed.signal.aborted) {
        this.asked = false;
        await navigator.locks.request(`grid-queue-${this.session.account.user}`, { ifAvailable: true }, (held) => held && this.round());
      }
    } finally {
      this.busy = false;
    }
    void this.report();
  }

  async round() {
    const next = await this.queue.drain();
    this.progress.clear();
    window.clearTimeout(this.timer);
    if (next !== null) this.timer = window.setTimeout(() => this.nudge(), Math.max(1000, next - Date.now()));
  }

  /**
   * @param {import("grid/phone/queue.js").Part} part
   * @param {Uint8Array} content
   * @param {Item} item
   * @param {number} n
   */
  async send(part, content, item, n) {
    const note = (/** @type {number} */ bytes) => {
      this.progress.set(item.id, { part: n, bytes });
      this.changed();
    };
    note(0);
    const answer = await this.session.api.send(part, content, note);
    this.progress.delete(item.id);
    if (item.kind === "step" && n === item.parts.length - 1 && answer.status) this.judged();
    return answer;
  }

  /** Tells the office what still waits here, at most twice a minute. */
  async report() {
    if (this.queue.signed_out || this.closed.signal.aborted || Date.now() - this.told_at < TELL_MS) return;
    const items = await this.session.store.items();
    const waiting = items.filter((item) => item.state !== "sent");
    const oldest = waiting[0] ? new Date(waiting[0].created_at).toISOString() : null;
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const answer = await this.session.api.call("PUT", "device/queue", {
      body: {
        last_seq: items.at(-1)?.seq ?? 0, waiting: waiting.length, oldest_at: oldest,
        photos: waiting.flatMap((item) => item.parts).filter((part) => part.kind === "photo" && !part.done).length,
        refused: waiting.filter((item) => item.state !== "waiting").length,
        app: APP, free_bytes: quota ? Math.max(0, quota - usage) : null,
      },
    });
    if (answer.status === 204) this.told_at = Date.now();
  }

  /**
   * How much of an item has arrived, 0 to 100.
   * @param {Item} item
   */
  percent(item) {
    const all = item.parts.reduce((sum, part) => sum + part.size, 0) || 1;
    const done = item.parts.reduce((sum, part) => sum + (part.done ? part.size : 0), 0);
    return Math.round((100 * (done + (this.progress.get(item.id)?.bytes ?? 0))) / all);
  }
}

/** Server's clock minus this phone's in seconds, as of their last contact, whenever that was; null before the first. @returns {Promise<number | null>} */
export async function clockOffset() {
  if (lastOffset() !== null) await keep("clock_offset_s", lastOffset());
  return setting("clock_offset_s", null);
}

/** Whether the line costs nothing; where the browser does not say, it is taken as wifi. */
export function onWifi() {
  const line = /** @type {any} */ (navigator).connection;
  return !line || (line.type !== "cellular" && !line.saveData);
}
