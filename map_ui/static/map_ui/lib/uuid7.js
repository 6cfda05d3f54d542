// @ts-check
/** Time-ordered identifiers (UUIDv7, RFC 9562 §5.7) made in the browser. */

/**
 * @param {number} [at] milliseconds since 1970
 * @returns {string}
 */
export function uuid7(at = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(at / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * SHA-256 of bytes as 64 hexadecimal digits.
 * @param {Blob | Uint8Array} data
 * @returns {Promise<string>}
 */
export async function sha256(data) {
  const bytes = data instanceof Blob ? await data.arrayBuffer() : /** @type {BufferSource} */ (data);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
