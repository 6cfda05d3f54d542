// @ts-check
/** What is to be done, as lists: urgent first or near first, counted, put together from pages. Knows no browser. */

const EARTH_M = 6_371_008.8;
/** Farther from the point than this is said and kept with the step; it stops nobody. */
export const FAR_M = 100;
const NEVER = Number.POSITIVE_INFINITY;

/** @typedef {{task: string, kind: string, state: string, version: number, lamp: string, due_at: string | null, made_at: string, lon: number, lat: number, number: string, [more: string]: any}} Task a line of `GET tasks` */
/** @typedef {{lon: number, lat: number}} Place WGS-84 */
/** @typedef {"due" | "near"} Order */

/**
 * Metres between two places, on a sphere: good to a third of a percent.
 * @param {Place} one
 * @param {Place} other
 */
export function metres(one, other) {
  const rad = Math.PI / 180;
  const half = (/** @type {number} */ a) => Math.sin(a / 2) ** 2;
  const across = half((other.lat - one.lat) * rad) + Math.cos(one.lat * rad) * Math.cos(other.lat * rad) * half((other.lon - one.lon) * rad);
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(across)));
}

/**
 * The lamp as it is by now: what was in time when it was fetched may be over without the phone having heard of it.
 * @param {Task} task
 * @param {number} now milliseconds
 */
export function lampOf({ lamp, due_at }, now) {
  if (lamp === "grey" || lamp === "done" || !due_at) return lamp;
  return Date.parse(due_at) <= now ? "red" : lamp;
}

/**
 * By time left (those whose clock waits or that have no limit last) or by distance from here; without a place by time.
 * @param {Task[]} tasks
 * @param {Order} order
 * @param {Place | null} here
 */
export function sorted(tasks, order, here) {
  const due = (/** @type {Task} */ task) => (task.due_at && task.lamp !== "grey" ? Date.parse(task.due_at) : NEVER);
  const far = (/** @type {Task} */ task) => (order === "near" && here ? metres(here, task) : 0);
  const less = (/** @type {number} */ a, /** @type {number} */ b) => (a < b ? -1 : Number(a > b));
  return [...tasks].sort((a, b) => less(far(a), far(b)) || less(due(a), due(b)) || less(Date.parse(a.made_at), Date.parse(b.made_at)) || (a.task < b.task ? -1 : 1));
}

/**
 * How many of each kind and how many are over their limit.
 * @param {Task[]} tasks
 * @param {number} now milliseconds
 */
export function counts(tasks, now) {
  const of = (/** @type {string} */ kind) => tasks.filter((task) => task.kind === kind).length;
  return { verify: of("verify"), check: of("check"), handle: of("handle"), overdue: tasks.filter((task) => lampOf(task, now) === "red").length };
}

/**
 * Pages put together. A task that moved from one page to another while they were read stands in both: the later version stays.
 * @param {Task[][]} pages
 */
export function merged(pages) {
  /** @type {Map<string, Task>} */
  const found = new Map();
  for (const task of pages.flat()) {
    const known = found.get(task.task);
    if (!known || known.version <= task.version) found.set(task.task, task);
  }
  return [...found.values()];
}

/**
 * Packs of tasks and of their photos that are nobody's any more on this phone.
 * @param {Iterable<string>} names of packs
 * @param {string[]} tasks UUIDs that are mine
 * @param {string[]} photos UUIDs that those show
 */
export function gone(names, tasks, photos) {
  const wanted = new Set([...tasks.map(packOf), ...photos.map(thumbOf)]);
  return [...names].filter((name) => /^(task|thumb) /.test(name) && !wanted.has(name));
}

/** @param {string} task UUID */
export const packOf = (task) => `task ${task}`;
/** @param {string} photo UUID */
export const thumbOf = (photo) => `thumb ${photo}`;
