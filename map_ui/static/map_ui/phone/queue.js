// @ts-check
/**
 * The queue of what a phone has still to send. It knows no browser: store, sending, clock and chance are given to it,
 * so that the same code is tried by thousands of histories of crashes and lost answers (tests/phone).
 *
 * Promises: what was added is in the store or complete on the server, whatever happens in between; the bytes of an item
 * never change; contents leave the store only after the server said that it has all of them.
 */

export const FIRST_PAUSE_MS = 2_000;
export const LONGEST_PAUSE_MS = 300_000;
/** After so many faults of its own an item is set aside, so that it blocks nobody. */
export const MOST_FAULTS = 8;

/**
 * @typedef {object} Part one request of an item
 * @property {"json" | "photo"} kind
 * @property {string} method
 * @property {string} url
 * @property {string} type media type
 * @property {number} size bytes
 * @property {string} sha256 of the content, 64 hexadecimal digits
 * @property {string} [photo] UUID of the photo
 * @property {boolean} [whole] never in pieces
 * @property {[string, string]} echo field and value of the answer by which it is ours: a sign-in page of somebody's wifi
 *   answers 200 as well
 * @property {boolean} done
 */
/** @typedef {{code: string, message: string, status: number, data: Record<string, any>}} Problem */
/**
 * @typedef {object} Item
 * @property {string} id UUID; of a report its own
 * @property {number} seq order on this phone, from 1
 * @property {"report" | "step" | "amendment"} kind
 * @property {string} group items of one group go one after the other
 * @property {Record<string, any>} about what the list shows; nothing personal
 * @property {number} created_at milliseconds
 * @property {"waiting" | "refused" | "parked" | "sent"} state
 * @property {number} faults
 * @property {number} next_at not before; milliseconds
 * @property {Problem | null} problem
 * @property {Record<string, any> | null} answer the server's last
 * @property {Part[]} parts
 */
/** @typedef {Omit<Item, "seq" | "created_at" | "state" | "faults" | "next_at" | "problem" | "answer">} Draft */
/**
 * @typedef {object} Store every method is one transaction
 * @property {(draft: Item, contents: Uint8Array[]) => Promise<Item>} add gives the next seq
 * @property {() => Promise<Item[]>} items in the order of seq
 * @property {(item: Item) => Promise<void>} put
 * @property {(id: string, n: number) => Promise<Uint8Array>} content
 * @property {(item: Item) => Promise<void>} finish writes the item and drops its contents
 * @property {(id: string) => Promise<void>} remove item and contents
 * @property {(id: string, draft: Item, contents: Uint8Array[]) => Promise<Item>} replace drops the one and adds the other in its
 *   place; refuses when the one is gone or no longer stuck
 */
/** @typedef {{status: number, body: any, retry_after_s: number | null}} Answer status 0: none came */
/** @typedef {"done" | "rest" | "fault" | "signed_out" | "refused" | "held"} Verdict */

/** An item that shall be replaced has been sent, given up or tried again meanwhile. */
export class NotStuck extends Error {}

const HURT = new Set(["photo_hash_mismatch", "photo_truncated", "photo_empty", "upload_length"]);
const COME_AGAIN = new Set([0, 408, 425, 429, 502, 503, 504, 507]);

/**
 * What an answer means for whoever sent.
 * @param {Answer} answer
 * @param {[string, string]} echo
 * @returns {Verdict}
 */
export function judge({ status, body }, [field, value]) {
  if (status >= 200 && status < 300) return body?.[field] === value ? "done" : "rest";
  if (status === 401) return "signed_out";
  if (COME_AGAIN.has(status)) return "rest";
  if (status >= 500 || HURT.has(body?.code) || body?.code === "photo_unknown") return "fault";
  return "refused";
}

/**
 * How long to wait after the n-th failure in a row: doubled each time, scattered, never before what the server asked for.
 * @param {number} n from 1
 * @param {number | null} asked_s
 * @param {number} chance 0 to 1
 */
export function pause(n, asked_s, chance) {
  const own = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(n - 1, 16)) * (0.5 + chance / 2);
  return Math.round(Math.max(own, (asked_s ?? 0) * 1000 * (1 + chance / 4)));
}

export class Queue {
  /**
   * @param {object} given
   * @param {Store} given.store
   * @param {(part: Part, content: Uint8Array, item: Item, n: number) => Promise<Answer>} given.send
   * @param {() => number} [given.now] milliseconds
   * @param {() => number} [given.random] 0 to 1
   * @param {(part: Part) => boolean} [given.may] false: not over this line (photos only over wifi)
   * @param {() => void} [given.changed] something a list shows is different now
   */
  constructor({ store, send, now = Date.now, random = Math.random, may = () => true, changed = () => {} }) {
    this.store = store;
    this.send = send;
    this.now = now;
    this.random = random;
    this.may = may;
    this.changed = changed;
    this.failures = 0;
    this.rest_until = 0;
    this.signed_out = false;
    /** Problem of a sign-in that ended: the phone asks for a new one. @type {Problem | null} */
    this.ended = null;
    this.running = false;
  }

  /**
   * Freezes a draft: from here on its bytes are fixed and it is safe against everything but the loss of the phone.
   * @param {Draft} draft
   * @param {Uint8Array[]} contents one for each part
   */
  async add(draft, contents) {
    const item = await this.store.add(this.frozen(draft, contents), contents);
    this.changed();
    return item;
  }

  /**
   * Puts another item in the place of one that was refused or set aside: the same work, written anew for the present state.
   * Either the old one is there or the new one, never both and never none. NotStuck when the old one is no longer stuck.
   * @param {string} id
   * @param {Draft} draft parts whose content the server has already may be done
   * @param {Uint8Array[]} contents one for each part
   */
  async replace(id, draft, contents) {
    const item = await this.store.replace(id, this.frozen(draft, contents), contents);
    this.wake();
    this.changed();
    return item;
  }

  /** @param {Draft} draft @param {Uint8Array[]} contents @returns {Item} */
  frozen(draft, contents) {
    if (contents.length !== draft.parts.length) throw new Error("a content for every part");
    return { ...draft, seq: 0, created_at: this.now(), state: "waiting", faults: 0, next_at: 0, problem: null, answer: null };
  }

  /**
   * Sends what may be sent now. One call at a time; a second one does nothing.
   * @returns {Promise<number | null>} when to come again (milliseconds), null when nothing waits for a time
   */
  async drain() {
    if (this.running) return null;
    this.running = true;
    try {
      return await this.work();
    } finally {
      this.running = false;
      this.changed();
    }
  }

  async work() {
    /** Held back over this line: not tried again in this round. @type {Set<string>} */
    const held = new Set();
    for (;;) {
      const items = await this.store.items();
      if (this.signed_out) return null;
      if (this.rest_until > this.now()) return this.rest_until;
      const item = ready(items, this.now(), held);
      if (!item) return soonest(items, held);
      const verdict = await this.deliver(item);
      if (verdict === "held") held.add(item.id);
      this.changed();
    }
  }

  /**
   * Sends the parts of an item that are not done.
   * @param {Item} item
   * @returns {Promise<Verdict>}
   */
  async deliver(item) {
    for (const [n, part] of item.parts.entries()) {
      if (part.done) continue;
      if (!this.may(part)) return "held";
      const answer = await this.send(part, await this.store.content(item.id, n), item, n);
      const verdict = judge(answer, part.echo);
      if (verdict !== "done") return this.failed(item, answer, verdict);
      this.failures = 0;
      part.done = true;
      noted(item, part, answer.body);
      if (item.parts.some((other) => !other.done)) await this.store.put(item);
      this.changed();
    }
    if (!whole(item)) return this.incomplete(item);
    Object.assign(item, { state: "sent", problem: null, faults: 0, next_at: 0 });
    await this.store.finish(item);
    return "done";
  }

  /**
   * All parts were taken, but the server does not say that it has everything: ask it again what it misses.
   * @param {Item} item
   * @returns {Promise<Verdict>}
   */
  async incomplete(item) {
    for (const part of item.parts) part.done = false;
    return this.failed(item, { status: 0, body: { code: "incomplete" }, retry_after_s: null }, "fault");
  }

  /**
   * @param {Item} item
   * @param {Answer} answer
   * @param {Verdict} verdict
   */
  async failed(item, answer, verdict) {
    const problem = problemOf(answer);
    if (verdict === "signed_out") {
      this.end(answer);
      return verdict;
    }
    if (verdict === "rest") {
      this.failures += 1;
      this.rest_until = this.now() + pause(this.failures, answer.retry_after_s, this.random());
      return verdict;
    }
    item.problem = problem;
    if (verdict === "fault") {
      item.faults += 1;
      item.next_at = this.now() + pause(item.faults, answer.retry_after_s, this.random());
      if (problem.code === "photo_unknown") reannounce(item);
      if (item.faults >= MOST_FAULTS) item.state = "parked";
    } else {
      item.state = "refused";
    }
    await this.store.put(item);
    return verdict;
  }

  /** The line is back, or somebody wants it tried now. */
  wake() {
    this.rest_until = 0;
    this.failures = 0;
  }

  /**
   * The sign-in has ended, whatever was asked when the server said so: nothing is sent until the next.
   * @param {Answer} answer
   */
  end(answer) {
    this.signed_out = true;
    this.ended = problemOf(answer);
  }

  /** Signed in again. */
  resume() {
    this.signed_out = false;
    this.ended = null;
    this.wake();
  }

  /**
   * An item that was refused or set aside is tried again as it is.
   * @param {string} id
   */
  async retry(id) {
    const item = await this.find(id);
    if (item.state === "sent") return;
    Object.assign(item, { state: "waiting", faults: 0, next_at: 0, problem: null });
    await this.store.put(item);
    this.wake();
    this.changed();
  }

  /**
   * Gives an item up, by hand alone. What waits its turn is never given up: it will be sent.
   * @param {string} id
   */
  async discard(id) {
    const item = await this.find(id);
    if (item.state === "waiting") throw new Error("an item that waits is not given up");
    await this.store.remove(id);
    this.changed();
  }

  /** @param {string} id */
  async find(id) {
    const item = (await this.store.items()).find((one) => one.id === id);
    if (!item) throw new Error(`no item ${id}`);
    return item;
  }
}

/**
 * The first item that may be sent: of each group only the first that is not sent.
 * @param {Item[]} items
 * @param {number} now
 * @param {Set<string>} held
 */
export function ready(items, now, held = new Set()) {
  const behind = new Set();
  for (const item of items) {
    if (item.state === "sent") continue;
    const first = !behind.has(item.group);
    behind.add(item.group);
    if (first && item.state === "waiting" && item.next_at <= now && !held.has(item.id)) return item;
  }
  return null;
}

/**
 * @param {Item[]} items
 * @param {Set<string>} held
 */
function soonest(items, held) {
  const times = items.filter((item) => item.state === "waiting" && !held.has(item.id)).map((item) => item.next_at);
  return times.length ? Math.min(...times) : null;
}

/** What an answer says about the other parts: a manifest names the photos that are there already. */
function noted(/** @type {Item} */ item, /** @type {Part} */ part, /** @type {any} */ body) {
  if (part.kind === "photo") {
    item.answer = { ...item.answer, missing: body.missing };
    return;
  }
  item.answer = body;
  if (item.kind !== "report") return;
  const missing = Object.entries(body.photos ?? {}).filter(([, state]) => state !== "stored").map(([id]) => id);
  item.answer = { ...body, missing };
  for (const other of item.parts) {
    if (other.photo) other.done = body.photos?.[other.photo] === "stored";
  }
}

/** The server knows nothing of a photo: what announces it goes once more. */
function reannounce(/** @type {Item} */ item) {
  for (const part of item.parts) if (part.kind === "json") part.done = false;
}

/** A report is whole when the server names none of its photos missing; everything else when every part was taken. */
function whole(/** @type {Item} */ item) {
  if (item.kind !== "report") return true;
  const missing = item.answer?.missing;
  return Array.isArray(missing) && !item.parts.some((part) => part.photo && missing.includes(part.photo));
}

/** @returns {Problem} */
function problemOf(/** @type {Answer} */ { status, body }) {
  return { status, code: body?.code ?? `http_${status}`, message: body?.message ?? "", data: body?.data ?? {} };
}
