/** Whether one is here: the part of the own menu, the dot on the rail, the live board, and tables filled in by keys. */

import { toast } from "../../hospes/js/toast.js";
import { facts, fragment, post } from "./net.js";

const place = document.getElementById("presence");
const me = document.querySelector(".rail .me");
const board = document.getElementById("board");

function show(html) {
  place.innerHTML = html;
  const said = place.firstElementChild;
  if (!me || !said?.dataset.state) return;
  me.dataset.state = said.dataset.state;
  me.setAttribute("aria-label", `${facts.name}: ${said.dataset.word}`);
}

async function refresh() {
  if (!place || place.contains(document.activeElement)) return;
  try {
    show(await fragment(place.dataset.address, { low: true }));
  } catch {
    /* The dot stays as it was; it will be asked for again. */
  }
}

place?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const chosen = event.submitter?.value;
  try {
    const data = new FormData(event.target, event.submitter);
    show(await send(event.target.action, data));
    place.querySelector(chosen ? `[value="${chosen}"]` : "[aria-pressed=true]")?.focus();
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
});
place?.addEventListener("change", (event) => {
  if (event.target.type === "checkbox") event.target.form.requestSubmit();
});

async function send(address, data) {
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  const answer = await fetch(address, { method: "POST", body: data, headers: { "X-CSRFToken": token, "Hospes-Fragment": "1" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message ?? answer.statusText);
  return answer.text();
}

let boardTimer = 0;
document.addEventListener("hospes:event", ({ detail }) => {
  if (!/^(Presence|ChannelPresence|Absence|OnCall|Shifts|Skills|Capacity)/.test(detail.name)) return;
  if (detail.data?.agent_id === facts.me) refresh();
  if (!board) return;
  clearTimeout(boardTimer);
  boardTimer = setTimeout(async () => {
    try {
      board.innerHTML = await fragment(board.dataset.board);
    } catch {
      /* The next change tries again. */
    }
  }, 400);
});
document.addEventListener("hospes:online", ({ detail }) => detail?.first || refresh());
refresh();

/* --- tables filled in by keys: saved as soon as a cell is left or complete ---------------------------------------- */

for (const table of document.querySelectorAll("form[data-matrix]")) {
  const kept = new WeakMap();
  const cells = () => [...table.querySelectorAll("input.level:not(:disabled)")];
  for (const cell of cells()) kept.set(cell, cell.value);

  const save = async (cell) => {
    if (kept.get(cell) === cell.value) return;
    const before = kept.get(cell);
    kept.set(cell, cell.value);
    cell.dataset.level = cell.value || "0";
    try {
      await post(table.getAttribute("action") || location.pathname, { [cell.name]: cell.value });
      cell.removeAttribute("aria-invalid");
    } catch (error) {
      kept.set(cell, before);
      cell.setAttribute("aria-invalid", "true");
      toast(error.message, { kind: "bad" });
    }
  };
  table.addEventListener("input", ({ target }) => target.maxLength === 1 && target.checkValidity() && save(target));
  table.addEventListener("change", ({ target }) => save(target));
  table.addEventListener("focusin", ({ target }) => target.select?.());
  table.addEventListener("submit", (event) => event.preventDefault());
  table.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches("input.level") || !/^Arrow|^Enter$/.test(event.key)) return;
    const row = cell.closest("tr");
    const across = [...row.querySelectorAll("input.level:not(:disabled)")];
    const step = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[event.key];
    let next;
    if (step) {
      const column = [...row.cells].indexOf(cell.closest("td"));
      let other = step > 0 ? row.nextElementSibling : row.previousElementSibling;
      next = other?.cells[column]?.querySelector("input.level:not(:disabled)");
    } else {
      const forward = (event.key === "ArrowRight") === (getComputedStyle(table).direction === "ltr");
      next = across[across.indexOf(cell) + (forward ? 1 : -1)];
    }
    if (event.key === "Enter" || next) event.preventDefault();
    next?.focus();
  });
}

for (const field of document.querySelectorAll("select[data-submit]")) field.addEventListener("change", () => field.form.requestSubmit());
