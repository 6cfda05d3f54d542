// @ts-check
/**
 * The map beside the addresses: the candidates of one question as numbers, and any other building by a tap. The list
 * works without it; what is picked here becomes a choice of the list.
 */
import L from "grid/lib/leaflet.js";
import { make, need, pageData } from "grid/lib/page.js";
import { openMap } from "grid/map/base.js";

/** @typedef {{id: string, title: string, address: string, lon: number, lat: number}} Spot */
/** @type {{map: any, spots: Record<string, Spot[]>, at: string}} */
const data = pageData("address-data");
const aside = need("#address-map");
const told = need("#map-state");
const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".address-card")]);
const { map } = await openMap("map", data.map);
const layer = L.layerGroup().addTo(map);
/** @type {HTMLElement | null} */
let current = null;

for (const card of cards) {
  const button = /** @type {HTMLButtonElement} */ (need(".address-show", card));
  button.hidden = false;
  button.addEventListener("click", () => {
    show(card, true);
    aside.scrollIntoView({ block: "nearest" });
  });
  card.addEventListener("focusin", () => show(card, current !== card));
  card.addEventListener("change", () => show(card, false));
}
map.on("click", (/** @type {any} */ event) => void pick(event.latlng));
const first = cards.find((card) => spotsOf(card).length) ?? cards[0];
if (first) show(first, true);

/** @param {HTMLElement} card */
function spotsOf(card) {
  return (data.spots[card.dataset.question ?? ""] ??= []);
}

/**
 * Draws a question's candidates; the chosen one stands out.
 * @param {HTMLElement} card
 * @param {boolean} move whether the map goes there
 */
function show(card, move) {
  current = card;
  for (const other of cards) other.classList.toggle("address-current", other === card);
  layer.clearLayers();
  const spots = spotsOf(card);
  const chosen = /** @type {HTMLInputElement | null} */ (card.querySelector("input[name=building]:checked"))?.value;
  spots.forEach((spot, index) => {
    const pin = make("span", { class: spot.id === chosen ? "address-pin address-chosen" : "address-pin" }, String(index + 1));
    const icon = L.divIcon({ className: "", html: pin, iconSize: [32, 32], iconAnchor: [16, 16] });
    const title = `${index + 1} · ${spot.title}`;
    L.marker([spot.lat, spot.lon], { icon, title, alt: title, zIndexOffset: spot.id === chosen ? 1000 : 0 })
      .on("click", () => choose(card, spot))
      .addTo(layer);
  });
  if (move && spots.length) {
    const bounds = L.latLngBounds(spots.map((spot) => [spot.lat, spot.lon]));
    map.fitBounds(bounds.pad(0.3), { maxZoom: 18, animate: false });
  }
}

/**
 * Checks the choice of the list.
 * @param {HTMLElement} card
 * @param {Spot} spot
 */
function choose(card, spot) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...card.querySelectorAll("input[name=building]")]);
  let input = inputs.find((one) => one.value === spot.id);
  if (!input) {
    input = /** @type {HTMLInputElement} */ (make("input", { class: "form-check-input", type: "radio", name: "building", value: spot.id, required: "" }));
    const number = make("span", { class: "address-number", "aria-hidden": "true" }, String(spotsOf(card).push(spot)));
    const address = make("span", { class: "form-check-description" }, spot.address);
    const label = make("span", { class: "form-check-label" }, number, ` ${spot.title}`, address);
    need("fieldset", card).append(make("label", { class: "form-check py-2" }, input, label));
    /** @type {HTMLFormElement} */ (need("form[method=post]", card)).hidden = false;
    card.querySelector(".address-none")?.remove();
  }
  input.checked = true;
  told.textContent = `${aside.dataset.picked} ${spot.title}`;
  show(card, false);
}

/** @param {{lat: number, lng: number}} place */
async function pick(place) {
  if (!current) return;
  const card = current;
  const asked = new URLSearchParams({ lon: place.lng.toFixed(7), lat: place.lat.toFixed(7) });
  try {
    const answer = await fetch(`${data.at}?${asked}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { building } = await answer.json();
    if (building) choose(card, building);
    else told.textContent = aside.dataset.none ?? "";
  } catch {
    told.textContent = aside.dataset.failed ?? "";
  }
}
