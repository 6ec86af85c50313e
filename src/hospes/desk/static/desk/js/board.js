/** Keeps a board true while it is open: its rows are asked for anew when something happened, and now and then. */

import { refreshTimes } from "../../hospes/js/time.js";
import { fragment } from "./net.js";

const board = document.querySelector("[data-board]");
let asked = 0;
let soon = 0;

async function draw() {
  const mine = ++asked;
  try {
    const html = await fragment(board.dataset.board);
    if (mine !== asked || board.dataset.shown === html) return;
    board.innerHTML = html;
    board.dataset.shown = html;
    refreshTimes(board);
  } catch {
    // the frame tells when there is no connection
  }
}

/** Many events in a row are one look. */
function later() {
  clearTimeout(soon);
  soon = setTimeout(draw, 400);
}

if (board) {
  document.addEventListener("hospes:event", later);
  setInterval(() => document.visibilityState === "visible" && draw(), 10000);
}
