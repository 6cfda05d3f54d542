// @ts-check
/** Which packs a phone fetches and which it drops. Knows no browser and no network (tests/phone/packs.test.mjs). */

const HOMES = "homes:";
/** Packs that are read at the address of their name. */
const PLAIN = new Set(["catalogue", "cells", "fields"]);

/** @typedef {{fetch: string[], drop: string[], came: string[], left: string[]}} Difference came, left: codes of cells */

/** Where a pack is read, below /api/v1/; "" when it is none of the server's. @param {string} name */
export function addressOf(name) {
  if (PLAIN.has(name)) return name;
  return name.startsWith(HOMES) ? `homes/${encodeURIComponent(name.slice(HOMES.length))}` : "";
}

/** @param {string} cell @returns {string} */
export const homesOf = (cell) => HOMES + cell;

/** Codes of the cells among names of packs. @param {Iterable<string>} names @returns {string[]} */
export const cellsIn = (names) => [...names].filter((name) => name.startsWith(HOMES)).map((name) => name.slice(HOMES.length)).sort();

/**
 * What to do so that the phone holds what the server names, and nothing else of the server's.
 * @param {Record<string, string>} named pack → tag, as the server says
 * @param {Map<string, {tag: string}>} here packs on this phone; those that are its own affair are left alone
 * @returns {Difference}
 */
export function difference(named, here) {
  const known = Object.keys(named).filter(addressOf);
  const small = (/** @type {string} */ name) => (name.startsWith(HOMES) ? 1 : 0);
  const fetch = known.filter((name) => here.get(name)?.tag !== `"${named[name]}"`).sort((a, b) => small(a) - small(b) || (a < b ? -1 : 1));
  const drop = [...here.keys()].filter((name) => addressOf(name) && !(name in named));
  const [now, before] = [cellsIn(known), cellsIn(here.keys())];
  return { fetch, drop, came: now.filter((cell) => !before.includes(cell)), left: before.filter((cell) => !now.includes(cell)) };
}
