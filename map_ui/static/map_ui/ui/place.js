// @ts-check
/** Where it is: the device's position with its accuracy as a ring, or a tap on the map. */
import L from "grid/lib/leaflet.js";
import { need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { openMap } from "grid/map/base.js";

const ROUGH_M = 100;
const PIN = '<svg width="34" height="44" viewBox="0 0 34 44" aria-hidden="true"><path d="M17 1C8 1 1 8 1 17c0 11 16 26 16 26s16-15 16-26C33 8 26 1 17 1z" fill="#e8590c" stroke="#fff" stroke-width="2"/><circle cx="17" cy="17" r="6" fill="#fff"/></svg>';

/** @typedef {{lon: number, lat: number, accuracy: number | null}} Spot */

/**
 * @param {import("grid/map/base.js").MapData} data
 * @returns {Promise<{point: () => Spot | null}>}
 */
export async function wirePlace(data) {
  const { map } = await openMap("map", data);
  const told = need("#place-state");
  const icon = L.divIcon({ className: "place-pin", html: PIN, iconSize: [34, 44], iconAnchor: [17, 43] });
  /** @type {Spot | null} */
  let spot = null;
  /** @type {any} */
  let pin = null;
  /** @type {any} */
  let ring = null;

  const say = (/** @type {string} */ text, rough = false) => {
    told.textContent = text;
    told.classList.toggle("place-rough", rough);
  };
  const put = (/** @type {Spot} */ next) => {
    spot = { lon: Number(next.lon.toFixed(7)), lat: Number(next.lat.toFixed(7)), accuracy: next.accuracy };
    pin?.remove();
    ring?.remove();
    pin = L.marker([spot.lat, spot.lon], { icon, draggable: true, autoPan: true, title: t("Place chosen on the map") }).addTo(map);
    pin.on("dragend", () => {
      const at = pin.getLatLng();
      put({ lon: at.lng, lat: at.lat, accuracy: 5 });
      say(t("Place chosen on the map"));
    });
    if (next.accuracy && next.accuracy > 5) {
      ring = L.circle([spot.lat, spot.lon], { radius: next.accuracy, color: "#e8590c", weight: 1, fillOpacity: 0.12, interactive: false }).addTo(map);
    }
  };
  const locate = () => {
    if (!navigator.geolocation) return say(t("Your position could not be found. Tap the map where it is."), true);
    say(t("Finding your position …"));
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const accuracy = Math.round(coords.accuracy);
      put({ lon: coords.longitude, lat: coords.latitude, accuracy });
      map.setView([coords.latitude, coords.longitude], accuracy > 300 ? 15 : 17);
      if (accuracy > ROUGH_M) say(t("Only accurate to %(n)d m: tap the map where it is.", { n: accuracy }), true);
      else say(t("Accurate to %(n)d m", { n: accuracy }));
    }, () => say(t("Your position could not be found. Tap the map where it is."), true), {
      enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000,
    });
    return undefined;
  };
  map.on("click", (/** @type {any} */ event) => {
    put({ lon: event.latlng.lng, lat: event.latlng.lat, accuracy: 5 });
    say(t("Place chosen on the map"));
  });
  L.DomEvent.disableClickPropagation(need("#locate"));
  need("#locate").addEventListener("click", locate);
  locate();
  return { point: () => spot };
}
