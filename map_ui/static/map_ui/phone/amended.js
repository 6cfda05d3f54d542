// @ts-check
/** What became of corrections: what still waits on this phone, and what the office decided about those that arrived. */

const MINE = "my amendments";

/** @typedef {{state: "here" | "stuck" | "waiting" | "approved" | "rejected", reason: string, at: number}} Fate */

/**
 * The newest fate of each field of each record. Pure (tests/phone/amended.test.mjs).
 * @param {import("grid/phone/queue.js").Item[]} items of the queue
 * @param {any[]} answered the server's list
 * @returns {Map<string, Fate>} by "person.phone ROW"
 */
export function fates(items, answered) {
  /** @type {Map<string, Fate>} */
  const found = new Map();
  const put = (/** @type {string} */ key, /** @type {Fate} */ fate) => {
    const known = found.get(key);
    if (!known || known.at <= fate.at) found.set(key, fate);
  };
  for (const row of answered) {
    put(`${row.field} ${row.row}`, { state: row.state, reason: row.reason, at: Date.parse(row.received_at) });
  }
  for (const item of items.filter(({ kind }) => kind === "amendment")) {
    const key = `${item.about.field} ${item.group.split(" ")[1]}`;
    if (item.state !== "sent") put(key, { state: item.state === "waiting" ? "here" : "stuck", reason: item.problem?.message ?? "", at: Infinity });
    else if (!answered.some((row) => row.amendment === item.id)) put(key, { state: "waiting", reason: "", at: item.created_at });
  }
  return found;
}

/**
 * The server's list as it was last seen; read anew first when there is a line.
 * @param {import("grid/phone/session.js").Session} session
 * @param {boolean} fresh
 * @returns {Promise<any[]>}
 */
export async function answered({ api, packs }, fresh) {
  const answer = fresh ? await api.call("GET", "amendments") : null;
  const rows = answer?.status === 200 && answer.body?.results;
  if (rows) await packs.put(MINE, "", rows);
  return rows || ((await packs.get(MINE)) ?? []);
}
