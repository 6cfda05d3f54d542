// @ts-check
/** The list: durations stay in step with the clock; a whole row is a target. */
import "grid/lib/time.js";

for (const row of document.querySelectorAll(".case-table tbody tr")) {
  row.addEventListener("click", (event) => {
    const link = row.querySelector("a");
    const text = window.getSelection()?.toString();
    if (!link || text || /** @type {Element} */ (event.target).closest("a")) return;
    link.click();
  });
}

for (const select of document.querySelectorAll(".filters-main select")) {
  select.addEventListener("change", () => /** @type {HTMLSelectElement} */ (select).form?.requestSubmit());
}
