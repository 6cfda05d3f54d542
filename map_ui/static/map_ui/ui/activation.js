// @ts-check
/** The question before an edition becomes active: what would move, and the answer of the server. */
import { make, need } from "grid/lib/page.js";
import { getJson, send } from "grid/lib/request.js";
import { whole } from "grid/ui/plannerparts.js";

const ROWS = /** @type {[string, string][]} */ ([
  ["buildings", "Buildings"], ["people", "People"], ["organisations", "Organisations"], ["components", "Components"],
  ["cells_new", "Cells: new"], ["cells_changed", "Cells: changed"], ["cells_same", "Cells: unchanged"], ["cells_gone", "Cells: gone"],
]);

/**
 * Asks, and activates when the answer is yes.
 * @param {any} edition
 * @param {{say: import("grid/ui/plannerparts.js").Say, urls: Record<string, string>}} page
 * @returns {Promise<any>} the server's answer, null when the person said no
 */
export async function askAndActivate(edition, { say, urls }) {
  const found = await getJson(urls.planner_preview.replace("ID", edition.id));
  const dialog = /** @type {HTMLDialogElement} */ (need("#activate"));
  const yes = /** @type {HTMLButtonElement} */ (need("#activate-yes"));
  const error = need("#activate-error");
  need("#activate-what").textContent = `${edition.scope} #${edition.number} ${edition.title}`;
  const rows = ROWS.map(([key, name]) => row(say(name), found.moves[key]));
  rows.splice(4, 0, row(say("Open cases (they keep their present cell)"), found.open_cases));
  need("#moves").replaceChildren(...rows);
  need("#duties").textContent = found.duties_without_cell.length
    ? say("Duties without a cell afterwards: %(codes)s", { codes: found.duties_without_cell.join(", ") })
    : say("No duty is left without a cell.");
  error.hidden = true;
  dialog.showModal();
  return new Promise((resolve) => {
    const done = (/** @type {any} */ answer) => {
      yes.onclick = null;
      dialog.close();
      resolve(answer);
    };
    need("#activate-no").onclick = () => done(null);
    dialog.oncancel = () => done(null);
    yes.onclick = async () => {
      yes.disabled = true;
      try {
        done(await send(urls.planner_activate.replace("ID", edition.id), { body: {} }));
      } catch (failed) {
        error.textContent = failed instanceof Error ? failed.message : String(failed);
        error.hidden = false;
      } finally {
        yes.disabled = false;
      }
    };
  });
}

/** @param {string} name @param {number} value */
function row(name, value) {
  return make("tr", {}, make("td", {}, name), make("td", {}, whole(value)));
}
