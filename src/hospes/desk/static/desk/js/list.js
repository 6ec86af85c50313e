/** The list: moving through it, choosing several, and staying true while the world changes. */

import { refreshTimes } from "../../hospes/js/time.js";
import { facts, fragment, json, say } from "./net.js";
import { open, prefetch } from "./pane.js";
import { on, state } from "./state.js";

const rows = document.getElementById("rows");
const list = rows?.querySelector("ol");
const fresh = document.getElementById("fresh");
const gathered = new Map(); // id → row that waits behind "3 new"
const asked = new Set(); // ids of tickets that something happened to
let askTimer = 0;
let pointerInside = false;
let lastTouch = 0;

export const all = () => (list ? [...list.querySelectorAll(":scope > .ticket")] : []);
export const here = () => list?.querySelector(":scope > .ticket.here") ?? null;
export const chosen = () => all().filter((row) => row.querySelector("input").checked);

/** Marks a row as the one that is open (or would be opened). */
export function mark(row, { scroll = true } = {}) {
  const old = here();
  if (old && old !== row) {
    old.classList.remove("here");
    old.querySelector("a").removeAttribute("aria-current");
  }
  if (!row) return;
  row.classList.add("here");
  row.querySelector("a").setAttribute("aria-current", "true");
  if (scroll) row.scrollIntoView({ block: "nearest" });
  soon(row);
}

let soonTimer = 0;
function soon(row) {
  clearTimeout(soonTimer);
  const near = [row.nextElementSibling, row.nextElementSibling?.nextElementSibling, row.previousElementSibling, row.nextElementSibling?.nextElementSibling?.nextElementSibling];
  soonTimer = setTimeout(() => prefetch(near.map((one) => one?.dataset?.number)), 80);
}

const talkIsShown = () => {
  const talk = document.getElementById("talk");
  return talk && talk.offsetWidth > 0;
};

/** One up or down; with the talk beside the list the ticket opens at once. */
export function move(step) {
  const every = all();
  if (!every.length) return;
  const at = every.indexOf(here());
  const next = every[at < 0 ? (step > 0 ? 0 : every.length - 1) : Math.max(0, Math.min(every.length - 1, at + step))];
  if (!next || next === every[at]) {
    if (step > 0) list.querySelector(".more-rows")?.click();
    return;
  }
  lastTouch = Date.now();
  mark(next);
  if (talkIsShown()) open(next.dataset.number);
}

export function openHere() {
  const row = here() ?? all()[0];
  if (!row) return;
  mark(row);
  open(row.dataset.number, { focus: true });
}

/** The ticket after the one that leaves the list, so that work goes on. */
export function after(number) {
  const row = all().find((one) => one.dataset.number === number);
  return row?.nextElementSibling?.dataset?.number ?? row?.previousElementSibling?.dataset?.number ?? null;
}

rows?.addEventListener("click", (event) => {
  const row = event.target.closest(".ticket");
  if (!row) return;
  if (event.target.matches("input")) {
    if (event.shiftKey) chooseUpTo(row);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (!event.target.closest("a")) return;
  event.preventDefault();
  mark(row, { scroll: false });
  open(row.dataset.number);
});

rows?.addEventListener("pointerenter", () => (pointerInside = true));
rows?.addEventListener("pointerleave", () => {
  pointerInside = false;
  setTimeout(place, 400);
});
rows?.addEventListener("pointerover", (event) => {
  const number = event.target.closest(".ticket")?.dataset.number;
  if (number) prefetch([number]);
});

/* --- several at once --------------------------------------------------------------------------------------- */

const bulk = document.getElementById("bulk");
let lastChosen = null;

function chooseUpTo(row) {
  const every = all();
  const [from, to] = [every.indexOf(lastChosen), every.indexOf(row)].sort((a, b) => a - b);
  if (from < 0) return;
  const checked = row.querySelector("input").checked;
  for (const one of every.slice(from, to + 1)) one.querySelector("input").checked = checked;
  showChosen();
}

export function showChosen() {
  const picked = chosen();
  for (const row of all()) row.classList.toggle("picked", row.querySelector("input").checked);
  rows.classList.toggle("picking", picked.length > 0);
  if (!bulk) return;
  bulk.hidden = !picked.length;
  bulk.querySelector("[data-words]").textContent = picked.length === 1 ? say("chosen_one") : say("chosen_many", { n: picked.length });
}

export function toggleHere() {
  const row = here() ?? all()[0];
  if (!row) return;
  const box = row.querySelector("input");
  box.checked = !box.checked;
  lastChosen = row;
  showChosen();
}

export function chooseNone() {
  for (const row of all()) row.querySelector("input").checked = false;
  showChosen();
}

export function chooseAll() {
  for (const row of all()) row.querySelector("input").checked = true;
  showChosen();
}

rows?.addEventListener("change", (event) => {
  if (!event.target.matches(".mark input")) return;
  lastChosen = event.target.closest(".ticket");
  showChosen();
});

/* --- staying true ------------------------------------------------------------------------------------------ */

/** Something happened to a ticket: ask whether, and how, it belongs to this list now. */
export function heard(id) {
  if (!list || !state.view) return;
  asked.add(id);
  clearTimeout(askTimer);
  askTimer = setTimeout(askRows, 120 + Math.random() * 180);
}

async function askRows() {
  const ids = [...asked].slice(0, 200);
  for (const id of ids) asked.delete(id);
  if (!ids.length) return;
  const query = rows.dataset.query ? `&${rows.dataset.query}` : "";
  let html;
  try {
    html = await fragment(`${facts.urls.home}v/${state.view}/rows/?ids=${ids.join(",")}${query}`, { low: true });
  } catch {
    return;
  }
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const found = new Map([...holder.content.querySelectorAll(".ticket")].map((row) => [Number(row.id.slice(1)), row]));
  for (const id of ids) gathered.set(id, found.get(id) ?? null);
  update();
  place();
}

/** What a row says changes at once, for that moves nothing. */
function update() {
  for (const [id, row] of gathered) {
    const old = document.getElementById(`t${id}`);
    if (!old || !row || old.parentElement !== list) continue;
    const box = old.querySelector("input");
    const made = row.cloneNode(true);
    made.querySelector("input").checked = box.checked;
    made.classList.toggle("here", old.classList.contains("here"));
    made.classList.toggle("picked", box.checked);
    if (state.ticket?.id === id) made.classList.remove("unread");
    if (old.contains(document.activeElement)) continue;
    old.className = made.className;
    old.dataset.next = made.dataset.order;
    old.replaceChildren(...made.childNodes);
    if (old.classList.contains("here")) old.querySelector("a").setAttribute("aria-current", "true");
  }
  refreshTimes(list);
}

const descending = () => rows.dataset.order.startsWith("-");
const resting = () => !pointerInside && !list.contains(document.activeElement) && Date.now() - lastTouch > 2500;

function spot(order) {
  const down = descending();
  return all().find((row) => (down ? row.dataset.order < order : row.dataset.order > order)) ?? list.querySelector(".more-rows");
}

/** Rows move, come and go only when nobody is about to press one; new ones gather behind "3 new". */
function place(force = false) {
  if (!list) return;
  const calm = force || (resting() && rows.scrollTop < 40);
  let news = 0;
  for (const [id, row] of [...gathered]) {
    const old = document.getElementById(`t${id}`);
    const listed = old?.parentElement === list ? old : null;
    if (listed && !row) {
      if (!calm || listed.classList.contains("here")) {
        listed.classList.add("gone");
        if (!calm) continue;
      }
      if (!listed.classList.contains("here")) listed.remove();
    } else if (row && (calm || (!listed && belowEnd(row)))) {
      if (listed) {
        listed.dataset.order = row.dataset.order;
        const before = spot(row.dataset.order);
        if (before !== listed && before !== listed.nextElementSibling) list.insertBefore(listed, before);
      } else if (!belowEnd(row)) list.insertBefore(row.cloneNode(true), spot(row.dataset.order));
    } else if (row && !listed) {
      news += 1;
      continue;
    } else if (row) continue;
    gathered.delete(id);
  }
  fresh.hidden = news === 0;
  fresh.querySelector("span").textContent = news === 1 ? say("new_one") : say("new_many", { n: news });
  const none = document.getElementById("no-rows");
  if (none) none.hidden = all().length > 0;
  refreshTimes(list);
}

/** Beyond what is loaded: it will come with the next page. */
function belowEnd(row) {
  const more = list.querySelector(".more-rows");
  const last = all().at(-1);
  if (!more || !last) return false;
  return descending() ? row.dataset.order < last.dataset.order : row.dataset.order > last.dataset.order;
}

fresh?.querySelector("button").addEventListener("click", () => {
  place(true);
  rows.scrollTo({ top: 0 });
});
setInterval(() => list && gathered.size && place(), 3000);

/* --- counts ------------------------------------------------------------------------------------------------ */

let countTimer = 0;
export function countSoon(wait = 1200) {
  clearTimeout(countTimer);
  countTimer = setTimeout(count, wait + Math.random() * 400);
}

async function count() {
  if (!document.querySelector("[data-count]")) return;
  try {
    const { counts, cap } = await json(facts.urls.counts);
    for (const place of document.querySelectorAll("[data-count]")) {
      const n = counts[place.dataset.count];
      place.textContent = n ? (n >= cap ? `${cap}+` : n) : "";
    }
  } catch {
    /* The next event asks again. */
  }
}

/** Loads the list anew where it is, after having been away for long. */
export async function reload() {
  if (!list) return;
  const query = rows.dataset.query ? `?${rows.dataset.query}` : "";
  const html = await fragment(`${facts.urls.home}v/${state.view}/rows/${query}`);
  const number = here()?.dataset.number;
  list.innerHTML = html;
  window.htmx?.process(list);
  gathered.clear();
  mark(all().find((row) => row.dataset.number === number), { scroll: false });
  place(true);
  countSoon(0);
}

on("opened", (ticket) => {
  const row = ticket && all().find((one) => one.dataset.number === ticket.number);
  if (row) mark(row);
  else if (ticket) mark(null);
});

on("started", () => {
  countSoon(0);
  const number = state.ticket?.number;
  const row = all().find((one) => one.dataset.number === number);
  if (row) mark(row);
  else prefetch(all().slice(0, 2).map((one) => one.dataset.number));
});


