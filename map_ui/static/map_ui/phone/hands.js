// @ts-check
/** Taking a task on, putting it back, giving it to a colleague. Hands are the server's to say: they need a connection. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { colleagues, trouble } from "grid/phone/duty.js";
import { keepTask } from "grid/phone/tray.js";
import { button, confirm, field, note, sheet, tell } from "grid/phone/ui.js";

/** @typedef {import("grid/phone/app.js").App} App */

/** @param {App} app @param {any} task */
export function hands(app, task) {
  const told = make("div", {});
  const live = task.state === "open" || task.state === "claimed";
  if (!live) return note(t("This task is over."));
  const offline = () => navigator.onLine || told.replaceChildren(note(t("Who has a task is settled with the office: this needs a connection. What you do for it is kept and sent later."), "warn"));
  const act = (/** @type {() => Promise<void>} */ job) => () => {
    offline();
    if (navigator.onLine) void job();
  };
  const after = async (/** @type {import("grid/phone/queue.js").Answer} */ answer, /** @type {string} */ done) => {
    if (answer.status !== 200) {
      told.replaceChildren(note(trouble(answer), "bad"));
      return;
    }
    tell(done);
    await keepTask(app.session, answer.body);
    void app.tray.refresh();
    app.again();
  };
  const claim = button(t("Take it on"), { icon: "user-check", kind: "main", act: act(async () => after(await app.session.api.call("POST", `tasks/${task.task}/claim`), t("It is yours now."))) });
  const back = button(t("Put back"), { icon: "arrow-back-up", act: act(async () => {
    if (await confirm(t("Put it back for everybody who works there?"), t("Put back"))) await after(await app.session.api.call("POST", `tasks/${task.task}/release`), t("Put back."));
  }) });
  const give = button(t("To a colleague"), { icon: "users", act: act(() => giveAway(app, task, told, after)) });
  const claimed = task.state === "claimed";
  return make("section", { class: "stack", "aria-label": t("Who has it") }, told, ...(claimed ? [] : [claim]), ...(task.mine ? [make("div", { class: "pair" }, back, give)] : []));
}

/** @param {App} app @param {any} task @param {HTMLElement} told @param {(answer: import("grid/phone/queue.js").Answer, done: string) => Promise<void>} after */
async function giveAway(app, task, told, after) {
  const found = await app.session.api.call("GET", `tasks/${task.task}/colleagues`);
  if (found.status !== 200) return told.replaceChildren(note(trouble(found), "bad"));
  if (!found.body.results.length) return told.replaceChildren(note(t("No colleague could do this task."), "warn"));
  const who = colleagues(found.body.results);
  const reason = /** @type {HTMLInputElement} */ (make("input", { type: "text", maxlength: "400" }));
  /** @type {import("grid/phone/queue.js").Answer | null} */
  let answer = null;
  const done = await sheet(t("To a colleague"), make("div", { class: "stack" }, field(t("To whom?"), who), field(t("Reason"), reason)), t("Give"), async () => {
    if (!reason.value.trim()) return t("Say why: the colleague reads it.");
    answer = await app.session.api.call("POST", `tasks/${task.task}/give`, { body: { to: who.value, reason: reason.value.trim() } });
    return answer.status === 200 ? "" : trouble(answer);
  });
  if (done && answer) await after(answer, t("Given to the colleague."));
  return undefined;
}
