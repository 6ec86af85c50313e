/** Customers of messengers see that somebody writes to them: said once in the time that their provider shows it. */

import { live } from "../../realtime/live.js";
import { current, words } from "./channels.js";
import { on, state } from "./state.js";

const STOPPED_AFTER = 5000;
let told = null; // {ticket, via, at, shown}
let stopping = 0;

function say(shown) {
  told.shown = shown;
  live.say({ type: "typing", ticket: told.ticket, via: told.via, on: shown });
}

function stop() {
  clearTimeout(stopping);
  if (told?.shown) say(false);
}

on("writing", () => {
  const way = current();
  const ticket = state.ticket?.id;
  // What everybody can read is written to nobody in particular; an emptied answer is not being written.
  if (!ticket || !way?.typing_lasts || !way.open || way.mode === "public" || !words()) return stop();
  clearTimeout(stopping);
  stopping = setTimeout(stop, STOPPED_AFTER);
  if (told?.ticket === ticket && told.via === way.via && Date.now() - told.at < way.typing_lasts * 1000) return;
  stop();
  stopping = setTimeout(stop, STOPPED_AFTER);
  told = { ticket, via: way.via, at: Date.now() };
  say(true);
});
on("sent", (job) => {
  if (job?.kind !== "reply" || !told) return;
  clearTimeout(stopping); // the answer itself ends it
  told.shown = false;
});
on("closing", stop);
