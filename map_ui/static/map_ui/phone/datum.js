// @ts-check
/** Where a position in another datum stands on our map. For showing alone: what is sent is the raw pair with its datum. */
import gcoord from "gcoord";

const SYSTEMS = /** @type {Record<string, any>} */ ({ gcj02: gcoord.GCJ02, bd09: gcoord.BD09 });

/** @param {{x: number, y: number, datum: string}} point @returns {[number, number]} lon, lat */
export function towgs84({ x, y, datum }) {
  const from = SYSTEMS[datum];
  return from ? /** @type {[number, number]} */ (gcoord.transform([x, y], from, gcoord.WGS84)) : [x, y];
}
