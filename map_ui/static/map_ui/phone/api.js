// @ts-check
/** The one place where the phone's program talks to the server. Never throws for a dead line: that is an answer too. */
import { language } from "grid/phone/language.js";

const BASE = "/api/v1/";
const PATIENCE_MS = 30_000;
const PHOTO_PATIENCE_MS = 120_000;
/** What is lost at most when the line is cut. */
export const CHUNK = 262_144;
const NONE = { status: 0, body: null, retry_after_s: null };

/** @typedef {import("grid/phone/queue.js").Answer} Answer */
/** @typedef {{body?: any, type?: string, headers?: Record<string, string>, patience_ms?: number}} Sent */

export class Api {
  /** @param {string} token "" before somebody signed in */
  constructor(token = "") {
    this.token = token;
    /** The server has ended this sign-in, whatever was asked. @type {(answer: Answer) => void} */
    this.ended = () => {};
  }

  /**
   * @param {string} method
   * @param {string} path below /api/v1/
   * @param {Sent} [sent] a body that is neither text nor bytes goes as JSON
   * @returns {Promise<Answer & {tag: string}>}
   */
  async call(method, path, { body, type, headers = {}, patience_ms = PATIENCE_MS } = {}) {
    const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    /** @type {Record<string, string>} */
    const all = { Accept: "application/json", "Accept-Language": language, ...headers };
    if (this.token) all.Authorization = `Bearer ${this.token}`;
    if (raw !== undefined) all["Content-Type"] = type ?? "application/json";
    try {
      const answer = await fetch(BASE + path, {
        method, body: raw, headers: all, credentials: "omit", cache: "no-store", redirect: "error",
        signal: AbortSignal.timeout(patience_ms),
      });
      noteClock(answer.headers.get("date"));
      const json = answer.headers.get("content-type")?.includes("json") ? await answer.json() : null;
      const found = { status: answer.status, body: json, retry_after_s: seconds(answer.headers.get("retry-after")), tag: (answer.headers.get("etag") ?? "").replace(/^W\//, "") };
      // A sign-in page of somebody's wifi is not the platform: only our own word ends a sign-in.
      if (answer.status === 401 && this.token && json?.code) this.ended(found);
      return found;
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return { ...NONE, tag: "" };
      throw error;
    }
  }

  /**
   * The bytes of a photo; null when they are not to be had now.
   * @param {string} id
   * @param {"thumb" | "full"} size
   * @returns {Promise<Blob | null>}
   */
  async photo(id, size) {
    const headers = { Authorization: `Bearer ${this.token}` };
    try {
      const answer = await fetch(`${BASE}photos/${encodeURIComponent(id)}?size=${size}`, {
        headers, credentials: "omit", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PHOTO_PATIENCE_MS),
      });
      return answer.ok && answer.headers.get("content-type")?.startsWith("image/") ? await answer.blob() : null;
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException) return null;
      throw error;
    }
  }

  /**
   * A part of the queue. Large photos go in pieces: a cut line costs the piece it was at.
   * @param {import("grid/phone/queue.js").Part} part
   * @param {Uint8Array} content
   * @param {(bytes: number) => void} progress
   * @returns {Promise<Answer>}
   */
  async send(part, content, progress) {
    const path = part.url.slice(BASE.length);
    if (part.kind !== "photo") return this.call(part.method, path, { body: content, type: part.type });
    const headers = { "X-Content-SHA256": part.sha256 };
    if (part.whole || content.length <= CHUNK) return this.call(part.method, path, { body: content, type: part.type, headers, patience_ms: PHOTO_PATIENCE_MS });
    const state = await this.call("GET", `${path}/upload`);
    if (state.status !== 200) return state;
    // The server has it: the whole once more is how it says so in the shape of a photo's answer.
    if (state.body?.stored) return this.call("PUT", path, { body: content, type: part.type, headers, patience_ms: PHOTO_PATIENCE_MS });
    return this.pieces(path, part, content, Number(state.body?.offset ?? 0), progress);
  }

  /**
   * @param {string} path
   * @param {import("grid/phone/queue.js").Part} part
   * @param {Uint8Array} content
   * @param {number} offset
   * @param {(bytes: number) => void} progress
   * @returns {Promise<Answer>}
   */
  async pieces(path, part, content, offset, progress) {
    for (let corrections = 0; corrections < 4;) {
      progress(offset);
      const headers = { "Upload-Offset": String(offset), "Upload-Length": String(content.length), "X-Content-SHA256": part.sha256 };
      const answer = await this.call("PATCH", path, { body: content.subarray(offset, offset + CHUNK), type: part.type, headers, patience_ms: PHOTO_PATIENCE_MS });
      if (answer.status === 409 && answer.body?.code === "upload_offset") {
        offset = Number(answer.body.data?.offset ?? 0);
        corrections += 1;
        continue;
      }
      if (answer.status !== 200 || answer.body?.stored !== false) return answer;
      offset = Number(answer.body.offset);
    }
    return { status: 503, body: { code: "upload_offset" }, retry_after_s: 5 };
  }
}

/** Server's clock minus this phone's in seconds when they last spoke; null before. @type {number | null} */
let offset = null;

/** @param {string | null} date header of an answer */
function noteClock(date) {
  const server = Date.parse(date ?? "");
  if (Number.isFinite(server)) offset = Math.round((server - Date.now()) / 1000);
}

export const lastOffset = () => offset;

/** @param {string | null} text Retry-After */
function seconds(text) {
  const number = Number(text);
  return text && Number.isFinite(number) ? Math.min(number, 3600) : null;
}
