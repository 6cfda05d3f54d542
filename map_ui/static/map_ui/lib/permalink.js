// @ts-check
/** The address tells what is shown: #case=YX20261121-000123&at=30.12345,114.12345,16 */

/** @typedef {{lat: number, lon: number, zoom: number}} View */

/** @returns {{open: string, cell: string, view: View | null}} */
export function readLink() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const at = (parts.get("at") ?? "").split(",").map(Number);
  const good = at.length === 3 && at.every(Number.isFinite) && Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180;
  return {
    open: parts.get("case") ?? "",
    cell: parts.get("cell") ?? "",
    view: good ? { lat: at[0], lon: at[1], zoom: at[2] } : null,
  };
}

/**
 * Writes the address without a new entry in the history.
 * @param {{open: string, cell: string, view: View}} shown
 */
export function writeLink({ open, cell, view }) {
  const parts = [];
  if (open) parts.push(`case=${encodeURIComponent(open)}`);
  if (cell) parts.push(`cell=${encodeURIComponent(cell)}`);
  parts.push(`at=${view.lat.toFixed(5)},${view.lon.toFixed(5)},${view.zoom}`);
  history.replaceState(null, "", `#${parts.join("&")}`);
}
