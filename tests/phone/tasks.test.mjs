// What is to be done as lists: order, distance, counts, pages put together, what may leave the phone.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { counts, gone, lampOf, merged, metres, sorted } from "grid/phone/tasks.js";

const NOW = Date.parse("2026-11-26T10:00:00Z");
const at = (minutes) => new Date(NOW + minutes * 60_000).toISOString();
const task = (name, more = {}) => ({ task: name, kind: "verify", state: "open", version: 1, lamp: "green", due_at: at(60), made_at: at(-60), lon: 114, lat: 20.5, number: name, ...more });
const place = fc.record({ lon: fc.double({ min: 73, max: 135, noNaN: true }), lat: fc.double({ min: 4, max: 54, noNaN: true }) });

test("metres are those of the ellipsoid to half a percent, the same both ways", () => {
  // ST_Distance(geography): a tenth of a degree east and north of 114, 20.5.
  assert.ok(Math.abs(metres({ lon: 114, lat: 20.5 }, { lon: 114.1, lat: 20.5 }) - 10_431) < 52);
  assert.ok(Math.abs(metres({ lon: 114, lat: 20.5 }, { lon: 114, lat: 20.6 }) - 11_072) < 56);
  fc.assert(fc.property(place, place, (a, b) => {
    assert.equal(metres(a, a), 0);
    assert.ok(Math.abs(metres(a, b) - metres(b, a)) < 1e-6);
  }));
});

test("what was in time when it was fetched turns red on the phone alone; what waits does not", () => {
  assert.equal(lampOf(task("a", { due_at: at(-1) }), NOW), "red");
  assert.equal(lampOf(task("a", { due_at: at(1), lamp: "yellow" }), NOW), "yellow");
  assert.equal(lampOf(task("a", { due_at: at(-1), lamp: "grey" }), NOW), "grey");
  assert.equal(lampOf(task("a", { due_at: null }), NOW), "green");
});

test("by time left: soonest first, no limit and paused clocks last", () => {
  const rows = [task("none", { due_at: null }), task("late", { due_at: at(90) }), task("paused", { due_at: at(-5), lamp: "grey", made_at: at(-90) }), task("over", { due_at: at(-9) })];
  assert.deepEqual(sorted(rows, "due", null).map((one) => one.task), ["over", "late", "paused", "none"]);
});

test("by distance from here; without a place by time left", () => {
  const rows = [task("far", { lon: 114.02, due_at: at(1) }), task("near", { lon: 114.001, due_at: at(99) })];
  assert.deepEqual(sorted(rows, "near", { lon: 114, lat: 20.5 }).map((one) => one.task), ["near", "far"]);
  assert.deepEqual(sorted(rows, "near", null).map((one) => one.task), ["far", "near"]);
});

test("sorting loses nothing and depends on nothing but the tasks", () => {
  const some = fc.array(fc.record({ n: fc.integer({ min: 0, max: 9 }), due: fc.option(fc.integer({ min: -99, max: 99 })), lon: fc.double({ min: 113, max: 115, noNaN: true }) }), { maxLength: 12 });
  fc.assert(fc.property(some, fc.constantFrom("due", "near"), (given, order) => {
    const rows = given.map(({ n, due, lon }, i) => task(`${n}-${i}`, { due_at: due === null ? null : at(due), lon }));
    const here = { lon: 114, lat: 20.5 };
    const once = sorted(rows, order, here).map((one) => one.task);
    assert.deepEqual(sorted([...rows].reverse(), order, here).map((one) => one.task), once);
    assert.deepEqual([...once].sort(), rows.map((one) => one.task).sort());
  }));
});

test("counts by kind, and those over their limit by now", () => {
  const rows = [task("a"), task("b", { kind: "check", due_at: at(-1) }), task("c", { kind: "handle", due_at: at(-1), lamp: "grey" }), task("d", { kind: "verify", lamp: "red", due_at: at(-3) })];
  assert.deepEqual(counts(rows, NOW), { verify: 2, check: 1, handle: 1, overdue: 2 });
});

test("a task that stands in two pages is there once, in its later version", () => {
  const found = merged([[task("a"), task("b", { version: 2 })], [task("b", { version: 1 }), task("a", { version: 3 })]]);
  assert.deepEqual(found.map((one) => [one.task, one.version]), [["a", 3], ["b", 2]]);
});

test("packs of tasks that are gone leave with their photos, other packs stay", () => {
  const names = ["catalogue", "cells", "tasks", "shift", "task 1", "task 2", "thumb a", "thumb b", "report 1"];
  assert.deepEqual(gone(names, ["1"], ["a"]), ["task 2", "thumb b"]);
  assert.deepEqual(gone(names, [], []), ["task 1", "task 2", "thumb a", "thumb b"]);
});
