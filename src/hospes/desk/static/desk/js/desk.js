/** The desk's beginning: puts the modules together and listens to what happens elsewhere. */

import "../../hospes/js/page.js";
import { live } from "../../realtime/live.js";
import { toast } from "../../hospes/js/toast.js";
import "./answers.js";
import "./chat.js";
import "./telling.js";
import { sendPending } from "./composer.js";
import "./countdown.js";
import { enrichFields } from "./editor.js";
import "./keys.js";
import "./layout.js";
import * as list from "./list.js";
import { facts, json, say, setOffline } from "./net.js";
import * as pane from "./pane.js";
import "./panels.js";
import "./presence.js";
import { on, state, tell } from "./state.js";

const onDesk = Boolean(document.getElementById("talk"));
enrichFields();

/* --- what happens elsewhere -------------------------------------------------------------------------------- */

document.addEventListener("hospes:event", ({ detail }) => {
  if (detail.name === "Notified") return bell();
  if (!detail.ticket) return;
  if (onDesk) {
    pane.heard(detail.ticket, detail.id);
    list.heard(detail.ticket);
    list.countSoon();
  }
});

let wasOffline = false;
let barShown = false;
document.addEventListener("hospes:offline", () => {
  wasOffline = true;
  /* A hiccup is not worth a word. */
  setTimeout(() => {
    if (live.isOnline()) return;
    barShown = true;
    setOffline(true);
  }, 2500);
});
document.addEventListener("hospes:online", ({ detail }) => {
  setOffline(false);
  if (detail?.first || !wasOffline) return;
  wasOffline = false;
  if (barShown) toast(say("back_online"), { seconds: 3 });
  barShown = false;
  sendPending();
  if (onDesk) list.countSoon(0);
});
document.addEventListener("hospes:resync", () => {
  pane.forgetAll();
  if (onDesk) list.reload().catch(() => {});
  bell();
});
document.addEventListener("hospes:signedout", () => location.reload());

/* --- who else is here -------------------------------------------------------------------------------------- */

let writingTimer = 0;
on("opened", (ticket) => ticket && live.presence(ticket.id, "viewing"));
on("closing", (ticket) => ticket?.id && live.presence(ticket.id, "gone"));
on("writing", () => {
  if (!state.ticket) return;
  if (!writingTimer) live.presence(state.ticket.id, "writing");
  clearTimeout(writingTimer);
  writingTimer = setTimeout(() => {
    writingTimer = 0;
    if (state.ticket) live.presence(state.ticket.id, "viewing");
  }, 6000);
});

const present = new Map(); // ticket id → people
function showPeople() {
  const place = document.getElementById("people-here");
  if (!place || !state.ticket) return;
  const people = present.get(state.ticket.id) ?? [];
  const writing = people.find((one) => one.state === "writing");
  const names = people.map((one) => one.name).join(", ");
  const words = writing ? say("writing_one", { name: writing.name }) : people.length > 1 ? say("viewing_many", { names }) : people.length ? say("viewing_one", { name: names }) : "";
  if (place.textContent !== words) place.textContent = words;
}

document.addEventListener("hospes:presence", ({ detail }) => {
  const people = (detail.people ?? []).filter((one) => (one.id ?? one.agent) !== facts.me);
  present.set(detail.ticket, people);
  showPeople();
  const row = document.getElementById(`t${detail.ticket}`);
  const mark = row?.querySelector(".others");
  if (row && people.length && !mark) {
    const sign = document.createElement("span");
    sign.className = "others";
    sign.title = people.map((one) => one.name).join(", ");
    sign.innerHTML = `<svg class="icon small" viewBox="0 0 24 24" aria-hidden="true"><use href="${facts.sprite}#eye"/></svg>`;
    row.querySelector(".who").append(sign);
  } else if (mark && !people.length) mark.remove();
});
on("opened", showPeople);
on("merged", showPeople);

/* --- the bell ---------------------------------------------------------------------------------------------- */

let lastNews = Number(sessionStorage.getItem("news") ?? 0);
async function bell() {
  const { count, newest } = await json(facts.urls.news).catch(() => ({}));
  const place = document.getElementById("news");
  if (count === undefined || !place) return;
  place.hidden = !count;
  place.textContent = count > 98 ? "99+" : count;
  if (!newest || newest.id <= lastNews) return;
  lastNews = newest.id;
  sessionStorage.setItem("news", String(newest.id));
  if (document.visibilityState === "visible") {
    const number = newest.url.match(/\/t\/([^/]+)\//)?.[1];
    if (number === state.ticket?.number) return;
    toast(newest.text, { action: { label: say("go_to"), run: () => (onDesk ? pane.open(number) : location.assign(newest.url)) }, seconds: 7 });
  } else if (newest.browser && window.Notification?.permission === "granted") {
    const shown = new Notification(newest.text, { body: newest.words, tag: `hospes-${newest.id}` });
    shown.onclick = () => {
      window.focus();
      location.assign(newest.url);
    };
  }
}

const askBrowser = document.getElementById("browser-notify");
if (askBrowser && window.Notification && Notification.permission === "default") {
  askBrowser.hidden = false;
  askBrowser.addEventListener("click", async () => {
    await Notification.requestPermission();
    askBrowser.hidden = true;
  });
}

/* What htmx could not load is said; a session that ended leads to the sign-in page. */
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) location.assign(`${facts.urls.sign_in}?next=${encodeURIComponent(location.pathname)}`);
  else toast(say("load_failed"), { kind: "bad" });
});
document.addEventListener("htmx:sendError", () => toast(say("offline"), { kind: "bad" }));

/* Back after a long time: look whether something was missed. */
let awaySince = 0;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") awaySince = Date.now();
  else if (onDesk && awaySince && Date.now() - awaySince > 600000) pane.forgetAll();
});

/* Last, when everybody listens. */
if (onDesk) tell("started");
