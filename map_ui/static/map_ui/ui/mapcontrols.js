// @ts-check
/** Layers, legend and the filter by kind. */
import L from "grid/lib/leaflet.js";
import { make, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { CELL_STEPS, FLOOR_STEPS } from "grid/map/palette.js";

/**
 * @param {{map: any, vector: import("grid/map/base.js").VectorLayer, kinds: (kinds: Set<string>) => void}} options
 */
export function wireMapControls({ map, vector, kinds }) {
  for (const box of document.querySelectorAll("input[data-layer]")) {
    const input = /** @type {HTMLInputElement} */ (box);
    input.addEventListener("change", () => vector.show(input.dataset.layer ?? "", input.checked));
  }
  /** @type {Set<string>} */
  const chosen = new Set();
  for (const button of document.querySelectorAll("button[data-kind]")) {
    button.addEventListener("click", () => {
      const kind = /** @type {HTMLElement} */ (button).dataset.kind ?? "";
      if (chosen.has(kind)) chosen.delete(kind);
      else chosen.add(kind);
      button.setAttribute("aria-pressed", String(chosen.has(kind)));
      kinds(chosen);
    });
  }
  for (const overlay of document.querySelectorAll(".map-overlay")) {
    L.DomEvent.disableClickPropagation(overlay);
    L.DomEvent.disableScrollPropagation(overlay);
  }
  if (window.matchMedia("(min-width: 768px)").matches) need("#legend").setAttribute("open", "");
  drawLegend(map);
}

/** Legend with numbers; the floors appear with the buildings. */
function drawLegend(/** @type {any} */ map) {
  need("#legend-cells").replaceChildren(...scale(CELL_STEPS, (step) => `${step.colour}${Math.round(step.opacity * 255).toString(16).padStart(2, "0")}`));
  need("#legend-floors").replaceChildren(...scale(FLOOR_STEPS, (step) => step.colour));
  const floors = need("#legend-floors-block");
  const follow = () => { floors.hidden = map.getZoom() < 15; };
  map.on("zoomend", follow);
  follow();
}

/**
 * @template {{from: number, colour: string}} S
 * @param {readonly S[]} steps
 * @param {(step: S) => string} colour
 */
function scale(steps, colour) {
  return steps.map((step, index) => {
    const next = steps[index + 1];
    const text = !next ? t("%(n)d and more", { n: step.from }) : next.from - 1 > step.from ? `${step.from}–${next.from - 1}` : String(step.from);
    const swatch = make("span", { class: "legend-swatch" });
    swatch.style.background = colour(step);
    return make("li", {}, swatch, make("span", { class: "number" }, text));
  });
}
