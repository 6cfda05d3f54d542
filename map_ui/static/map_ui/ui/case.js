// @ts-check
/** What makes a case panel live, on the map and on its own page: photos, steps, conflicts. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { RequestError, send } from "grid/lib/request.js";
import { shrink } from "grid/lib/shrink.js";
import { enlargePhotos } from "grid/ui/photos.js";
import { announce, toast } from "grid/ui/toast.js";

/**
 * @param {HTMLElement} body holds the panel
 * @param {() => void} reload reads the case again
 */
export function wireCase(body, reload) {
  enlargePhotos(body);
  for (const form of body.querySelectorAll("form[data-step]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void takeStep(/** @type {HTMLFormElement} */ (form), reload);
    });
  }
  for (const lead of body.querySelectorAll("[data-joint-lead]")) {
    lead.addEventListener("change", () => {
      const box = /** @type {HTMLInputElement | null | undefined} */ (lead.closest("li")?.querySelector("[data-joint]"));
      if (box) box.checked = true;
    });
  }
  for (const step of body.querySelectorAll("details.step")) {
    step.addEventListener("toggle", () => {
      if (!(/** @type {HTMLDetailsElement} */ (step).open)) return;
      for (const other of body.querySelectorAll("details.step[open]")) if (other !== step) other.removeAttribute("open");
      /** @type {HTMLElement | null} */ (step.querySelector("select, textarea, input:not([type=hidden])"))?.focus();
    });
  }
}

/**
 * Whether news need no telling: the panel shows that version already, or its own step is just being sent.
 * @param {HTMLElement} body holds the panel
 * @param {string} topic
 * @param {any} news
 */
export function knows(body, topic, news) {
  if (body.querySelector("form[data-sending]")) return true;
  const shown = Number(body.querySelector("[data-version]")?.getAttribute("data-version") ?? 0);
  return ["case.reported", "case.stepped"].includes(topic) && news.version <= shown;
}

/**
 * @param {HTMLFormElement} form
 * @param {() => void} reload
 */
async function takeStep(form, reload) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  const place = /** @type {HTMLElement} */ (form.querySelector(".step-answer"));
  button.disabled = true;
  form.dataset.sending = "yes";
  place.replaceChildren();
  try {
    const answer = await send(form.getAttribute("action") ?? "", { body: await smallForm(form) });
    toast(answer.said);
    announce(answer.said);
    form.closest("details")?.removeAttribute("open");
    reload();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    place.replaceChildren(explain(error, reload));
  } finally {
    button.disabled = false;
    delete form.dataset.sending;
  }
}

/** The form with its photos made small; what cannot be read goes as it is and the server says why. */
async function smallForm(/** @type {HTMLFormElement} */ form) {
  const body = new FormData(form);
  const files = body.getAll("photos").filter((file) => file instanceof File && file.size > 0);
  body.delete("photos");
  for (const file of /** @type {File[]} */ (files)) {
    const small = await shrink(file).catch(() => file);
    body.append("photos", small, file.name);
  }
  return body;
}

/**
 * @param {RequestError} error
 * @param {() => void} reload
 */
function explain(error, reload) {
  const box = make("div", { class: `alert ${error.status === 409 ? "alert-warning" : "alert-danger"}`, role: "alert" });
  if (error.status !== 409 || error.code === "task_claimed" || error.code === "step_blocked") {
    box.append(error.message);
    return box;
  }
  const stage = error.data.stage_name ?? error.data.stage ?? "";
  box.append(make("p", {}, t("Somebody was faster: the case is now in the state “%(stage)s”. Your entry was not stored.", { stage })));
  const button = make("button", { type: "button", class: "btn btn-warning" }, t("Show the present state"));
  button.addEventListener("click", reload);
  box.append(button);
  return box;
}
