// A server, a line and a disk for the queue, each able to do the worst that the real ones do.
import { createHash } from "node:crypto";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const answer = (status, body = {}, retry = null) => ({ status, body, retry_after_s: retry });

/** What a server must hold at the end: reports by id, photos by id, steps by key. */
export class Server {
  constructor() {
    this.reports = new Map();
    this.photos = new Map();
    this.announced = new Map();
    this.versions = new Map();
    /** In which stage of its case a photo of a step was stored: for another stage it does not count. */
    this.stages = new Map();
    this.steps = [];
    this.amendments = new Map();
    this.doubled = 0;
  }

  /** Version of a case: others move it on, our own steps do not here, so that later ones of the same phone stay right. */
  version(id) { return this.versions.get(id) ?? 1; }

  stage(id) { return Math.floor(this.version(id) / 3); }

  moveOn(id) { this.versions.set(id, this.version(id) + 1); }

  manifest(id) {
    const { photos } = this.reports.get(id);
    const state = Object.fromEntries(photos.map((one) => [one.id, this.photos.has(one.id) ? "stored" : "missing"]));
    return { report: id, photos: state, complete: !Object.values(state).includes("missing") };
  }

  owner(photo) {
    for (const [id, report] of this.reports) if (report.photos.some((one) => one.id === photo)) return id;
    return null;
  }

  take(part, content) {
    const [, kind, id] = part.url.split("/");
    if (kind === "reports") {
      const digest = sha256(content);
      const known = this.reports.get(id);
      if (known && known.digest !== digest) return answer(409, { code: "report_conflict" });
      const body = JSON.parse(new TextDecoder().decode(content));
      if (!known) this.reports.set(id, { digest, photos: body.photos });
      return answer(known ? 200 : 201, this.manifest(id));
    }
    if (kind === "announced") {
      this.announced.set(id, JSON.parse(new TextDecoder().decode(content)));
      return answer(200, { photo: id });
    }
    if (kind === "photos" && this.announced.has(id)) {
      const { sha256: wanted, case: of } = this.announced.get(id);
      if (sha256(content) !== wanted) return answer(422, { code: "photo_hash_mismatch" });
      if (!this.photos.has(id)) this.stages.set(id, this.stage(of));
      this.photos.set(id, wanted);
      return answer(200, { photo: id });
    }
    if (kind === "photos") {
      const owner = this.owner(id);
      if (!owner) return answer(404, { code: "photo_unknown" });
      const wanted = this.reports.get(owner).photos.find((one) => one.id === id).sha256;
      if (sha256(content) !== wanted) return answer(422, { code: "photo_hash_mismatch" });
      this.photos.set(id, wanted);
      const { photos } = this.manifest(owner);
      return answer(200, { photo: id, missing: Object.keys(photos).filter((one) => photos[one] === "missing") });
    }
    if (kind === "steps") {
      const key = sha256(content);
      const known = this.steps.find((one) => one.key === key);
      const { n, version, photo } = JSON.parse(new TextDecoder().decode(content));
      if (!known && version !== this.version(id)) return answer(409, { code: "case_version_stale", data: { version: this.version(id) } });
      if (!known && this.stages.get(photo) !== this.stage(id)) return answer(422, { code: "step_needs_field" });
      if (!known) this.steps.push({ key, case: id, n, photo });
      return answer(200, { case: id });
    }
    throw new Error(part.url);
  }
}

/** What may happen to one request. */
export const MISHAPS = [
  "fine", "fine", "fine", "fine", "lost", "swallowed", "doubled", "hurt", "cut", "500", "500 after", "503", "429", "401", "portal",
  "not kept",
];

/** The line between: one mishap a request, from a list that ends in fair weather. */
export class Line {
  constructor(server, mishaps) {
    this.server = server;
    this.mishaps = [...mishaps];
    this.online = true;
    this.token = true;
  }

  async send(part, content) {
    if (!this.online) return answer(0);
    const mishap = this.mishaps.shift() ?? "fine";
    if (mishap === "401") this.token = false;
    if (!this.token) return answer(401, { code: "token_revoked" });
    if (mishap === "lost") return answer(0);
    if (mishap === "503") return answer(503, {}, 5);
    if (mishap === "429") return answer(429, { code: "too_many_requests" }, 30);
    if (mishap === "500") return answer(500, {});
    if (mishap === "portal") return answer(200, null);
    if (mishap === "hurt" && part.kind === "photo") return this.server.take(part, content.map((byte) => byte ^ 1));
    if (mishap === "cut" && part.kind === "photo") return answer(422, { code: "photo_truncated" });
    const given = this.server.take(part, content);
    if (mishap === "not kept" && part.photo && !this.server.announced.has(part.photo) && given.status === 200) {
      this.server.photos.delete(part.photo);
      return answer(200, { ...given.body, missing: [...given.body.missing, part.photo] });
    }
    if (mishap === "doubled") return this.server.take(part, content);
    if (mishap === "swallowed") return answer(0);
    return mishap === "500 after" ? answer(500, {}) : given;
  }
}

/** A disk whose every method is one transaction: done whole or not at all. */
export class Disk {
  constructor() {
    this.rows = new Map();
    this.contents = new Map();
    this.seq = 0;
    this.room = Infinity;
  }

  add(draft, contents) {
    const size = contents.reduce((sum, one) => sum + one.length, 0);
    if (size > this.room) throw new DOMException("full", "QuotaExceededError");
    this.room -= size;
    const item = structuredClone({ ...draft, seq: ++this.seq });
    this.rows.set(item.id, item);
    contents.forEach((content, n) => this.contents.set(`${item.id}/${n}`, Uint8Array.from(content)));
    return structuredClone(item);
  }

  items() { return [...this.rows.values()].sort((a, b) => a.seq - b.seq).map((item) => structuredClone(item)); }
  put(item) { this.rows.set(item.id, structuredClone(item)); }
  content(id, n) {
    const found = this.contents.get(`${id}/${n}`);
    if (!found) throw new Error(`content ${id}/${n} is gone`);
    return found;
  }
  finish(item) {
    this.put(item);
    item.parts.forEach((_part, n) => this.contents.delete(`${item.id}/${n}`));
  }
  replace(id, draft, contents) {
    const old = this.rows.get(id);
    if (old?.state !== "refused" && old?.state !== "parked") throw new Error(`item ${id} is not stuck`);
    const item = structuredClone({ ...draft, seq: old.seq });
    this.remove(id);
    this.rows.set(item.id, item);
    contents.forEach((content, n) => this.contents.set(`${item.id}/${n}`, Uint8Array.from(content)));
    return structuredClone(item);
  }
  remove(id) {
    this.rows.get(id)?.parts.forEach((_part, n) => this.contents.delete(`${id}/${n}`));
    this.rows.delete(id);
  }
}

/** Everything a running program touches goes through a fuse: after so many touches the program is dead, without a farewell. */
export class Fuse {
  constructor(touches) {
    this.left = touches;
    this.blown = new Promise((resolve) => { this.blow = resolve; });
  }

  /** Before or after the act, as the count falls: what was begun may have been done. */
  async through(act) {
    if (this.left-- === 0) return this.die();
    const result = await act();
    if (this.left-- === 0) return this.die();
    return result;
  }

  die() {
    this.blow("killed");
    return new Promise(() => {});
  }

  wrap(target, names) {
    return Object.fromEntries(names.map((name) => [name, (...given) => this.through(async () => target[name](...given))]));
  }
}
