// A step frozen, and frozen once more for another version of its case.
import assert from "node:assert/strict";
import test from "node:test";
import { sha256 } from "grid/lib/uuid7.js";
import { again, photosOf, step, stepOf } from "grid/phone/items.js";

const bytes = (text) => new TextEncoder().encode(text);
const given = { case: "c", number: "YX1", version: 2, action: "verify_ok", text: "seen", fields: { days: 3 }, position: { x: 1, y: 2 }, task: "t", name: "Verified" };

async function refused() {
  const shot = bytes("a photo");
  const { draft, contents } = await step(given, [{ id: "p1", sha256: await sha256(shot), bytes: shot, type: "image/jpeg", role: "after" }]);
  for (const part of draft.parts.slice(0, -1)) part.done = true;
  return { item: { ...draft, state: "refused" }, contents };
}

test("a step is announced, its photo brought, then the step itself under its own key", async () => {
  const { item, contents } = await refused();
  assert.deepEqual(item.parts.map((part) => part.url), ["/api/v1/cases/c/photos", "/api/v1/photos/p1", "/api/v1/cases/c/steps"]);
  const { key, ...body } = stepOf(contents);
  assert.equal(key, item.id);
  assert.deepEqual(body, { version: 2, action: "verify_ok", text: "seen", fields: { days: 3 }, position: { x: 1, y: 2 } });
  assert.deepEqual(photosOf(item, contents).map((photo) => [photo.id, photo.bytes]), [["p1", bytes("a photo")]]);
});

test("again: the same words for the new version under a new key; photos that are there are not sent twice", async () => {
  const { item, contents } = await refused();
  const { draft, contents: fresh } = await again(item, contents, { version: 5, task: "t", anew: false });
  assert.notEqual(draft.id, item.id);
  assert.deepEqual(stepOf(fresh), { ...stepOf(contents), key: draft.id, version: 5 });
  assert.deepEqual(draft.parts.map((part) => part.done), [true, true, false]);
  assert.equal(draft.parts.at(-1).sha256, await sha256(fresh.at(-1)));
  assert.deepEqual([draft.group, draft.about, fresh.length], [item.group, item.about, 3]);
  assert.deepEqual(item.parts.map((part) => part.done), [true, true, false], "the old one is left as it is");
});

test("again in another stage: photos come anew under new numbers", async () => {
  const { item, contents } = await refused();
  const { draft, contents: fresh } = await again(item, contents, { version: 9, task: "t", anew: true });
  assert.deepEqual(draft.parts.map((part) => part.done), [false, false, false]);
  const [photo] = photosOf(draft, fresh);
  assert.notEqual(photo.id, "p1");
  assert.deepEqual([photo.bytes, photo.sha256], [bytes("a photo"), item.parts[1].sha256]);
  assert.equal(JSON.parse(new TextDecoder().decode(fresh[0])).id, photo.id);
});
