// @ts-check
/** An item as a file of its own, so that nothing is ever only on a phone that cannot send it. */

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 32_768) text += String.fromCharCode(...bytes.subarray(start, start + 32_768));
  return btoa(text);
}

/**
 * Gives the item to the browser as a download: JSON with every content as base64 under the hash it was frozen with.
 * @param {import("grid/phone/session.js").Session} session
 * @param {import("grid/phone/queue.js").Item} item
 */
export async function exported(session, item) {
  const parts = await Promise.all(item.parts.map(async (part, n) => ({ ...part, content: base64(await session.store.content(item.id, n)) })));
  const file = new Blob([JSON.stringify({ ...item, parts }, null, 1)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${item.kind}-${item.id}.json`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
