// @ts-check
/** What the phone takes along: packs by name, each with the tag by which the server knows whether it is still right. */
import { t } from "grid/lib/phrases.js";

/** @typedef {import("grid/phone/session.js").Session} Session */

const PATHS = /** @type {Record<string, string>} */ ({ catalogue: "catalogue", cells: "cells" });

/**
 * A pack: what is here, else from the server; undefined when neither is to be had.
 * @param {Session} session
 * @param {string} name
 */
export async function pack(session, name) {
  return (await session.packs.get(name)) ?? (await refresh(session, name)).value;
}

/**
 * Reads a pack anew when the server has another one.
 * @param {Session} session
 * @param {string} name
 * @returns {Promise<{value: any, status: number}>}
 */
export async function refresh(session, name) {
  const known = (await session.packs.list()).get(name);
  const answer = await session.api.call("GET", PATHS[name], { headers: known ? { "If-None-Match": known.tag } : {} });
  if (answer.status !== 200 || !answer.body) return { value: undefined, status: answer.status };
  await session.packs.put(name, answer.tag, answer.body);
  return { value: answer.body, status: 200 };
}

/** Reads everything anew that changed. @param {Session} session @returns {Promise<string>} what went wrong, in words; "" when nothing */
export async function refreshAll(session) {
  for (const name of Object.keys(PATHS)) {
    const { status } = await refresh(session, name);
    if (status === 0) return t("No connection. Nothing was lost; try again.");
    if (status !== 200 && status !== 304) return t("The server answered %(status)s. Nothing was changed.", { status });
  }
  return "";
}
