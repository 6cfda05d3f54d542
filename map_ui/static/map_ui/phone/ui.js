// @ts-check
/** Pieces of the phone's pages. Everything that can be tapped is at least 48 px high. */
import { make } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name an icon of the page's sprite */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

/**
 * @param {string} label
 * @param {{icon?: string, kind?: string, act?: (event: Event) => any, disabled?: boolean, type?: string}} [how]
 * @returns {HTMLButtonElement}
 */
export function button(label, { icon: drawn, kind = "plain", act, disabled = false, type = "button" } = {}) {
  const element = /** @type {HTMLButtonElement} */ (make("button", { type, class: `button button-${kind}` }));
  if (drawn) element.append(icon(drawn));
  element.append(make("span", {}, label));
  element.disabled = disabled;
  if (act) element.addEventListener("click", act);
  return element;
}

let fields = 0;

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint = "") {
  const id = `field-${++fields}`;
  input.id ||= id;
  const box = make("div", { class: "field" }, make("label", { for: input.id }, label), input);
  if (hint) {
    input.setAttribute("aria-describedby", `${id}-hint`);
    box.append(make("p", { class: "hint", id: `${id}-hint` }, hint));
  }
  return box;
}

/**
 * Says that nothing is here, and why that is so.
 * @param {string} drawn
 * @param {string} text
 * @param {string} [hint]
 */
export function empty(drawn, text, hint = "") {
  return make("div", { class: "empty" }, icon(drawn), make("p", { class: "empty-text" }, text), ...(hint ? [make("p", { class: "hint" }, hint)] : []));
}

/**
 * A note in a box.
 * @param {string} text
 * @param {"info" | "warn" | "bad" | "good"} [tone]
 */
export function note(text, tone = "info") {
  const drawn = { info: "info-circle", warn: "alert-triangle", bad: "alert-circle", good: "circle-check" }[tone];
  return make("div", { class: `note note-${tone}`, role: tone === "bad" ? "alert" : "status" }, icon(drawn), make("p", {}, text));
}

/**
 * Asks before something that cannot be taken back.
 * @param {string} question
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
export function confirm(question, yes) {
  return new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "dialog" }));
    const done = (/** @type {boolean} */ answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    dialog.append(
      make("p", {}, question),
      make("div", { class: "dialog-buttons" },
        button(t("Cancel"), { act: () => done(false) }), button(yes, { kind: "danger", act: () => done(true) })),
    );
    dialog.addEventListener("cancel", () => done(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A form over the page. It stays open until what it does has worked or the person leaves it.
 * @param {string} title
 * @param {HTMLElement} content
 * @param {string} yes
 * @param {() => Promise<string>} act does it; what is missing or went wrong in words, "" when it is done
 * @returns {Promise<boolean>} whether it was done
 */
export function sheet(title, content, yes, act) {
  return new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "dialog", "aria-label": title }));
    const told = make("div", {});
    const done = (/** @type {boolean} */ answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const go = button(yes, { kind: "main", act: async () => {
      go.disabled = true;
      const lacks = await act();
      go.disabled = false;
      if (lacks) told.replaceChildren(note(lacks, "bad"));
      else done(true);
    } });
    content.addEventListener("change", () => told.replaceChildren());
    dialog.append(make("h2", {}, title), content, told, make("div", { class: "dialog-buttons" }, button(t("Cancel"), { act: () => done(false) }), go));
    dialog.addEventListener("cancel", () => done(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

let quiet = 0;

/** A word at the lower edge that goes by itself; screen readers hear it. @param {string} text */
export function tell(text) {
  const place = /** @type {HTMLElement} */ (document.getElementById("told"));
  place.textContent = text;
  place.classList.add("told-shown");
  window.clearTimeout(quiet);
  quiet = window.setTimeout(() => place.classList.remove("told-shown"), 5000);
}

/** @param {number} bytes */
export function bytesInWords(bytes) {
  if (bytes < 1_000_000) return t("%(n)s kB", { n: Math.max(1, Math.round(bytes / 1000)) });
  if (bytes < 1_000_000_000) return t("%(n)s MB", { n: (bytes / 1_000_000).toFixed(1) });
  return t("%(n)s GB", { n: (bytes / 1_000_000_000).toFixed(1) });
}
