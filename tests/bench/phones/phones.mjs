// Many phones in one process, each with the phone's own queue, API and items (map_ui/static/map_ui/phone). Reads a plan (a file
// named by the first argument), writes what happened as JSON to the second.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lines, Memory } from "./browserless.mjs";

const { Api } = await import("grid/phone/api.js");
const { report } = await import("grid/phone/items.js");
const { Queue } = await import("grid/phone/queue.js");
const { uuid7 } = await import("grid/lib/uuid7.js");

const TELL_MS = 30_000; // as sending.js
const DAY_MS = 86_400_000;
const [, , planFile, outFile] = process.argv;
const plan = JSON.parse(readFileSync(planFile, "utf8"));
const picture = readFileSync(plan.picture);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The picture with a comment of its own behind the first marker, so that no photo is like another. @param {string} words */
export function unlike(words) {
  const comment = Buffer.from(words);
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([picture.subarray(0, 2), head, comment, picture.subarray(2)]);
}

const began = performance.now();
const answers = [];
const reports = [];

class Phone {
  constructor(given, n) {
    Object.assign(this, { given, n, told_at: 0 });
    this.api = new Api(given.token);
    this.offset = 0;
    this.left = [];
    this.queue = new Queue({
      store: new Memory(), now: () => Date.now() + this.offset,
      send: (part, content, item) => this.send(part, content, item),
    });
  }

  async send(part, content, item) {
    this.offset = plan.clock_days ? plan.clock_days[Math.floor(item.seq / plan.clock_every) % plan.clock_days.length] * DAY_MS : 0;
    return this.api.send(part, content, () => undefined);
  }

  async fill(reportsOfOne, photosOfOne) {
    for (let i = 0; i < reportsOfOne; i++) {
      const captured = plan.captured ? plan.captured[i] : new Date().toISOString();
      const [x, y] = plan.points[(this.n + i) % plan.points.length];
      const photos = [];
      const makers = [];
      for (let k = 0; k < photosOfOne; k++) {
        const id = uuid7();
        const make = () => unlike(id);
        const bytes = make();
        photos.push({ id, sha256: sha256(bytes), bytes: { length: bytes.length }, type: "image/jpeg", role: "before" });
        makers.push(make);
      }
      const body = { category: "E0110", text: `${this.n}/${i}`, address: "", point: { x, y, datum: "wgs84", accuracy_m: 8 }, captured_at: captured, fixed: false, app: "bench" };
      const frozen = await report(body, photos);
      await this.queue.add(frozen.draft, [frozen.contents[0], ...makers]);
      reports.push({ id: frozen.draft.id, device: this.given.device, captured_at: captured, photos: photos.map(({ id, sha256: sum, bytes }) => ({ id, sha256: sum, size: bytes.length })) });
    }
  }

  /** As sending.js: send, tell the office what waits, come again when the queue says so. */
  async run(until) {
    for (;;) {
      const next = await this.queue.drain();
      await this.tell();
      const items = await this.queue.store.items();
      this.left = items.filter((item) => item.state !== "sent");
      if (!this.left.length || next === null || performance.now() > until) return;
      await sleep(Math.max(1000, next - this.queue.now()));
    }
  }

  async tell() {
    if (Date.now() - this.told_at < TELL_MS) return;
    const items = await this.queue.store.items();
    const waiting = items.filter((item) => item.state !== "sent");
    const photos = waiting.flatMap((item) => item.parts).filter((part) => part.kind === "photo" && !part.done).length;
    const body = { last_seq: items.length, waiting: waiting.length, oldest_at: null, photos, refused: waiting.filter((item) => item.state !== "waiting").length, app: "bench", free_bytes: null };
    if ((await this.api.call("PUT", "device/queue", { body })).status === 204) this.told_at = Date.now();
  }
}

/** Somebody at a screen meanwhile. */
async function looking(state) {
  const open = lines(plan.origin, ({ status, ms }) => state.seen.push({ status, ms }));
  while (!state.over) {
    await open(plan.page, { method: "GET", headers: {}, signal: AbortSignal.timeout(60_000) }).catch(() => undefined);
    await sleep(500);
  }
}

globalThis.fetch = /** @type {any} */ (lines(plan.origin, (seen) => answers.push({ ...seen, at: performance.now() - began })));
const phones = plan.devices.map((given, n) => new Phone(given, n));
for (const phone of phones) await phone.fill(plan.reports, plan.photos);
const state = { over: false, seen: [] };
const watching = plan.page ? looking(state) : null;
const start = performance.now();
const ends = [];
await Promise.all(phones.map(async (phone) => {
  await sleep(Math.random() * plan.within_s * 1000);
  await phone.run(start + plan.most_s * 1000);
  ends.push((performance.now() - start) / 1000);
}));
state.over = true;
await watching;
const left = phones.flatMap((phone) => phone.left.map(({ id, state: where, problem, faults }) => ({ id, state: where, problem, faults })));
writeFileSync(outFile, JSON.stringify({
  seconds: Math.max(...ends), ends, left, answers: answers.map((one) => ({ ...one, at: one.at - (start - began) })), page: state.seen, reports,
  cpu_s: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
}));
process.exit(0); // idle connections would keep it
