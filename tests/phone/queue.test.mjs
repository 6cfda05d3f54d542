// Thousands of histories of capture, kill, reload, dead lines and strange answers: nothing is lost, nothing comes twice.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, MOST_FAULTS, Queue, judge, pause, ready } from "../../map_ui/static/map_ui/phone/queue.js";
import { Disk, Fuse, Line, MISHAPS, Server, sha256 } from "./model.mjs";

const HISTORIES = Number(process.env.GRID_HISTORIES ?? 10000);
const STORE = ["add", "items", "put", "content", "finish", "remove", "replace"];
const bytes = (text) => new TextEncoder().encode(text);

function reportDraft(id, photos) {
  const body = bytes(JSON.stringify({ id, photos: photos.map((one) => ({ id: one.id, sha256: sha256(one.bytes) })) }));
  const part = (kind, url, content, more) => ({ kind, method: "PUT", url, type: "", size: content.length, sha256: sha256(content), done: false, ...more });
  return {
    draft: {
      id, kind: "report", group: id, about: {},
      parts: [
        part("json", `/reports/${id}`, body, { echo: ["report", id] }),
        ...photos.map((one) => part("photo", `/photos/${one.id}`, one.bytes, { photo: one.id, echo: ["photo", one.id] })),
      ],
    },
    contents: [body, ...photos.map((one) => one.bytes)],
    body,
  };
}

/** A step as items.js freezes it: announced, its photo, then the step for a version of its case. */
function stepDraft(id, group, n, version) {
  const photo = `${id}p`;
  const shot = bytes(`step ${n} photo`);
  const json = (url, body, echo) => [{ kind: "json", method: "POST", url, type: "", size: 1, sha256: "", done: false, echo }, bytes(JSON.stringify(body))];
  const rows = [
    json(`/announced/${photo}`, { sha256: sha256(shot), case: group }, ["photo", photo]),
    [{ kind: "photo", method: "PUT", url: `/photos/${photo}`, type: "", size: shot.length, sha256: sha256(shot), done: false, photo, echo: ["photo", photo] }, shot],
    json(`/steps/${group}`, { key: id, n, version, photo }, ["case", group]),
  ];
  return { draft: { id, kind: "step", group, about: { case: group, number: group, action: "verify_ok", name: "", task: "", photos: 1 }, parts: rows.map(([part]) => part) }, contents: rows.map(([, content]) => content) };
}

/** The same work for another version, as items.again does it: what the server has of photos is not sent again, unless anew. */
function stepAgain(id, item, contents, version) {
  const old = JSON.parse(new TextDecoder().decode(contents.at(-1)));
  if (item.problem.code === "step_needs_field") return stepDraft(id, item.group, old.n, version);
  const { about, group, kind } = item;
  return { draft: { id, kind, group, about, parts: [...item.parts.slice(0, -1), { ...item.parts.at(-1), done: false }] }, contents: [...contents.slice(0, -1), bytes(JSON.stringify({ ...old, key: id, version }))] };
}

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("report"), photos: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("step"), case: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send"), touches: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 0, max: 600_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clock"), ms: fc.integer({ min: -4e8, max: 4e8 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("move"), case: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("again"), touches: fc.integer({ min: 0, max: 8 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: "offline" }) },
  { weight: 1, arbitrary: fc.constant({ do: "online" }) },
  { weight: 1, arbitrary: fc.constant({ do: "signin" }) },
);

class History {
  constructor(mishaps) {
    this.server = new Server();
    this.line = new Line(this.server, mishaps);
    this.disk = new Disk();
    this.now = 1_700_000_000_000;
    this.captured = [];
    this.steps = [];
    this.made = 0;
  }

  start(fuse) {
    const store = fuse.wrap(this.disk, STORE);
    const { send } = fuse.wrap(this.line, ["send"]);
    return new Queue({ store, send, now: () => this.now, random: () => 0.5 });
  }

  /** A program that lives for so many touches of disk and line. */
  async live(touches, job) {
    const fuse = new Fuse(touches);
    return Promise.race([job(this.start(fuse)).then(() => "lived"), fuse.blown]);
  }

  async capture(count) {
    const id = `r${this.made++}`;
    const photos = Array.from({ length: count }, (_, n) => ({ id: `${id}p${n}`, bytes: bytes(`${id} photo ${n}`) }));
    const { draft, contents, body } = reportDraft(id, photos);
    await this.live(Infinity, (queue) => queue.add(draft, contents));
    this.captured.push({ id, photos, body });
  }

  async step(name) {
    const id = `s${this.made++}`;
    const group = `case${name}`;
    const { draft, contents } = stepDraft(id, group, this.made, this.server.version(group));
    await this.live(Infinity, (queue) => queue.add(draft, contents));
    this.steps.push({ id, case: group, n: this.made });
  }

  /** Whoever carries the phone looks at the first step that was refused and does it again on the present state. */
  async again(touches) {
    const item = this.disk.items().find((one) => one.kind === "step" && one.state === "refused");
    if (!item) return;
    const old = item.parts.map((_part, n) => this.disk.content(item.id, n));
    const { draft, contents } = stepAgain(`s${this.made++}`, item, old, this.server.version(item.group));
    await this.live(touches, (queue) => queue.replace(item.id, draft, contents));
    this.replaced = (this.replaced ?? 0) + 1;
  }

  async apply(one) {
    if (one.do === "report") await this.capture(one.photos);
    if (one.do === "step") await this.step(one.case);
    if (one.do === "send") await this.live(one.touches, (queue) => queue.drain());
    if (one.do === "move") this.server.moveOn(`case${one.case}`);
    if (one.do === "again") await this.again(one.touches);
    if (one.do === "wait") this.now += one.ms;
    if (one.do === "clock") this.now += one.ms;
    if (one.do === "offline") this.line.online = false;
    if (one.do === "online") this.line.online = true;
    if (one.do === "signin") this.line.token = true;
    this.nothingLost();
  }

  /** At every moment: on the phone with its very bytes, or complete on the server. */
  nothingLost() {
    const items = new Map(this.disk.items().map((item) => [item.id, item]));
    for (const { id, photos, body } of this.captured) {
      const item = items.get(id);
      assert.ok(item, `${id} left the phone`);
      if (item.state === "sent") {
        assert.equal(this.server.reports.get(id)?.digest, sha256(body));
        for (const photo of photos) assert.equal(this.server.photos.get(photo.id), sha256(photo.bytes));
        continue;
      }
      assert.deepEqual(this.disk.content(id, 0), body);
      photos.forEach((photo, n) => assert.deepEqual(this.disk.content(id, n + 1), photo.bytes));
    }
    for (const { n, case: group } of this.steps) this.stepNotLost(n, group);
  }

  /** The work of a step is in one item whatever key it goes under, or the server has it. */
  stepNotLost(n, group) {
    const holds = this.disk.items().filter((item) => {
      if (item.kind !== "step" || item.group !== group || item.state === "sent") return false;
      assert.equal(new TextDecoder().decode(this.disk.content(item.id, 1)).startsWith("step "), true);
      return JSON.parse(new TextDecoder().decode(this.disk.content(item.id, 2))).n === n;
    });
    const arrived = this.server.steps.filter((one) => one.n === n);
    assert.ok(holds.length <= 1 && arrived.length <= 1, `step ${n} is there twice`);
    assert.ok(holds.length + arrived.length >= 1, `step ${n} is lost`);
    for (const one of arrived) assert.equal(one.case, group);
  }

  /** Fair weather, and whoever carries the phone does what the list says. */
  async finish() {
    Object.assign(this.line, { online: true, token: true, mishaps: [] });
    for (let round = 0; round < 60; round++) {
      const queue = this.start(new Fuse(Infinity));
      await queue.drain();
      const open = this.disk.items().filter((item) => item.state !== "sent");
      if (!open.length) return;
      while (this.disk.items().some((one) => one.kind === "step" && one.state === "refused")) await this.again(Infinity);
      for (const item of open.filter((one) => one.state === "parked" || (one.state === "refused" && one.kind !== "step"))) await queue.retry(item.id);
      this.now = Math.max(this.now, ...open.map((item) => item.next_at));
    }
    assert.fail(`still on the phone: ${JSON.stringify(this.disk.items().filter((item) => item.state !== "sent"))}`);
  }
}

test(`${HISTORIES} histories: nothing lost, nothing doubled, order kept`, async () => {
  let captured = 0;
  let replaced = 0;
  let kills = 0;
  await fc.assert(fc.asyncProperty(
    fc.array(act, { minLength: 3, maxLength: 40 }),
    fc.array(fc.constantFrom(...MISHAPS), { maxLength: 80 }),
    async (acts, mishaps) => {
      const history = new History(mishaps);
      for (const one of acts) await history.apply(one);
      await history.finish();
      history.nothingLost();
      assert.equal(history.server.reports.size, history.captured.length);
      for (const { photos } of history.captured) for (const one of photos) assert.ok(history.server.photos.has(one.id));
      for (const { n, photo } of history.server.steps) assert.equal(history.server.photos.get(photo), sha256(bytes(`step ${n} photo`)));
      assert.equal(history.disk.contents.size, 0);
      for (const name of ["case0", "case1"]) {
        assert.deepEqual(history.server.steps.filter((one) => one.case === name).map((one) => one.n),
          history.steps.filter((one) => one.case === name).map((one) => one.n));
      }
      replaced += history.replaced ?? 0;
      captured += history.captured.length;
      kills += acts.filter((one) => one.do === "send" && one.touches < 20).length;
    },
  ), { numRuns: HISTORIES });
  // The histories must be worth something: how often each happens is a matter of chance, that it does is not.
  assert.ok(captured > HISTORIES / 2 && kills > HISTORIES / 2 && replaced > HISTORIES / 50, `${captured} ${kills} ${replaced}`);
  console.log(`histories ${HISTORIES}, reports ${captured}, short lives ${kills}, steps done again ${replaced}`);
});

test("pauses double, are scattered and never come before what the server asks for", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.option(fc.integer({ min: 0, max: 600 })), fc.double({ min: 0, max: 0.999, noNaN: true }), (n, asked, chance) => {
    const ms = pause(n, asked, chance);
    assert.ok(ms >= (asked ?? 0) * 1000);
    assert.ok(ms >= FIRST_PAUSE_MS / 2 && ms <= Math.max(LONGEST_PAUSE_MS, (asked ?? 0) * 1250));
  }));
  assert.ok(pause(1, null, 0.1) < pause(3, null, 0.1));
});

test("an answer is ours only when it names what was sent", () => {
  const echo = ["report", "a"];
  assert.equal(judge({ status: 200, body: null, retry_after_s: null }, echo), "rest");
  assert.equal(judge({ status: 200, body: { report: "b" }, retry_after_s: null }, echo), "rest");
  assert.equal(judge({ status: 201, body: { report: "a" }, retry_after_s: null }, echo), "done");
  assert.equal(judge({ status: 409, body: { code: "report_conflict" }, retry_after_s: null }, echo), "refused");
});

test("what a full disk does not take leaves nothing behind", async () => {
  const disk = new Disk();
  disk.room = 10;
  const queue = new Queue({ store: new Fuse(Infinity).wrap(disk, STORE), send: async () => assert.fail("nothing to send") });
  const { draft, contents } = reportDraft("r", [{ id: "p", bytes: bytes("a photo too large for it") }]);
  await assert.rejects(queue.add(draft, contents), /full/);
  assert.equal(disk.rows.size + disk.contents.size, 0);
});

test("poison is set aside after some tries and blocks nobody", async () => {
  const history = new History([]);
  await history.capture(0);
  await history.capture(0);
  const send = history.line.send.bind(history.line);
  history.line.send = async (part, content) => (part.url === "/reports/r0" ? { status: 500, body: {}, retry_after_s: null } : send(part, content));
  for (let round = 0; round < MOST_FAULTS + 1; round++) {
    await history.live(Infinity, (queue) => queue.drain());
    history.now += LONGEST_PAUSE_MS;
  }
  const [first, second] = history.disk.items();
  assert.equal(first.state, "parked");
  assert.equal(second.state, "sent");
  assert.ok(history.disk.content("r0", 0).length > 0);
});

test("a refused step holds back the later ones of its case and no others", async () => {
  const history = new History([]);
  await history.step(0);
  await history.step(0);
  await history.step(1);
  const send = history.line.send.bind(history.line);
  history.line.send = async (part, content) => (part.url.endsWith("case0")
    ? { status: 409, body: { code: "case_version_stale", message: "", data: { version: 3 } }, retry_after_s: null }
    : send(part, content));
  await history.live(Infinity, (queue) => queue.drain());
  assert.deepEqual(history.disk.items().map((item) => item.state), ["refused", "waiting", "sent"]);
  assert.equal(history.disk.items()[0].problem.data.version, 3);
  assert.equal(ready(history.disk.items(), Infinity), null);
});

test("another step takes the place of a refused one; of one that waits or has arrived it does not", async () => {
  const history = new History([]);
  await history.step(0);
  await history.step(0);
  const before = history.disk.items();
  const other = () => stepDraft("new", "case0", 99, 1);
  const queue = history.start(new Fuse(Infinity));
  await assert.rejects(queue.replace(before[0].id, other().draft, other().contents), /not stuck/);
  history.server.moveOn("case0");
  await queue.drain();
  assert.deepEqual(history.disk.items().map((item) => item.state), ["refused", "waiting"]);
  await history.again(Infinity);
  const after = history.disk.items();
  assert.deepEqual(after.map((item) => item.seq), [1, 2]);
  assert.deepEqual(after[0].parts.map((part) => part.done), [true, true, false]);
  assert.equal(history.disk.contents.size, 6);
  await queue.drain();
  assert.deepEqual(history.server.steps.map((one) => one.n), [history.steps[0].n]);
  await assert.rejects(queue.replace(after[0].id, other().draft, other().contents), /not stuck/);
});

test("photos wait for wifi, the report does not", async () => {
  const history = new History([]);
  await history.capture(2);
  const disk = new Fuse(Infinity).wrap(history.disk, STORE);
  const queue = new Queue({ store: disk, send: history.line.send.bind(history.line), now: () => history.now, may: (part) => part.kind === "json" });
  await queue.drain();
  assert.equal(history.server.reports.size, 1);
  assert.equal(history.server.photos.size, 0);
  assert.equal(history.disk.items()[0].state, "waiting");
  queue.may = () => true;
  await queue.drain();
  assert.equal(history.server.photos.size, 2);
  assert.equal(history.disk.items()[0].state, "sent");
});

test("what waits its turn cannot be given up", async () => {
  const history = new History([]);
  await history.capture(0);
  const queue = history.start(new Fuse(Infinity));
  await assert.rejects(queue.discard("r0"));
  assert.equal(history.disk.items().length, 1);
});
