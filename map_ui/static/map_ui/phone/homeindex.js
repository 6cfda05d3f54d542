// @ts-check
/** Buildings, doors and people of the packs on this phone: found by words, ordered by distance, grouped by floor. Pure. */
import { metres } from "grid/phone/tasks.js";

/** @typedef {{id: string, name: string, estate: string, address: string, code: string, use: string, floors: number | null, point: [number, number], entrances: {id: string, number: string}[], cell: string, people: boolean}} Building */
/** @typedef {{id: string, building: string, entrance: string, floor: number, room: string, use: string, area_m2: string, living: number, registered: number, households: number}} DoorRow */
/** @typedef {{id: string, name: string, sex: number, born: number | null, mine: boolean, id_no: string, phone: string, education: string, marital: string, employment: string, alone: boolean, life: string}} Person */
/** @typedef {{id: string, number: string, collective: boolean, building: string, door: string | null, members: {person: Person, relation: string}[]}} Household */
/** @typedef {{buildings: Map<string, Building>, doors: Map<string, DoorRow>, byBuilding: Map<string, DoorRow[]>, persons: Map<string, Person>, households: Map<string, Household>, homes: Map<string, Household[]>, stays: Map<string, {person: Person, kind: string}[]>}} Index homes and stays by door, of people without a known door by building */

const HEAD = "02";

/** @param {any[]} packs homes of cells @returns {Index} */
export function indexOf(packs) {
  /** @type {Index} */
  const found = { buildings: new Map(), doors: new Map(), byBuilding: new Map(), persons: new Map(), households: new Map(), homes: new Map(), stays: new Map() };
  for (const pack of packs) {
    for (const row of pack.buildings) found.buildings.set(row.id, { ...row, cell: pack.cell, people: pack.people });
    for (const row of pack.persons) if (!found.persons.get(row.id)?.mine) found.persons.set(row.id, row);
    for (const row of pack.doors) {
      found.doors.set(row.id, row);
      add(found.byBuilding, row.building, row);
    }
    for (const row of pack.households) {
      const home = { ...row, members: [] };
      found.households.set(row.id, home);
      add(found.homes, row.door ?? row.building, home);
    }
  }
  for (const pack of packs) {
    for (const { household, person, relation } of pack.members) {
      const one = found.persons.get(person);
      if (one) found.households.get(household)?.members.push({ person: one, relation });
    }
    for (const { building, door, person, kind } of pack.stays) {
      const one = found.persons.get(person);
      if (one) add(found.stays, door ?? building, { person: one, kind });
    }
  }
  for (const home of found.households.values()) home.members.sort((a, b) => rank(a) - rank(b) || (a.person.born ?? 9999) - (b.person.born ?? 9999));
  return found;
}

/** @param {{relation: string}} member */
const rank = ({ relation }) => (relation === HEAD ? 0 : 1);

/** @template T @param {Map<string, T[]>} map @param {string} key @param {T} value */
function add(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** A building in words, as pages say it. @param {Building} one */
export function spoken({ estate, name, address, code }) {
  const named = name.includes(estate) ? name : estate + name;
  return named || address || code;
}

/** @param {string} text */
export const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s·#,，。-]+/gu, "");

/** @typedef {{building: Building, doors: DoorRow[], away: number | null}} Hit doors: those that were named; away in metres */

/**
 * Buildings whose name, compound, address or code holds what was typed, and doors when a room was named too
 * ("榕树苑1栋2单元301", "榕树苑1栋 301"). The nearest come first, without a position in the order of their names.
 * @param {Index} index
 * @param {string} text
 * @param {import("grid/phone/tasks.js").Place | null} at
 * @returns {Hit[]}
 */
export function find(index, text, at) {
  const words = text.trim().split(/\s+/).map(plain).filter(Boolean);
  const whole = [...index.buildings.values()].map((building) => ({ building, hay: plain(`${building.estate}|${building.name}|${spoken(building)}|${building.address}`) }));
  /** @type {Hit[]} */
  let hits = [];
  for (const { building, hay } of whole) {
    // Every code holds every short number: of a code a good part must be typed.
    if (words.every((word) => hay.includes(word) || (word.length > 5 && building.code.includes(word)))) hits.push(hit(building, []));
  }
  if (!hits.length) {
    for (const { building, hay } of whole) {
      const doors = named(index.byBuilding.get(building.id) ?? [], words, hay);
      if (doors.length) hits.push(hit(building, doors));
    }
  }
  const order = new Intl.Collator("zh-Hans", { numeric: true });
  return hits.sort((a, b) => (a.away !== null && b.away !== null ? a.away - b.away : 0) || order.compare(spoken(a.building), spoken(b.building)));

  /** @param {Building} building @param {DoorRow[]} doors @returns {Hit} */
  function hit(building, doors) {
    return { building, doors, away: at && metres(at, { lon: building.point[0], lat: building.point[1] }) };
  }
}

/** Doors of a building that what was typed ends with. @param {DoorRow[]} doors @param {string[]} words @param {string} hay */
function named(doors, words, hay) {
  const typed = words.join("").replace(/(室|号房|房)$/u, "");
  return doors.filter(({ entrance, room }) => {
    const forms = entrance ? [`${entrance}单元${room}`, `${entrance}${room}`, room] : [room];
    return forms.map(plain).some((form) => typed.endsWith(form) && rest(typed.slice(0, typed.length - form.length), hay));
  });
}

/** What was typed before the door names the building. @param {string} text @param {string} hay */
const rest = (text, hay) => text.length > 0 && !/\d$/.test(text) && hay.includes(text.replace(/单元$/u, ""));

/** "living", "registered" or "empty". @param {DoorRow} door */
export function stateOf({ living, registered }) {
  if (living) return "living";
  return registered ? "registered" : "empty";
}

/**
 * Doors of a building by entrance, floors from the top, rooms in order.
 * @param {DoorRow[]} doors
 * @returns {{entrance: string, floors: {floor: number, doors: DoorRow[]}[]}[]}
 */
export function stairs(doors) {
  const order = new Intl.Collator("zh-Hans", { numeric: true });
  /** @type {Map<string, Map<number, DoorRow[]>>} */
  const by = new Map();
  for (const door of [...doors].sort((a, b) => order.compare(a.entrance, b.entrance) || b.floor - a.floor || order.compare(a.room, b.room))) {
    const floors = by.get(door.entrance) ?? new Map();
    by.set(door.entrance, floors.set(door.floor, [...(floors.get(door.floor) ?? []), door]));
  }
  return [...by].map(([entrance, floors]) => ({ entrance, floors: [...floors].map(([floor, list]) => ({ floor, doors: list })) }));
}
