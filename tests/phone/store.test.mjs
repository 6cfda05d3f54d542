// The same promises on IndexedDB, and that nothing readable lies in it.
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import test from "node:test";
import { Queue } from "grid/phone/queue.js";
import { forgetSent, packStore, personDatabase, queueStore } from "grid/phone/store.js";
import { keyOf, open, seal, unwrap, wrap } from "grid/phone/vault.js";

const bytes = (text) => new TextEncoder().encode(text);
const raw = () => crypto.getRandomValues(new Uint8Array(32));
let made = 0;

async function fresh() {
  const db = await personDatabase(`test-${made++}`);
  const key = await keyOf(raw());
  return { db, key, store: queueStore(db, key) };
}

function draft(id, group = id) {
  const part = { kind: "json", method: "PUT", url: `/reports/${id}`, type: "", size: 1, sha256: "", echo: ["report", id], done: false };
  return { id, kind: "report", group, about: { category: "E0110" }, parts: [part, { ...part, kind: "photo", photo: `${id}p` }] };
}

test("items come back in order with their very bytes, and none of them is readable on the disk", async () => {
  const { db, store } = await fresh();
  const queue = new Queue({ store, send: async () => assert.fail("nothing is sent") });
  await queue.add(draft("b"), [bytes("first words"), bytes("photo one")]);
  await queue.add(draft("a"), [bytes("second words"), bytes("photo two")]);
  assert.deepEqual((await store.items()).map((item) => [item.id, item.seq]), [["b", 1], ["a", 2]]);
  assert.deepEqual(await store.content("b", 0), bytes("first words"));
  for (const sealed of await db.getAll("contents")) assert.ok(!Buffer.from(sealed).includes("words") && !Buffer.from(sealed).includes("photo"));
});

test("an item is written whole or not at all", async () => {
  const { db, store } = await fresh();
  const queue = new Queue({ store, send: async () => assert.fail("nothing is sent") });
  await queue.add(draft("a"), [bytes("1"), bytes("2")]);
  await assert.rejects(queue.add(draft("a"), [bytes("3"), bytes("4")]));
  assert.equal((await store.items()).length, 1);
  assert.deepEqual(await store.content("a", 0), bytes("1"));
  assert.equal(await db.count("contents"), 2);
  const next = await queue.add(draft("c"), [bytes("5"), bytes("6")]);
  assert.equal(next.seq, 2);
});

test("contents go when the item is finished or given up, never those of others", async () => {
  const { db, store } = await fresh();
  const queue = new Queue({ store, send: async () => assert.fail("nothing is sent") });
  const first = await queue.add(draft("a"), [bytes("1"), bytes("2")]);
  await queue.add(draft("b"), [bytes("3"), bytes("4")]);
  await store.finish({ ...first, state: "sent" });
  await assert.rejects(store.content("a", 0));
  assert.deepEqual(await store.content("b", 1), bytes("4"));
  await store.remove("b");
  assert.equal(await db.count("contents"), 0);
  await forgetSent(db, first.created_at + 31 * 86_400_000);
  assert.equal((await store.items()).length, 0);
});

test("one item takes the place of a stuck one whole or not at all", async () => {
  const { db, store } = await fresh();
  const queue = new Queue({ store, send: async () => assert.fail("nothing is sent") });
  const first = await queue.add(draft("a"), [bytes("1"), bytes("2")]);
  await queue.add(draft("b"), [bytes("3"), bytes("4")]);
  await assert.rejects(queue.replace("a", draft("c"), [bytes("5"), bytes("6")]), /not stuck/);
  await assert.rejects(queue.replace("nobody", draft("c"), [bytes("5"), bytes("6")]), /not stuck/);
  assert.deepEqual(await store.content("a", 1), bytes("2"));
  await store.put({ ...first, state: "refused" });
  await assert.rejects(queue.replace("a", draft("b"), [bytes("5"), bytes("6")]));
  assert.deepEqual((await store.items()).map((item) => [item.id, item.state]), [["a", "refused"], ["b", "waiting"]]);
  assert.deepEqual(await store.content("b", 0), bytes("3"));
  await queue.replace("a", draft("c"), [bytes("5"), bytes("6")]);
  assert.deepEqual((await store.items()).map((item) => [item.id, item.seq, item.state]), [["c", 1, "waiting"], ["b", 2, "waiting"]]);
  assert.deepEqual(await store.content("c", 1), bytes("6"));
  await assert.rejects(store.content("a", 0));
  assert.equal(await db.count("contents"), 4);
});

test("the key opens with the password and with no other; a sealed value stands for its own name alone", async () => {
  const value = raw();
  const wrapped = await wrap(value, "right password");
  assert.deepEqual(await unwrap(wrapped, "right password"), value);
  assert.equal(await unwrap(wrapped, "wrong password"), null);
  const key = await keyOf(value);
  const sealed = await seal(key, bytes("a home"), "pack homes");
  assert.deepEqual(await open(key, sealed, "pack homes"), bytes("a home"));
  await assert.rejects(open(key, sealed, "pack tasks"));
  await assert.rejects(open(await keyOf(raw()), sealed, "pack homes"));
  await assert.rejects(crypto.subtle.exportKey("raw", key));
});

test("packs are kept with their tag and dropped whole", async () => {
  const { db, key } = await fresh();
  const packs = packStore(db, key);
  await packs.put("cells", "t1", { features: [1] });
  await packs.put("cells", "t2", { features: [1, 2] });
  assert.deepEqual(await packs.get("cells"), { features: [1, 2] });
  assert.equal((await packs.list()).get("cells").tag, "t2");
  await packs.drop("cells");
  assert.equal(await packs.get("cells"), undefined);
});
