// Homes on the phone: packs that come and go, finding, doors by floor, what a correction says, what became of it, tiles.
import assert from "node:assert/strict";
import test from "node:test";
import { fates } from "grid/phone/amended.js";
import { seen, tidy, wrong } from "grid/phone/checks.js";
import { find, indexOf, stairs, stateOf } from "grid/phone/homeindex.js";
import { metres } from "grid/phone/tasks.js";
import { addressOf, difference } from "grid/phone/packs.js";
import { listed, MOST } from "grid/phone/tilelist.js";

const here = (tags) => new Map(Object.entries(tags).map(([name, tag]) => [name, { tag: tag && `"${tag}"` }]));

test("only what differs is fetched, reference data first; what is not named goes; one's own notes stay", () => {
  const named = { "homes:2": "b", "homes:1": "a", catalogue: "c2", cells: "x", fields: "f", unheard: "1" };
  const what = difference(named, here({ "homes:1": "a", "homes:3": "z", catalogue: "c1", cells: "x", "my reports": "", lately: "" }));
  assert.deepEqual(what, { fetch: ["catalogue", "fields", "homes:2"], drop: ["homes:3"], came: ["2"], left: ["3"] });
  assert.deepEqual(difference(named, here(named)).fetch, []);
  assert.equal(addressOf("homes:009901001001001"), "homes/009901001001001");
  assert.equal(addressOf("my reports"), "");
});

test("a scope that ended drops every home and nothing else", () => {
  const what = difference({ catalogue: "c" }, here({ catalogue: "c", "homes:1": "a", "homes:2": "b", "report 7": "" }));
  assert.deepEqual([what.fetch, what.drop, what.left], [[], ["homes:1", "homes:2"], ["1", "2"]]);
});

const building = (id, name, point, more = {}) => ({ id, name, estate: "榕树苑", address: "榕树路8号", code: `4401040010010${id.padStart(4, "0")}`, use: "residential", floors: 3, point, entrances: [], ...more });
const door = (id, of, room, more = {}) => ({ id, building: of, entrance: "", floor: Number(room.slice(0, -2)), room, use: "residential", area_m2: "", living: 0, registered: 0, households: 0, ...more });
const person = (id, name, more = {}) => ({ id, name, sex: 1, born: 1970, mine: true, id_no: "", phone: "138****0001", education: "", marital: "", employment: "", alone: false, life: "present", ...more });
const PACK = {
  cell: "1", people: true,
  buildings: [building("1", "1栋", [113.26, 23.13]), building("2", "2栋", [113.27, 23.13]), building("12", "12栋", [113.28, 23.13], { address: "" })],
  doors: [
    door("d1", "1", "301", { entrance: "2", living: 2 }), door("d2", "1", "1001", { entrance: "10" }), door("d3", "1", "302", { entrance: "2", registered: 1 }),
    door("d4", "2", "301"), door("d5", "1", "101", { entrance: "2" }), door("d6", "1", "1002", { entrance: "2" }),
  ],
  households: [{ id: "h", number: "8", collective: false, building: "1", door: "d1" }],
  members: [{ household: "h", person: "q", relation: "20" }, { household: "h", person: "p", relation: "02" }],
  stays: [{ building: "1", door: "d1", person: "p", kind: "actual" }, { building: "1", door: null, person: "r", kind: "actual" }],
  persons: [person("p", "王*河"), person("q", "王*", { born: 2001 }), person("r", "李*")],
};

test("households stand at their doors, the head first; who has no door stands at the building", () => {
  const index = indexOf([PACK]);
  assert.deepEqual(index.homes.get("d1")[0].members.map(({ person: one }) => one.name), ["王*河", "王*"]);
  assert.deepEqual(index.stays.get("1").map(({ person: one }) => one.id), ["r"]);
  assert.equal(index.buildings.get("1").cell, "1");
});

test("of somebody who is told twice the fuller record counts", () => {
  const outside = { id: "p", name: "王*河", sex: 1, born: 1970, mine: false };
  for (const packs of [[PACK, { ...PACK, cell: "2", persons: [outside] }], [{ ...PACK, cell: "2", persons: [outside] }, PACK]]) assert.equal(indexOf(packs).persons.get("p").phone, "138****0001");
});

const names = (text, at = null) => find(indexOf([PACK]), text, at).map(({ building: one, doors }) => [one.name, ...doors.map((each) => each.id)].join(" "));

test("buildings are found by name, number and address, in the order of numbers or by distance", () => {
  assert.deepEqual(names(""), ["1栋", "2栋", "12栋"]);
  assert.deepEqual(names("榕树苑 2栋"), ["2栋", "12栋"]);
  assert.deepEqual(names("榕树路"), ["1栋", "2栋"]);
  assert.deepEqual(names("", { lon: 113.2801, lat: 23.13 }), ["12栋", "2栋", "1栋"]);
  assert.deepEqual(names("木棉"), []);
});

test("a room leads to the door, with or without its entrance, and never to another number", () => {
  assert.deepEqual(names("榕树苑1栋2单元301"), ["1栋 d1"]);
  assert.deepEqual(names("榕树苑1栋 301室"), ["1栋 d1"]);
  assert.deepEqual(names("榕树苑1栋2-301"), ["1栋 d1"]);
  assert.deepEqual(names("1栋10单元1001"), ["1栋 d2"]);
  assert.deepEqual(names("榕树苑1栋3301"), []);
  assert.deepEqual(names("301"), []);
});

test("doors stand by entrance, floors from the top, rooms in order", () => {
  const [first, second] = stairs(PACK.doors.filter((one) => one.building === "1"));
  assert.deepEqual([first.entrance, first.floors.map(({ floor, doors }) => [floor, doors.map((one) => one.room)])], ["2", [[10, ["1002"]], [3, ["301", "302"]], [1, ["101"]]]]);
  assert.equal(second.entrance, "10");
  assert.deepEqual(PACK.doors.slice(0, 3).map(stateOf), ["living", "empty", "registered"]);
  assert.ok(Math.abs(metres({ lon: 113.26, lat: 23.13 }, { lon: 113.27, lat: 23.13 }) - 1023) < 3);
});

test("a correction says what was seen and takes only what can be right", () => {
  const one = PACK.persons[0];
  assert.deepEqual(["person.phone", "person.birth_date", "person.gone", "person.sex", "dwelling.newcomer"].map((key) => seen(key, one)), ["138****0001", "1970", "present", "1", ""]);
  assert.equal(seen("person.birth_date", { born: null }), "");
  assert.equal(tidy("tel", "+86 138 0013 8000"), "13800138000");
  assert.equal(tidy("id", "11010519491231002x "), "11010519491231002X");
  const today = "2026-11-26";
  assert.deepEqual([["tel", "13800138000"], ["tel", "020-83330000"], ["id", "11010519491231002X"], ["date", today], ["number", "86.5"], ["name", "阿依古丽·买买提"], ["text", "x"]].map(([kind, value]) => wrong(kind, value, today)), ["", "", "", "", "", "", ""]);
  assert.deepEqual([["tel", "138001380"], ["id", "110105194912310021"], ["date", "2026-11-27"], ["number", "86,5"], ["name", "王2"], ["text", ""]].map(([kind, value]) => wrong(kind, value, today)), ["tel", "id", "date", "number", "name", "missing"]);
});

test("what waits here stands before what was decided; what arrived waits for the office", () => {
  const item = (id, state, more = {}) => ({ id, kind: "amendment", group: "person p", about: { field: "person.phone" }, state, created_at: 5, problem: null, ...more });
  const decided = { amendment: "a", field: "person.phone", row: "p", state: "rejected", reason: "号码是空号", received_at: "1970-01-01T00:00:00.003Z" };
  const of = (items, rows) => fates(items, rows).get("person.phone p");
  assert.deepEqual(of([item("a", "sent")], [decided]), { state: "rejected", reason: "号码是空号", at: 3 });
  assert.equal(of([item("a", "sent"), item("b", "waiting")], [decided]).state, "here");
  assert.equal(of([item("b", "sent")], [decided]).state, "waiting");
  assert.deepEqual(of([item("b", "refused", { problem: { message: "no" } })], []), { state: "stuck", reason: "no", at: Infinity });
});

test("tiles lie under the cells, each once, and never too many", () => {
  const square = (west, size) => ({ geometry: { coordinates: [[[[west, 23.1], [west + size, 23.1], [west + size, 23.1 + size], [west, 23.1]]]] } });
  const few = listed({ features: [square(113.26, 0.004), square(113.261, 0.004)] }, 16);
  assert.deepEqual([...new Set(few.map(({ z }) => z))], [13, 14, 15, 16]);
  assert.equal(new Set(few.map(({ z, x, y }) => `${z}/${x}/${y}`)).size, few.length);
  const [{ x, y }] = listed({ features: [square(113.26, 0.0001)] }, 13);
  assert.deepEqual([x, y], [6673, 3555]);
  const many = listed({ features: [square(113, 0.3)] }, 16);
  assert.ok(many.length <= MOST && many.length > 0);
  assert.deepEqual(listed(undefined, 16), []);
});
