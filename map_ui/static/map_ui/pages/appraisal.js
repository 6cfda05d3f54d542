// @ts-check
/** The board's form: a ticked indicator means an own choice; another kind of period shows its own fields at once. */
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form.filters"));
const sets = /** @type {HTMLSelectElement | null} */ (document.getElementById("a-set"));

for (const box of document.querySelectorAll(".picks input")) {
  box.addEventListener("change", () => {
    if (sets) sets.value = "own";
  });
}
for (const id of ["a-kind", "a-by", "a-set"]) {
  document.getElementById(id)?.addEventListener("change", () => {
    if (id !== "a-set" || sets?.value !== "own") form?.requestSubmit();
  });
}
