// What the phone's modules find in a browser, as far as the queue and the API need it, over plain sockets of node:http: one
// connection a phone as over one radio, and little work, for servers and phones share the cores.
import http from "node:http";

globalThis.localStorage = /** @type {any} */ ({ getItem: () => null, setItem: () => undefined });
globalThis.document = /** @type {any} */ ({ documentElement: {}, getElementById: () => null });

/**
 * The fetch of all phones; each token has a connection of its own.
 * @param {string} origin http://host:port
 * @param {(seen: {method: string, path: string, status: number, retry: string | null, code: string, ms: number}) => void} note
 *   every answer, status 0 for none
 */
export function lines(origin, note) {
  /** @type {Map<string, http.Agent>} */
  const agents = new Map();
  /** @param {string} token */
  const agentOf = (token) => {
    const known = agents.get(token);
    if (known) return known;
    const made = new http.Agent({ keepAlive: true, maxSockets: 1 });
    agents.set(token, made);
    return made;
  };
  /** @param {string} path @param {any} init */
  return (path, { method, body, headers, signal }) => new Promise((resolve, reject) => {
    const began = performance.now();
    const seen = (/** @type {any} */ found) => note({ method, path, retry: null, code: "", ms: performance.now() - began, ...found });
    let over = false;
    const fail = () => {
      if (over) return;
      over = true;
      seen({ status: 0 });
      reject(new TypeError("no answer")); // as fetch says it
    };
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const agent = agentOf(headers.Authorization ?? "");
    const request = http.request(origin + path, { method, agent, signal, headers: { ...headers, ...length } }, (answer) => {
      /** @type {Buffer[]} */
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("error", fail);
      answer.on("end", () => {
        if (over) return;
        over = true;
        const status = answer.statusCode ?? 0;
        const text = Buffer.concat(pieces).toString();
        const retry = answer.headers["retry-after"] ?? null;
        const code = status >= 400 ? (/"code": ?"([a-z_]+)"/.exec(text)?.[1] ?? "") : "";
        seen({ status, retry, code });
        resolve({ status, headers: { get: (/** @type {string} */ name) => answer.headers[name] ?? null }, json: async () => JSON.parse(text) });
      });
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** A store in memory. A photo is made when it is sent: thousands of them need not lie about. */
export class Memory {
  constructor() {
    /** @type {any[]} */
    this.all = [];
    /** @type {Map<string, (Uint8Array | (() => Uint8Array))[]>} */
    this.contents = new Map();
  }

  async add(draft, contents) {
    const item = { ...draft, seq: this.all.length + 1 };
    this.all.push(item);
    this.contents.set(item.id, contents);
    return item;
  }

  async items() {
    return this.all;
  }

  async put() {}

  async content(id, n) {
    const found = this.contents.get(id)[n];
    return typeof found === "function" ? found() : found;
  }

  async finish(item) {
    this.contents.delete(item.id);
  }
}
