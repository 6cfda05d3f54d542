// @ts-check
/** Working time: arrow keys walk through the year, a chosen day fills the form, Shift chooses the last of several. */
const days = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("a[data-day]")]);
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("#change"));
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement} */ (form?.elements.namedItem(name));

/** One day is reached by Tab, the others by arrows. @param {HTMLAnchorElement} day */
function reachable(day) {
  for (const other of days) other.tabIndex = other === day ? 0 : -1;
}

function mark() {
  const first = field("day").value;
  const last = field("until").value || first;
  for (const day of days) {
    const at = day.dataset.day ?? "";
    day.classList.toggle("is-picked", Boolean(first) && at >= first && at <= last);
  }
}

/** @param {HTMLAnchorElement} day @param {boolean} asLast */
function choose(day, asLast) {
  const at = day.dataset.day ?? "";
  if (asLast && field("day").value && field("day").value <= at) {
    field("until").value = at;
  } else {
    field("day").value = at;
    field("until").value = "";
    field("name").value = day.dataset.name ?? "";
    const becomes = { holiday: "", makeup: "", free: "makeup", work: "holiday" }[day.dataset.state ?? "work"];
    for (const choice of form?.querySelectorAll("[name=kind]") ?? []) {
      const radio = /** @type {HTMLInputElement} */ (choice);
      radio.checked = radio.value === becomes;
    }
  }
  reachable(day);
  mark();
  if (matchMedia("(max-width: 900px)").matches) form?.scrollIntoView({ block: "center" });
}

if (form && days.length) {
  reachable(days.find((day) => day.classList.contains("is-today")) ?? days[0]);
  mark();
  form.addEventListener("input", mark);
  document.querySelector("#year")?.addEventListener("click", (event) => {
    const day = /** @type {HTMLElement} */ (event.target).closest("a[data-day]");
    if (!day) return;
    event.preventDefault();
    choose(/** @type {HTMLAnchorElement} */ (day), /** @type {MouseEvent} */ (event).shiftKey);
    if (/** @type {MouseEvent} */ (event).detail === 0) field("day").focus();
  });
  document.querySelector("#year")?.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {KeyboardEvent} */ (event);
    const step = STEPS[/** @type {keyof typeof STEPS} */ (key)];
    const next = step && days[days.indexOf(/** @type {HTMLAnchorElement} */ (target)) + step];
    if (!next) return;
    event.preventDefault();
    reachable(next);
    next.focus();
  });
}
