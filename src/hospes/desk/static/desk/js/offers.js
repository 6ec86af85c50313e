/** What is offered to me, in a corner of whatever page of the desk I am on, until I take it, leave it or it goes on. */

import { toast } from "../../hospes/js/toast.js";
import "./countdown.js";
import { facts, form, fragment, may, post } from "./net.js";
import { make } from "./make.js";
import * as pane from "./pane.js";
import { on } from "./state.js";

const box = make("section", { class: "offers", popover: "manual", role: "status" });
const address = `${facts.urls.home}offers/`;
const mine = new Set(["TicketOffered", "OfferEnded", "TicketRouted", "TicketChanged"]);
let asking = 0;
let shown = "";

function look(after = 100) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const html = (await fragment(address, { low: true }).catch(() => shown)).trim();
    if (html !== shown) put(html);
  }, after);
}

function put(html) {
  const before = new Set([...box.querySelectorAll("[data-number]")].map((one) => one.dataset.number));
  shown = html;
  box.innerHTML = html;
  const open = box.matches(":popover-open");
  if (html && !open) box.showPopover();
  else if (!html && open) box.hidePopover();
  const fresh = [...box.querySelectorAll("[data-number]")].find((one) => !before.has(one.dataset.number));
  if (fresh && document.visibilityState !== "visible" && window.Notification?.permission === "granted") {
    const note = new Notification(fresh.querySelector("b").textContent, {
      body: fresh.querySelector("a").textContent, tag: `hospes-offer-${fresh.dataset.number}`,
    });
    note.onclick = () => window.focus();
  }
}

async function answer(event) {
  event.preventDefault();
  const { target, submitter } = event;
  const { number } = target.closest("[data-number]").dataset;
  submitter.disabled = true;
  const data = form({ answer: submitter.value });
  try {
    toast((await post(target.action, data)).message);
    if (submitter.value === "accept" && document.getElementById("talk")) pane.open(number);
    else if (submitter.value === "accept") location.assign(`${facts.urls.home}t/${number}/`);
  } catch (error) {
    toast(error.message, { kind: "bad" });
  }
  look(0);
}

if (may("change")) {
  document.body.append(box);
  box.addEventListener("submit", answer);
  document.addEventListener("hospes:event", ({ detail }) => {
    const concerns = detail.data?.agent_id === facts.me || box.querySelector("[data-number]");
    if (mine.has(detail.name) && concerns) look();
  });
  for (const name of ["online", "resync"]) document.addEventListener(`hospes:${name}`, () => look());
  on("countdown-over", (element) => box.contains(element) && look(1200));
  look(0);
}
