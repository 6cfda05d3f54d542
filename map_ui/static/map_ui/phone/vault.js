// @ts-check
/**
 * What is kept on the phone is sealed: AES-256-GCM under a key that belongs to one person on one installation. The server
 * gives the key at every sign-in; between sign-ins it stands in the browser as a handle that cannot be read out, and once
 * more wrapped by the password, so that a locked phone opens without a network.
 */

const IV_BYTES = 12;
const ROUNDS = 310_000;
const text = new TextEncoder();

/** @typedef {{salt: Uint8Array, iv: Uint8Array, data: ArrayBuffer}} Wrapped */

/**
 * The handle of a key; it cannot be exported.
 * @param {Uint8Array} raw 32 bytes
 * @returns {Promise<CryptoKey>}
 */
export function keyOf(raw) {
  return crypto.subtle.importKey("raw", /** @type {BufferSource} */ (raw), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/**
 * @param {CryptoKey} key
 * @param {Uint8Array} plain
 * @param {string} name what it is; a sealed value under another name does not open
 * @returns {Promise<ArrayBuffer>}
 */
export async function seal(key, plain, name) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode(name) }, key, /** @type {BufferSource} */ (plain));
  const all = new Uint8Array(IV_BYTES + data.byteLength);
  all.set(iv);
  all.set(new Uint8Array(data), IV_BYTES);
  return all.buffer;
}

/**
 * @param {CryptoKey} key
 * @param {ArrayBuffer} sealed
 * @param {string} name
 * @returns {Promise<Uint8Array>}
 */
export async function open(key, sealed, name) {
  const iv = new Uint8Array(sealed, 0, IV_BYTES);
  const data = new Uint8Array(sealed, IV_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: text.encode(name) }, key, data));
}

/**
 * @param {string} password
 * @param {Uint8Array} salt
 */
async function passwordKey(password, salt) {
  const base = await crypto.subtle.importKey("raw", text.encode(password), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", iterations: ROUNDS, salt: /** @type {BufferSource} */ (salt) };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/**
 * @param {Uint8Array} raw
 * @param {string} password
 * @returns {Promise<Wrapped>}
 */
export async function wrap(raw, password) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await passwordKey(password, salt), /** @type {BufferSource} */ (raw));
  return { salt, iv, data };
}

/**
 * The key again; null when the password is another.
 * @param {Wrapped} wrapped
 * @param {string} password
 * @returns {Promise<Uint8Array | null>}
 */
export async function unwrap({ salt, iv, data }, password) {
  try {
    const how = { name: "AES-GCM", iv: /** @type {BufferSource} */ (iv) };
    return new Uint8Array(await crypto.subtle.decrypt(how, await passwordKey(password, salt), data));
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

/** @param {string} value base64url */
export function fromBase64(value) {
  return Uint8Array.from(atob(value.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}
