// @ts-check
/** The one place that talks to our own server. */
import { t } from "grid/lib/phrases.js";

/** An answer that was not a success, or none at all (status 0). */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Record<string, any>} data
   */
  constructor(status, code, message, data = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
  }

  /** True when the same request may simply be sent again. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function csrf() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
  return field?.value ?? "";
}

/**
 * @param {string} url
 * @param {RequestInit} options
 * @returns {Promise<Response>}
 */
async function call(url, options) {
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError(0, "no_connection", t("No connection. Nothing was lost; try again."));
  }
  if (answer.redirected && new URL(answer.url).pathname === "/login") {
    throw new RequestError(401, "signed_out", t("You were signed out. Sign in again in another tab, then retry."));
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

/** @param {Response} answer */
async function refusal(answer) {
  const isJson = answer.headers.get("content-type")?.includes("json");
  const body = isJson ? await answer.json() : {};
  const text = body.message ?? t("The server answered %(status)s. Nothing was changed.", { status: answer.status });
  return new RequestError(answer.status, body.code ?? `http_${answer.status}`, text, body.data ?? {});
}

/**
 * @param {string} url
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function getJson(url, options = {}) {
  const answer = await call(url, { ...options, headers: { Accept: "application/json" } });
  return answer.json();
}

/**
 * A fragment of HTML.
 * @param {string} url
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<string>}
 */
export async function getHtml(url, options = {}) {
  const headers = { Accept: "text/html, application/json;q=0.5", "X-Requested-With": "fetch" };
  return (await call(url, { ...options, headers })).text();
}

/**
 * Sends JSON, a form or bytes; answers the JSON of the reply.
 * @param {string} url
 * @param {{body: any, method?: string, type?: string, headers?: Record<string, string>}} options
 * @returns {Promise<any>}
 */
export async function send(url, { body, method = "POST", type, headers = {} }) {
  const isForm = body instanceof FormData;
  const isBytes = body instanceof Blob;
  /** @type {Record<string, string>} */
  const all = { Accept: "application/json", "X-CSRFToken": csrf(), ...headers };
  if (!isForm) all["Content-Type"] = type ?? (isBytes ? body.type : "application/json");
  const raw = isForm || isBytes || typeof body === "string" ? body : JSON.stringify(body);
  return (await call(url, { method, body: raw, headers: all })).json();
}
