// @ts-check
/** Files that are being made: the list looks again by itself until none is waited for; the form above stays as it is. */
import { fill, need } from "grid/lib/page.js";
import { t } from "grid/lib/phrases.js";
import { getHtml } from "grid/lib/request.js";
import { announce } from "grid/ui/toast.js";

const AGAIN_MS = 3000;
const list = need("#export-rows");

function waits() {
  return list.querySelector("[data-waits]") !== null;
}

async function look() {
  const html = document.hidden ? "" : await getHtml(list.dataset.url ?? "").catch(() => "");
  if (html && !list.contains(document.activeElement)) {
    fill(list, html);
    if (!waits()) announce(t("Nothing is being made any more; the files are listed"));
  }
  again();
}

function again() {
  if (waits()) window.setTimeout(() => void look(), AGAIN_MS);
}

again();
