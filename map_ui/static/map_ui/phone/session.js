// @ts-check
/** Who is in on this phone: signing in, locking, unlocking without a network, leaving, wiping. */
import { deleteDB } from "idb";
import { uuid7 } from "grid/lib/uuid7.js";
import { Api } from "grid/phone/api.js";
import { databaseName, draftStore, forgetSent, packStore, personDatabase, phoneDatabase, queueStore } from "grid/phone/store.js";
import { fromBase64, keyOf, open, seal, unwrap, wrap } from "grid/phone/vault.js";

/** A phone that lay about so long asks for the password again. */
const KEEP_HOMES_MS = 7 * 86_400_000;
export const LOCK_MS = 12 * 3_600_000;
const utf8 = new TextEncoder();
const plain = new TextDecoder();

/**
 * @typedef {object} Account
 * @property {string} user UUID
 * @property {string} username
 * @property {string} name
 * @property {string} device UUID
 * @property {string[]} roles
 * @property {string[]} cells
 * @property {import("grid/phone/vault.js").Wrapped} wrapped
 * @property {ArrayBuffer} token sealed
 */
/** @typedef {{account: Account, api: Api, db: any, store: import("grid/phone/queue.js").Store, packs: ReturnType<typeof packStore>, drafts: ReturnType<typeof draftStore>, key: CryptoKey}} Session */

const phone = phoneDatabase();

/** @param {string} name @param {any} fallback */
export async function setting(name, fallback) {
  return (await (await phone).get("settings", name)) ?? fallback;
}

/** @param {string} name @param {any} value */
export async function keep(name, value) {
  await (await phone).put("settings", value, name);
}

/** This installation of the program; made once. @returns {Promise<string>} */
async function installation() {
  const known = await setting("installation", "");
  if (known) return known;
  const made = uuid7();
  await keep("installation", made);
  return made;
}

/** Whoever was in last, or null. @returns {Promise<Account | null>} */
export async function lastAccount() {
  const user = await setting("user", "");
  return user ? ((await (await phone).get("accounts", user)) ?? null) : null;
}

/** How many items of each person still wait on this phone. @returns {Promise<{account: Account, waiting: number}[]>} */
export async function waitingByPerson() {
  const accounts = /** @type {Account[]} */ (await (await phone).getAll("accounts"));
  return Promise.all(accounts.map(async (account) => {
    const db = await personDatabase(account.user);
    const items = await db.getAll("items");
    db.close();
    return { account, waiting: items.filter((item) => item.state !== "sent").length };
  }));
}

/**
 * Signs in on the server. The same person on the same installation gets the same key, so what waited goes on.
 * @param {{username: string, password: string, enrolment?: string}} who
 * @returns {Promise<{session: Session | null, answer: import("grid/phone/queue.js").Answer}>}
 */
export async function signIn({ username, password, enrolment }) {
  const api = new Api();
  const body = { username, password, device_name: deviceName(), device_platform: "web", installation: await installation(), ...(enrolment ? { enrolment } : {}) };
  const answer = await api.call("POST", "login", { body });
  if (answer.status !== 201 || !answer.body?.token) return { session: null, answer };
  api.token = answer.body.token;
  const me = await api.call("GET", "me");
  if (me.status !== 200 || !me.body?.id) return { session: null, answer: me };
  const raw = fromBase64(answer.body.vault);
  const key = await keyOf(raw);
  const account = {
    user: me.body.id, username: me.body.username, name: me.body.name, device: me.body.device,
    roles: [...new Set(me.body.roles.map((/** @type {any} */ held) => held.role))], cells: me.body.cells,
    wrapped: await wrap(raw, password), token: await seal(key, utf8.encode(api.token), "token"),
  };
  const db = await phone;
  const act = db.transaction(["accounts", "keys", "settings"], "readwrite");
  await Promise.all([
    act.objectStore("accounts").put(account),
    act.objectStore("keys").clear(), // nobody's store stays open beside another's
    act.objectStore("keys").put({ key, used_at: Date.now() }, account.user),
    act.objectStore("settings").put(account.user, "user"),
    act.done,
  ]);
  await navigator.storage?.persist?.();
  return { session: await begin(account, key, api.token), answer };
}

/** The session as it was, when the phone is not locked. @returns {Promise<Session | null>} */
export async function restore() {
  const account = await lastAccount();
  const held = account && (await (await phone).get("keys", account.user));
  if (!account || !held) return null;
  if (Date.now() - held.used_at > LOCK_MS) {
    await lock(account);
    return null;
  }
  const used = (await phone).put("keys", { ...held, used_at: Date.now() }, account.user);
  const [token] = await Promise.all([open(held.key, account.token, "token"), used]);
  return begin(account, held.key, plain.decode(token));
}

/**
 * Opens a locked phone by the password, with or without a network.
 * @param {Account} account
 * @param {string} password
 * @returns {Promise<Session | null>} null: another password
 */
export async function unlock(account, password) {
  const raw = await unwrap(account.wrapped, password);
  if (!raw) return null;
  const key = await keyOf(raw);
  await (await phone).put("keys", { key, used_at: Date.now() }, account.user);
  return begin(account, key, plain.decode(await open(key, account.token, "token")));
}

/** What is kept stays, sealed; the key is forgotten. @param {Account} account */
export async function lock(account) {
  await (await phone).delete("keys", account.user);
}

/**
 * Leaves this phone: the device's token ends; what still waits stays sealed until this person comes back.
 * @param {Session} session
 */
export async function leave(session) {
  await session.api.call("POST", "logout");
  const names = (await session.packs.list()).keys();
  for (const pack of names) await session.packs.drop(pack);
  await lock(session.account);
  await keep("user", "");
}

/** What is known of homes goes; it is fetched again after the next sign-in. @param {Session} session */
export async function dropHomes(session) {
  for (const pack of (await session.packs.list()).keys()) if (pack.startsWith("homes:")) await session.packs.drop(pack);
}

/**
 * Everything of this person goes, the queue too: the office said so. Tells it what was lost.
 * @param {Session} session
 */
export async function wipe(session) {
  const items = await session.store.items();
  const waiting = items.filter((item) => item.state !== "sent").length;
  session.db.close();
  await deleteDB(databaseName(session.account.user));
  const db = await phone;
  await db.delete("keys", session.account.user);
  await db.delete("accounts", session.account.user);
  await keep("user", "");
  await session.api.call("POST", "device/wiped", { body: { waiting } });
}

/**
 * What is known of homes is kept a week without the server: a phone that never asks again never hears that it may not.
 * @param {Session} session
 * @param {number} now milliseconds
 */
async function dropOldHomes(session, now) {
  const asked = (await session.packs.list()).get("sync")?.at;
  if (asked && now - asked > KEEP_HOMES_MS) await dropHomes(session);
}

/** @param {Account} account @param {CryptoKey} key @param {string} token @returns {Promise<Session>} */
async function begin(account, key, token) {
  const db = await personDatabase(account.user);
  await forgetSent(db, Date.now());
  const session = { account, key, db, api: new Api(token), store: queueStore(db, key), packs: packStore(db, key), drafts: draftStore(db, key) };
  await dropOldHomes(session, Date.now());
  return session;
}

/** Manufacturer's name where the browser tells one. */
function deviceName() {
  const found = /\(([^)]*)\)/.exec(navigator.userAgent);
  return (found ? found[1] : "").slice(0, 80);
}
