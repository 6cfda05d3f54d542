// @ts-check
/**
 * The databases of the phone (IndexedDB). One for the phone itself: who signed in here. One for each person: queue,
 * contents, packs; contents and packs are sealed, the rows of the queue hold nothing personal.
 */
import { openDB } from "idb";
import { NotStuck } from "grid/phone/queue.js";
import { open, seal } from "grid/phone/vault.js";

/** @typedef {import("grid/phone/queue.js").Item} Item */

/** Sent items stay listed for so long. */
const KEEP_SENT_MS = 30 * 86_400_000;
const KEEP_SENT = 300;
const utf8 = new TextEncoder();
const plain = new TextDecoder();

/** The phone's own database: accounts and the key of whoever is in. */
export function phoneDatabase() {
  return openDB("grid-phone", 1, {
    upgrade(db) {
      db.createObjectStore("accounts", { keyPath: "user" });
      db.createObjectStore("keys");
      db.createObjectStore("settings");
    },
  });
}

/** @param {string} user */
export const databaseName = (user) => `grid-${user}`;

/** @param {string} user */
export function personDatabase(user) {
  return openDB(databaseName(user), 1, {
    upgrade(db) {
      db.createObjectStore("items", { keyPath: "id" }).createIndex("seq", "seq", { unique: true });
      db.createObjectStore("contents");
      db.createObjectStore("packs");
      db.createObjectStore("counters");
      db.createObjectStore("drafts");
    },
    // A newer program in another tab wants to change the database: let it, and read it anew afterwards.
    blocking(_from, _to, event) {
      /** @type {IDBDatabase} */ (event.target).close();
      location.reload();
    },
  });
}

/**
 * The queue's store; see Store in queue.js.
 * @param {import("idb").IDBPDatabase<any>} db
 * @param {CryptoKey} key
 * @returns {import("grid/phone/queue.js").Store}
 */
export function queueStore(db, key) {
  const name = (/** @type {string} */ id, /** @type {number} */ n) => `${id}/${n}`;
  return {
    async add(draft, contents) {
      // Sealed before the transaction opens: one that waits for anything else is closed by the browser.
      const sealed = await Promise.all(contents.map((content, n) => seal(key, content, name(draft.id, n))));
      const act = db.transaction(["items", "contents", "counters"], "readwrite", { durability: "strict" });
      const seq = ((await act.objectStore("counters").get("seq")) ?? 0) + 1;
      const item = { ...draft, seq };
      await Promise.all([
        act.objectStore("counters").put(seq, "seq"),
        act.objectStore("items").add(item),
        ...sealed.map((content, n) => act.objectStore("contents").add(content, name(draft.id, n))),
        act.done,
      ]);
      return item;
    },
    items: () => db.getAllFromIndex("items", "seq"),
    async put(item) {
      await db.put("items", item);
    },
    async content(id, n) {
      const sealed = await db.get("contents", name(id, n));
      if (!sealed) throw new Error(`content ${name(id, n)} is gone`);
      return open(key, sealed, name(id, n));
    },
    async finish(item) {
      const act = db.transaction(["items", "contents"], "readwrite");
      await Promise.all([
        act.objectStore("items").put(item),
        ...item.parts.map((_part, n) => act.objectStore("contents").delete(name(item.id, n))),
        act.done,
      ]);
    },
    async replace(id, draft, contents) {
      const sealed = await Promise.all(contents.map((content, n) => seal(key, content, name(draft.id, n))));
      const act = db.transaction(["items", "contents"], "readwrite", { durability: "strict" });
      const old = await act.objectStore("items").get(id);
      if (old?.state !== "refused" && old?.state !== "parked") {
        act.abort();
        await act.done.catch(() => undefined);
        throw new NotStuck(`item ${id} is not stuck`);
      }
      const item = { ...draft, seq: old.seq };
      await Promise.all([
        act.objectStore("items").delete(id),
        act.objectStore("contents").delete(IDBKeyRange.bound(`${id}/`, `${id}/\uffff`)),
        act.objectStore("items").add(item),
        ...sealed.map((content, n) => act.objectStore("contents").add(content, name(item.id, n))),
        act.done,
      ]);
      return item;
    },
    async remove(id) {
      const act = db.transaction(["items", "contents"], "readwrite");
      await Promise.all([
        act.objectStore("items").delete(id),
        act.objectStore("contents").delete(IDBKeyRange.bound(`${id}/`, `${id}/\uffff`)),
        act.done,
      ]);
    },
  };
}

/**
 * Forgets items sent long ago.
 * @param {import("idb").IDBPDatabase<any>} db
 * @param {number} now
 */
export async function forgetSent(db, now) {
  const act = db.transaction("items", "readwrite");
  const sent = (await act.store.index("seq").getAll()).filter((/** @type {Item} */ item) => item.state === "sent");
  const old = sent.filter((item, n) => item.created_at < now - KEEP_SENT_MS || n < sent.length - KEEP_SENT);
  await Promise.all([...old.map((item) => act.store.delete(item.id)), act.done]);
}

/**
 * Packs: what the phone took along, by name, with the tag by which the server knows it.
 * @param {import("idb").IDBPDatabase<any>} db
 * @param {CryptoKey} key
 */
export function packStore(db, key) {
  return {
    /** @param {string} pack @param {string} tag @param {any} value */
    async put(pack, tag, value) {
      const data = await seal(key, utf8.encode(JSON.stringify(value)), `pack ${pack}`);
      await db.put("packs", { tag, data, size: data.byteLength, at: Date.now() }, pack);
    },
    /** @param {string} pack @returns {Promise<any>} undefined when the phone has none */
    async get(pack) {
      const found = await db.get("packs", pack);
      return found && JSON.parse(plain.decode(await open(key, found.data, `pack ${pack}`)));
    },
    /** Name → tag, size and time of what is here. @returns {Promise<Map<string, {tag: string, size: number, at: number}>>} */
    async list() {
      const act = db.transaction("packs");
      const [names, rows] = await Promise.all([act.store.getAllKeys(), act.store.getAll()]);
      return new Map(names.map((pack, n) => [String(pack), { tag: rows[n].tag, size: rows[n].size, at: rows[n].at }]));
    },
    /** @param {string} pack */
    drop: (pack) => db.delete("packs", pack),
  };
}

/**
 * What is being written and not yet sent: it survives a reload, a call, a dead battery. Sealed like everything else.
 * @param {import("idb").IDBPDatabase<any>} db
 * @param {CryptoKey} key
 */
export function draftStore(db, key) {
  return {
    /** @param {string} name @param {any} value */
    async save(name, value) {
      await db.put("drafts", await seal(key, utf8.encode(JSON.stringify(value)), `draft ${name}`), name);
    },
    /** @param {string} name @returns {Promise<any>} undefined without one */
    async read(name) {
      const sealed = await db.get("drafts", name);
      return sealed && JSON.parse(plain.decode(await open(key, sealed, `draft ${name}`)));
    },
    /** @param {string} name @param {string} photo @param {Uint8Array} bytes */
    async savePhoto(name, photo, bytes) {
      await db.put("drafts", await seal(key, bytes, `draft ${name}/${photo}`), `${name}/${photo}`);
    },
    /** @param {string} name @param {string} photo @returns {Promise<Uint8Array | undefined>} */
    async photo(name, photo) {
      const sealed = await db.get("drafts", `${name}/${photo}`);
      return sealed && open(key, sealed, `draft ${name}/${photo}`);
    },
    /** @param {string} name @param {string} photo */
    dropPhoto: (name, photo) => db.delete("drafts", `${name}/${photo}`),
    /** The draft with its photos. @param {string} name */
    async drop(name) {
      const act = db.transaction("drafts", "readwrite");
      await Promise.all([act.store.delete(name), act.store.delete(IDBKeyRange.bound(`${name}/`, `${name}/\uffff`)), act.done]);
    },
  };
}
