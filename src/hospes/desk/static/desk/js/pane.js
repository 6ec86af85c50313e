/** The open ticket. Neighbours are fetched before they are wanted, so that moving through the queue never waits. */

import { refreshTimes } from "../../hospes/js/time.js";
import { watchFrames } from "./mail.js";
import { facts, fragment, post, say, url } from "./net.js";
import { on, state, tell } from "./state.js";

const talk = document.getElementById("talk");
const customer = document.getElementById("customer");
const main = document.getElementById("main");
const KEPT = 60;
const cache = new Map(); // number → {html, at}
const newest = new Map(); // ticket id → newest event that was heard of
const running = new Map(); // number → promise of html
let seenTimer = 0;
let refreshing = null;

function remember(number, html) {
  cache.delete(number);
  cache.set(number, { html, at: Date.now() });
  if (cache.size > KEPT) cache.delete(cache.keys().next().value);
}

function load(number, low = false) {
  if (running.has(number)) return running.get(number);
  const promise = fragment(`${url(number)}?view=${state.view}`, { low })
    .then((html) => {
      remember(number, html);
      return html;
    })
    .finally(() => running.delete(number));
  running.set(number, promise);
  return promise;
}

/** Fetches tickets that will probably be opened next, one after another. */
export async function prefetch(numbers) {
  for (const number of numbers)
    if (number && !cache.has(number)) {
      try {
        await load(number, true);
      } catch {
        return;
      }
    }
}

export const forget = (number) => cache.delete(number);

function parts(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const part = (name) => holder.content.querySelector(`template[data-for="${name}"]`)?.content;
  return { talk: part("talk"), customer: part("customer") };
}

function skeleton() {
  const bones = (n) =>
    Array.from({ length: n }, () => '<div class="message"><span class="bone w25"></span><br><span class="bone w80"></span><br><span class="bone w60"></span></div>').join("");
  return `<div class="pane talk skeleton" aria-hidden="true"><div class="ticket-head"><span class="bone w40"></span><br><span class="bone w60"></span></div><div class="thread">${bones(3)}</div></div>`;
}

function adopt() {
  const pane = talk.querySelector("[data-ticket]");
  if (!pane) {
    state.ticket = null;
    return;
  }
  state.ticket = { id: Number(pane.dataset.ticket), number: pane.dataset.number, event: Number(pane.dataset.event) };
}

function settle(scroll) {
  adopt();
  window.htmx?.process(talk);
  refreshTimes(talk);
  refreshTimes(customer);
  watchFrames(talk);
  keepFolds();
  if (scroll) toEnd();
  markSeen();
  tell("opened", state.ticket);
}

/** Shows the newest message, or the one that the address names. */
function toEnd() {
  const thread = document.getElementById("thread");
  if (!thread) return;
  const named = location.hash.startsWith("#m") && document.getElementById(location.hash.slice(1));
  if (named) named.scrollIntoView({ block: "start" });
  else {
    const last = thread.querySelector("ol > .message:last-of-type") ?? thread.querySelector("ol > :last-child");
    thread.scrollTop = thread.scrollHeight;
    if (last && last.offsetHeight > thread.clientHeight) last.scrollIntoView({ block: "start" });
  }
}

function markSeen() {
  clearTimeout(seenTimer);
  const opened = state.ticket;
  if (!opened) return;
  const last = [...talk.querySelectorAll("[data-message]")].at(-1)?.dataset.message;
  seenTimer = setTimeout(() => {
    if (state.ticket !== opened || document.visibilityState !== "visible" || !last) return;
    document.getElementById(`t${opened.id}`)?.classList.remove("unread");
    post(url(opened.number, "seen/"), { message: last }).catch(() => {});
  }, 700);
}

/** Opens a ticket: at once from the cache when it is there, else with a skeleton after a moment. */
export async function open(number, { push = true, focus = false } = {}) {
  if (state.ticket?.number === number && talk.querySelector("[data-ticket]")) {
    main.dataset.shows = "talk";
    return;
  }
  tell("closing", state.ticket);
  const address = `${url(number)}?view=${state.view}`;
  if (push) history.pushState({ number }, "", address);
  main.dataset.shows = "talk";
  const kept = cache.get(number);
  state.ticket = { id: 0, number, event: 0 };
  if (kept) {
    put(kept.html);
    const id = state.ticket?.id;
    if (Date.now() - kept.at > 20000 || (newest.get(id) ?? 0) > (state.ticket?.event ?? 0)) refresh();
  } else {
    const wait = setTimeout(() => {
      if (state.ticket?.number === number) talk.innerHTML = skeleton();
    }, 60);
    try {
      const html = await load(number);
      clearTimeout(wait);
      if (state.ticket?.number !== number) return;
      put(html);
    } catch (error) {
      clearTimeout(wait);
      if (state.ticket?.number === number) failed(number, error);
      return;
    }
  }
  if (focus) document.getElementById("thread")?.focus({ preventScroll: true });
}

function put(html) {
  const found = parts(html);
  if (!found.talk) return;
  talk.replaceChildren(found.talk.cloneNode(true));
  customer.replaceChildren(found.customer.cloneNode(true));
  const subject = talk.querySelector(".subject-edit")?.value;
  if (subject) document.title = `${subject} · Hospes`;
  settle(true);
}

function failed(number, error) {
  talk.innerHTML = '<div class="empty bad" role="alert"><h2></h2><p></p><div class="actions"><button type="button" class="button"></button></div></div>';
  talk.querySelector("h2").textContent = say("load_failed");
  talk.querySelector("p").textContent = error.message;
  const again = talk.querySelector("button");
  again.textContent = say("retry");
  again.addEventListener("click", () => {
    state.ticket = null;
    open(number, { push: false });
  });
  customer.replaceChildren();
  tell("opened", null);
}

/**
 * Brings the open ticket up to date without touching what is being written: messages are matched by id, kept when
 * nothing changed in them, and put in where they belong. Returns the ids of those that are new.
 */
export async function refresh() {
  const opened = state.ticket;
  if (!opened) return [];
  if (refreshing) {
    refreshing.again = true;
    return refreshing.promise;
  }
  const mine = { again: false };
  refreshing = mine;
  mine.promise = (async () => {
    let arrived = [];
    try {
      do {
        mine.again = false;
        cache.delete(opened.number);
        const html = await load(opened.number);
        if (state.ticket?.number !== opened.number) return [];
        arrived = arrived.concat(merge(html));
      } while (mine.again);
    } finally {
      refreshing = null;
    }
    return arrived;
  })();
  return mine.promise;
}

function merge(html) {
  const found = parts(html);
  const fresh = found.talk?.querySelector("[data-ticket]");
  const pane = talk.querySelector("[data-ticket]");
  if (!fresh || !pane) {
    put(html);
    return [];
  }
  mergeHead(found.talk.querySelector("[data-part='head']"));
  const arrived = mergeThread(fresh.querySelector("#thread > ol"), pane.querySelector("#thread > ol"));
  const typing = document.activeElement?.closest("#customer");
  if (customer.matches(":active")) document.addEventListener("pointerup", () => setTimeout(() => refresh().catch(() => {})), { once: true });
  else if (!typing) replaceCustomer(found.customer);
  pane.dataset.event = fresh.dataset.event;
  pane.dataset.last = fresh.dataset.last;
  adopt();
  keepFolds();
  refreshTimes(talk);
  refreshTimes(customer);
  watchFrames(talk);
  if (arrived.length) markSeen();
  tell("merged", { arrived, ways: found.talk.querySelector("#composer")?.dataset.ways });
  return arrived;
}

/** The customer anew, with the parts of the topics kept as they are: they are fetched apart (panels.js). */
function replaceCustomer(fresh) {
  const made = fresh.cloneNode(true);
  const old = document.getElementById("panels");
  const place = made.querySelector("#panels");
  if (old && place && old.dataset.panels === place.dataset.panels) place.replaceWith(old);
  customer.replaceChildren(made);
}

/** The head is drawn anew unless somebody types in it or has its menu open; the focus stays where it was. */
function mergeHead(fresh) {
  const old = document.getElementById("ticket-head");
  const focused = document.activeElement?.closest("#ticket-head") && document.activeElement;
  if (!old || focused?.matches(".subject-edit") || old.querySelector(":popover-open")) return;
  const made = fresh.cloneNode(true);
  old.replaceWith(made);
  if (focused?.dataset.pick) made.querySelector(`[data-pick="${focused.dataset.pick}"]`)?.focus({ preventScroll: true });
}

function mergeThread(from, into) {
  const thread = into.parentElement;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 120;
  const have = new Map([...into.children].map((item) => [item.id, item]));
  const arrived = [];
  let place = into.firstElementChild;
  for (const item of [...from.children]) {
    const old = have.get(item.id);
    have.delete(item.id);
    if (old && old.dataset.stamp === item.dataset.stamp) {
      if (place === old) place = old.nextElementSibling;
      else into.insertBefore(old, place);
      continue;
    }
    const made = item.cloneNode(true);
    if (old) {
      if (place === old) place = old.nextElementSibling;
      old.replaceWith(made);
    } else {
      into.insertBefore(made, place);
      if (made.dataset.message) {
        made.classList.add("arrived");
        arrived.push(Number(made.dataset.message));
      }
    }
  }
  for (const gone of have.values()) gone.remove();
  if (atEnd && arrived.length) requestAnimationFrame(() => (thread.scrollTop = thread.scrollHeight));
  return arrived;
}

/** Something happened on a ticket: what is kept of it is old. */
export function heard(id, event) {
  newest.set(id, Math.max(newest.get(id) ?? 0, event));
  if (state.ticket?.id === id) {
    if (event > state.ticket.event) refresh().catch(() => {});
    return;
  }
  const row = document.getElementById(`t${id}`);
  if (row) cache.delete(row.dataset.number);
}

/** Everything kept may be old (the page was away for long). */
export function forgetAll() {
  cache.clear();
  if (state.ticket) refresh().catch(() => {});
}

export function close() {
  if (!state.ticket) return;
  tell("closing", state.ticket);
  main.dataset.shows = "list";
  history.pushState({}, "", `${facts.urls.home}v/${state.view}/`);
}

/* Which parts of the customer pane are folded is remembered. */
function keepFolds() {
  for (const part of customer.querySelectorAll("details[data-keep]")) {
    const kept = localStorage.getItem(`fold:${part.dataset.keep}`);
    if (kept !== null) part.open = kept === "1";
  }
}
customer?.addEventListener(
  "toggle",
  (event) => {
    const part = event.target.closest?.("details[data-keep]");
    if (part) localStorage.setItem(`fold:${part.dataset.keep}`, part.open ? "1" : "0");
  },
  true,
);

window.addEventListener("popstate", () => {
  const number = location.pathname.match(/\/t\/([^/]+)\/$/)?.[1];
  if (number) open(number, { push: false });
  else if (location.pathname.includes("/v/")) {
    const view = location.pathname.match(/\/v\/([^/]+)\//)?.[1];
    if (view !== state.view) location.reload();
    else main.dataset.shows = "list";
  }
});

document.addEventListener("click", async (event) => {
  const earlier = event.target.closest("[data-earlier]");
  if (!earlier || !state.ticket) return;
  event.preventDefault();
  earlier.classList.add("busy");
  const thread = document.getElementById("thread");
  const below = thread.scrollHeight - thread.scrollTop;
  const html = await fragment(`${url(state.ticket.number)}?view=${state.view}&all=1`);
  merge(html);
  earlier.parentElement.remove();
  thread.scrollTop = thread.scrollHeight - below;
});

on("started", () => settle(true));
