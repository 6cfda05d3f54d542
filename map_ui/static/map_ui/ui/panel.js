// @ts-check
/** The panel that slides over the map: right side on wide screens, a sheet from below on phones. */
import { fill, need } from "grid/lib/page.js";
import { getHtml, RequestError } from "grid/lib/request.js";
import { t } from "grid/lib/phrases.js";
import { tickDurations } from "grid/lib/time.js";

const PHONE = window.matchMedia("(max-width: 767px)");

export class Panel {
  /** @param {{closed: () => void, filled: (body: HTMLElement) => void}} listener */
  constructor(listener) {
    this.listener = listener;
    this.element = need("#panel");
    this.body = need("#panel-body");
    this.waiting = /** @type {HTMLTemplateElement} */ (need("#panel-skeleton"));
    this.url = "";
    /** @type {AbortController | null} */
    this.loading = null;
    /** @type {Element | null} */
    this.opener = null;
    need("#panel-close").addEventListener("click", () => this.close());
    need("#panel-grip").addEventListener("click", () => this.element.classList.toggle("panel-tall"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !document.querySelector("dialog[open]")) this.close();
    });
  }

  get isOpen() {
    return this.element.classList.contains("panel-open");
  }

  /** True while somebody is filling in a form here. */
  get isBusy() {
    return this.body.querySelector("details[open] form") !== null;
  }

  /** What of the map is covered: pixels at the right and at the bottom. */
  get covers() {
    if (!this.isOpen) return { right: 0, bottom: 0 };
    return PHONE.matches ? { right: 0, bottom: this.element.offsetHeight } : { right: this.element.offsetWidth, bottom: 0 };
  }

  /**
   * Shows a fragment of ours. The skeleton appears at once.
   * @param {string} url
   */
  async open(url) {
    if (!this.isOpen) this.opener = document.activeElement;
    this.url = url;
    this.element.classList.remove("panel-tall");
    this.element.classList.add("panel-open");
    this.element.removeAttribute("inert");
    this.body.replaceChildren(this.waiting.content.cloneNode(true));
    await this.load(url, true);
  }

  /** Reads the same fragment again without a flash. */
  async reload() {
    if (this.isOpen) await this.load(this.url, false);
  }

  /**
   * @param {string} url
   * @param {boolean} moveFocus
   */
  async load(url, moveFocus) {
    this.loading?.abort();
    this.loading = new AbortController();
    try {
      const html = await getHtml(url, { signal: this.loading.signal });
      if (this.url !== url) return;
      fill(this.body, html);
      tickDurations(this.body);
      this.listener.filled(this.body);
      if (moveFocus) this.body.querySelector("h2")?.focus();
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.fail(error instanceof RequestError ? error.message : t("This could not be shown."));
    }
  }

  /** @param {string} text */
  fail(text) {
    const alert = document.createElement("div");
    alert.className = "alert alert-danger m-3";
    alert.setAttribute("role", "alert");
    alert.textContent = text;
    this.body.replaceChildren(alert);
  }

  close() {
    if (!this.isOpen) return;
    this.loading?.abort();
    this.element.classList.remove("panel-open");
    this.element.setAttribute("inert", "");
    this.url = "";
    if (this.opener instanceof HTMLElement) this.opener.focus();
    this.listener.closed();
  }
}
