// @ts-check
/** Signing in: with a network against the server, without one against what this phone knows of the person. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { Api } from "grid/phone/api.js";
import { lastAccount, signIn, unlock, waitingByPerson } from "grid/phone/session.js";
import { button, field, note } from "grid/phone/ui.js";

/**
 * @param {import("grid/phone/app.js").App} app
 * @param {HTMLElement} box
 * @param {string} code of an enrolment, "" without one
 */
export async function open(app, box, code) {
  const account = await lastAccount();
  const username = /** @type {HTMLInputElement} */ (make("input", { type: "text", autocomplete: "username", autocapitalize: "none", required: "", value: account?.username ?? "" }));
  const password = /** @type {HTMLInputElement} */ (make("input", { type: "password", autocomplete: "current-password", required: "" }));
  const told = make("div", {});
  const send = button(t("Sign in"), { kind: "main", type: "submit" });
  const form = make("form", { class: "stack" }, field(t("User name"), username), field(t("Password"), password), told, send);
  box.append(make("h1", { tabindex: "-1" }, account ? t("Welcome back") : t("Grid worker's phone")), form);
  await waiting(box);
  if (code) await greet(told, username, code);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    told.replaceChildren();
    const who = { username: username.value.trim(), password: password.value, ...(code ? { enrolment: code } : {}) };
    const session = await enter(account, who, (text) => told.replaceChildren(note(text, "bad")));
    send.disabled = false;
    if (session) await app.enter(session);
    else password.select();
  });
  (username.value ? password : username).focus();
}

/**
 * @param {import("grid/phone/session.js").Account | null} account
 * @param {{username: string, password: string, enrolment?: string}} who
 * @param {(text: string) => void} say
 */
async function enter(account, who, say) {
  const { session, answer } = await signIn(who);
  if (session) return session;
  if (answer.status !== 0 && answer.status < 500) {
    say(answer.body?.message ?? t("The server answered %(status)s. Nothing was changed.", { status: answer.status }));
    return null;
  }
  if (account?.username !== who.username) {
    say(t("No connection. The first time on this phone you need one to sign in."));
    return null;
  }
  const opened = await unlock(account, who.password);
  if (!opened) say(t("No connection, and this is not the password you last signed in with here."));
  return opened;
}

/** Whose work still lies on this phone. @param {HTMLElement} box */
async function waiting(box) {
  const rows = (await waitingByPerson()).filter((row) => row.waiting);
  if (!rows.length) return;
  box.append(note(t("Kept on this phone until they sign in again: %(list)s", {
    list: rows.map((row) => t("%(name)s (%(n)d)", { name: row.account.name, n: row.waiting })).join("、"),
  })));
}

/** @param {HTMLElement} told @param {HTMLInputElement} username @param {string} code */
async function greet(told, username, code) {
  const answer = await new Api().call("POST", "enrolment", { body: { code } });
  if (answer.status === 200 && answer.body?.username) {
    username.value = answer.body.username;
    told.replaceChildren(note(t("This phone is being set up for %(name)s. Enter your own password.", { name: answer.body.name })));
  } else {
    told.replaceChildren(note(answer.body?.message ?? t("No connection. The first time on this phone you need one to sign in."), "bad"));
  }
}
