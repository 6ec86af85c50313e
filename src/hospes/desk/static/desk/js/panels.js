/** What the topics show beside the talk: fetched after it, drawn anew when something happens, its forms sent from here. */

import { toast } from "../../hospes/js/toast.js";
import { refreshTimes } from "../../hospes/js/time.js";
import { fragment, post } from "./net.js";
import { refresh } from "./pane.js";
import { on, tell } from "./state.js";

const customer = document.getElementById("customer");
const kept = new Map(); // address → markup, so that a ticket seen before shows its parts at once
let asked = 0;
let must = false; // what was sent has to be drawn anew, whichever drawing comes first
let late = false; // something was pressed or fetched when it was to be drawn

const place = () => document.getElementById("panels");

/** Somebody types or chooses in there, or has typed and not sent it yet: not the moment to draw it anew. */
function busy(holder) {
  const typed = (field) => field.value !== field.defaultValue;
  if ([...holder.querySelectorAll("form[data-panel] :is(textarea, input:not([type=hidden]))")].some(typed)) return true;
  const focused = document.activeElement;
  return holder.contains(focused) && focused.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

/** A button is being pressed, or what it asked for is on its way into the panel: drawn now, both would go nowhere. */
const pressed = (holder) => holder.matches(":active") || holder.querySelector(".htmx-request") !== null;

export async function draw({ force = false } = {}) {
  const holder = place();
  if (!holder) return;
  const address = holder.dataset.panels;
  const mine = ++asked;
  must ||= force;
  if (!holder.childElementCount && kept.has(address)) put(holder, kept.get(address));
  let html;
  try {
    html = await fragment(address);
  } catch {
    return; // the talk itself tells when there is no connection
  }
  const now = place();
  if (mine !== asked || !now || now.dataset.panels !== address) return;
  kept.set(address, html);
  if (kept.size > 60) kept.delete(kept.keys().next().value);
  if (!must && busy(now)) return;
  late = pressed(now);
  if (late) return;
  put(now, html);
  must = false;
}

function put(holder, html) {
  if (holder.dataset.shown === html) return;
  const open = new Set([...holder.querySelectorAll("details[open][id]")].map((part) => part.id));
  const fetched = must ? [] : [...holder.querySelectorAll("[data-fetched][id]")].filter((one) => one.childElementCount);
  holder.innerHTML = html;
  holder.dataset.shown = html;
  // A form that somebody asked for stays as it is while its surroundings are drawn anew.
  for (const one of fetched) document.getElementById(one.id)?.replaceWith(one);
  for (const part of holder.querySelectorAll("details[id]")) if (open.has(part.id)) part.open = true;
  window.htmx?.process(holder);
  refreshTimes(holder);
  tell("panels", holder);
}

/* A form with data-panel is sent as it is; a refusal is said, and marked at the field that it names. */
customer?.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-panel]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  const button = event.submitter ?? form.querySelector("button");
  button?.classList.add("busy");
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  try {
    const answer = await post(form.action, data);
    if (answer?.message) toast(answer.message);
    if (answer?.go) location.assign(answer.go);
    document.activeElement?.blur?.();
    await draw({ force: true });
    refresh().catch(() => {});
  } catch (error) {
    toast(error.message, { kind: "bad", seconds: 8 });
    const field = error.body?.field && form.elements[error.body.field];
    if (field instanceof HTMLElement) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  } finally {
    button?.classList.remove("busy");
  }
});

function again() {
  if (late) setTimeout(draw);
}
for (const over of ["pointerup", "keyup", "htmx:afterSettle", "htmx:sendError", "htmx:responseError"]) document.addEventListener(over, again);

on("opened", () => {
  must = false;
  draw();
});
on("merged", () => draw());
on("countdown-over", () => setTimeout(draw, 1200));
