// @ts-check
/** The editor of a flow: what was typed and not stored is not left by mistake; the open row is in sight. */

const guarded = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-guard]"));

if (guarded) {
  let unsaved = "unsaved" in guarded.dataset;
  guarded.addEventListener("input", () => {
    unsaved = true;
  });
  for (const form of document.forms) {
    form.addEventListener("submit", () => {
      unsaved = false;
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}

// An argument without its word says nothing, so typing one chooses the word.
for (const argument of document.querySelectorAll(".flow-argued .form-control")) {
  argument.addEventListener("input", () => {
    const word = argument.parentElement?.querySelector("[type=checkbox]");
    if (word instanceof HTMLInputElement) word.checked = /** @type {HTMLInputElement} */ (argument).value.trim() !== "";
  });
}

// On a wide screen form and list stand side by side: the list shows the open row, whatever the address points at.
const wide = window.matchMedia("(min-width: 1024px)").matches;
window.addEventListener("load", () => {
  if (!guarded) return;
  document.getElementById("form")?.focus({ preventScroll: wide });
  if (wide) document.querySelector(".flow-rows [aria-current]")?.scrollIntoView({ block: "center" });
});
