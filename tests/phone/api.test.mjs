// How the phone speaks to the server: nothing of it is left in the browser's cache, and only the platform ends a sign-in.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.document ??= { querySelector: () => null, getElementById: () => ({ textContent: "{}" }), documentElement: { dataset: {} } };
globalThis.localStorage ??= { getItem: () => null };
const { Api } = await import("grid/phone/api.js");

/** Answers what is given, and keeps how it was asked. */
function server(status, body, type) {
  const asked = [];
  globalThis.fetch = async (_url, how) => {
    asked.push(how);
    return new Response(body, { status, headers: { "content-type": type } });
  };
  return asked;
}

test("neither packs nor photos lie in the browser's cache, and no cookie goes along", async () => {
  const api = new Api("token");
  const asked = server(200, "{}", "application/json");
  await api.call("GET", "homes/009901001001001");
  const photos = server(200, "x", "image/jpeg");
  assert.ok(await api.photo("019301f0-0000-7000-8000-000000000000", "thumb"));
  for (const how of [...asked, ...photos]) assert.deepEqual([how.cache, how.credentials, how.redirect], ["no-store", "omit", "error"]);
  assert.equal(asked.length + photos.length, 2);
});

test("a 401 of the platform ends the sign-in, one of somebody's wifi does not", async () => {
  const api = new Api("token");
  const heard = [];
  api.ended = (answer) => heard.push(answer.body.code);
  server(401, "<p>Sign in to this network</p>", "text/html");
  await api.call("GET", "sync");
  server(401, "{}", "application/json");
  await api.call("GET", "sync");
  assert.deepEqual(heard, []);
  server(401, JSON.stringify({ code: "token_revoked", data: { wipe: true } }), "application/json");
  await api.call("GET", "sync");
  assert.deepEqual(heard, ["token_revoked"]);
});

test("a wrong password before anybody is in ends nothing", async () => {
  const api = new Api();
  api.ended = () => assert.fail("nobody was in");
  server(401, JSON.stringify({ code: "credentials_wrong" }), "application/json");
  assert.equal((await api.call("POST", "login", { body: {} })).status, 401);
});
