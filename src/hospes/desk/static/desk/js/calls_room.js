/** The call's own window: answers, holds the media, and does what is pressed here or in the bar of another page. */

import { live } from "../../realtime/live.js";
import { nonce } from "../../realtime/mesh.js";
import { PictureEditor } from "../../realtime/picture.js";
import { deviceTrouble, Room } from "../../realtime/room.js";
import { taking } from "./calls_kept.js";
import { Recorder } from "./calls_recorder.js";
import { facts, post } from "./net.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const words = read("call-words");
const about = read("call-facts");
const root = document.getElementById("call");
const me = nonce();
const address = `${facts.urls.home}calls/${about.call}/`;
const phone = about.medium === "phone";
const channel = new BroadcastChannel("hospes-call");
let state = about.state;
let over = false;
let entered = false;
let begun = state.answered_seconds === null ? 0 : Date.now() - state.answered_seconds * 1000;
let wantsToRecord = false;

const room = new Room(root, { send: (what) => live.say({ type: "call", call: about.call, ...what }), words, on: { changed, gone: changed, blocked, fed: tell } });
const { find, say } = room;
const recorder = new Recorder(room, {
  begin: (type) => post(`${address}recording/`, { type }),
  ...taking,
  told: drawRecording,
});

async function act(what, more = {}) {
  try {
    const answer = await post(address, { do: what, ...more });
    take(answer);
    return answer;
  } catch (error) {
    room.announce(error.message);
    return null;
  }
}

/* --- coming in ------------------------------------------------------------------------------------------------ */

async function begin() {
  draw();
  if (over) return;
  if (!phone) {
    try {
      await room.open({ video: about.medium === "video" });
    } catch (error) {
      trouble(say(deviceTrouble(error)));
    }
  }
  if (!(await act("answer"))) return ended();
  if (!phone) enter();
  room.listen();
  channel.postMessage({ type: "opened", call: about.call, number: about.number });
}

function enter() {
  entered = true;
  live.say({ type: "call", call: about.call, do: "enter", nonce: me });
}

function trouble(text) {
  const place = find('[data-call="trouble"]');
  place.textContent = text;
  place.hidden = !text;
}

document.addEventListener("hospes:online", () => entered && !over && enter());
document.addEventListener("hospes:offline", draw);
document.addEventListener("hospes:said", ({ detail }) => {
  if (detail.type !== "call" || detail.call !== about.call) return;
  if (detail.do === "entered") {
    room.mesh.hear(detail);
    room.feed();
    draw();
  } else if (detail.do === "out") {
    if (detail.why === "replaced") ended("replaced");
    else refresh();
  } else room.mesh.hear(detail);
});
document.addEventListener("hospes:event", ({ detail }) => {
  if (detail.data?.call_id !== about.call) return;
  if (detail.name === "CallMissed" && detail.data.why === "machine") room.announce(say("machine"));
  refresh();
});

let asking = 0;
function refresh() {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const answer = await fetch(`${address}state/`, { headers: { "Hospes-Fragment": "1" } }).catch(() => null);
    if (answer?.ok) take(await answer.json());
    else if (answer?.status === 404) ended();
  }, 120);
}

function take(next) {
  const before = state;
  state = { ...state, ...next };
  if (!begun && state.answered_seconds !== null) begun = Date.now() - state.answered_seconds * 1000;
  const held = state.parts.filter((part) => part.kind === "customer" && part.state === "held").map((part) => part.id);
  room.mesh.hold(held);
  if (before.consent !== state.consent) consentChanged();
  if (state.state === "ended") ended();
  draw();
}

/* --- recording ------------------------------------------------------------------------------------------------ */

async function record() {
  if (state.consent === "no") return;
  if (recorder.on) {
    recorder.stop();
    return room.announce(say("recording_is_off"));
  }
  if (state.consent !== "yes") {
    wantsToRecord = true;
    await act("ask");
    return room.announce(say("asked"));
  }
  wantsToRecord = false;
  try {
    await recorder.start();
    room.announce(say("recording_is_on"));
  } catch (error) {
    room.announce(words[error.message] ?? error.message);
  }
}

function consentChanged() {
  if (state.consent === "yes" && wantsToRecord && !recorder.on) record();
  else if (state.consent === "no") {
    wantsToRecord = false;
    if (recorder.on) recorder.stop();
    room.announce(say("refused"));
  }
}

function drawRecording() {
  const { on, left } = recorder;
  find('[data-call="recording"]').hidden = !on;
  room.press("record", on, on ? "stop_recording" : "record");
  if (over) {
    trouble(left ? say("keeping", { n: left }) : "");
    if (recorder.token && !left) room.announce(say("kept"));
  }
  tell();
}

/* --- what is on the screen ------------------------------------------------------------------------------------ */

function changed() {
  recorder.mix();
  draw();
}

const customerName = () => state.parts.find((part) => part.kind === "customer")?.name || about.customer || say("customer");

function draw() {
  if (over) return;
  const peers = [...room.mesh.peers.values()];
  const name = customerName();
  const talks = state.parts.some((part) => part.kind === "customer" && part.state === "joined");
  const there = phone ? talks : peers.some((peer) => peer.about.kind === "customer" && peer.connected);
  const isHeld = state.parts.some((part) => part.kind === "customer" && part.state === "held");
  const line = !live.isOnline() ? say("lost") : isHeld ? say("held", { name }) : there ? say("talking", { name }) : talks && begun ? say("alone", { name }) : say("waiting", { name });
  const place = find('[data-call="status"]');
  if (place.textContent !== line) place.textContent = line;
  room.press("hold", isHeld, isHeld ? "resume" : "hold");
  const refused = state.consent === "no";
  find('[data-call="unrecorded"]').hidden = !refused;
  for (const button of root.querySelectorAll('[data-do="record"]')) button.disabled = refused;
  drawPeople();
  tell();
}

function drawPeople() {
  const list = find('[data-call="people"]');
  const shown = state.parts.filter((part) => ["joined", "held", "ringing"].includes(part.state));
  const key = JSON.stringify(shown);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...shown.map((part) => {
    const line = document.createElement("li");
    const name = part.name || say(part.kind === "customer" ? "customer" : "somebody");
    line.append(part.state === "ringing" ? say("rung", { name }) : part.state === "held" ? say("held_name", { name }) : name);
    if (part.kind !== "customer" && part.agent !== about.me && about.can_reply) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button ghost small";
      button.textContent = "×";
      button.setAttribute("aria-label", say("remove", { name }));
      button.onclick = () => act("remove", { part: part.id });
      line.append(button);
    }
    return line;
  }));
}

setInterval(() => {
  if (begun && !over) {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    find('[data-call="time"]').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  tell();
}, 1000);

function blocked() {
  room.announce(say("press_to_hear"));
  addEventListener("pointerdown", () => {
    room.context?.resume();
    for (const sound of root.querySelectorAll("audio")) sound.play().catch(() => {});
    room.announce("");
  }, { once: true });
}

function ended(why = "over") {
  if (over) return;
  if (recorder.on) recorder.stop();
  over = true;
  root.dataset.state = "ended";
  find('[data-call="status"]').textContent = say(why);
  for (const button of root.querySelectorAll(".bar button")) button.disabled = true;
  const mesh = room.mesh;
  mesh.tell({ recording: false });
  room.close();
  live.say({ type: "call", call: about.call, do: "leave" });
  channel.postMessage({ type: "over", call: about.call });
  drawRecording();
  document.getElementById("call-outcome").focus();
}

/* --- what is pressed, here or in the bar of another page -------------------------------------------------------- */

const steps = {
  hold: () => act(state.parts.some((part) => part.kind === "customer" && part.state === "held") ? "resume" : "hold"),
  hangup: async () => {
    if (recorder.on) recorder.stop();
    await act("hangup");
    ended();
  },
  record,
  picture() {
    const video = room.bestPicture();
    if (video) editor.open(video);
    else room.announce(say("nothing_to_keep"));
  },
};

root.addEventListener("click", (event) => steps[event.target.closest("[data-do]")?.dataset.do]?.());

const editor = new PictureEditor(document.getElementById("picture"), {
  say,
  save: async (blob, words_) => {
    const body = new FormData();
    body.append("picture", blob, "picture.jpg");
    body.append("words", words_);
    await post(`${address}picture/`, body);
    room.announce(say("picture_kept"));
  },
});

document.getElementById("invite")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const answer = await act(event.submitter?.value ?? "invite", { agent: form.elements.agent.value });
  if (answer?.copy) await navigator.clipboard.writeText(answer.copy).catch(() => prompt(say("copy_this", { link: "" }), answer.copy));
  if (answer?.message) room.announce(answer.message);
});

const notes = document.getElementById("notes");
async function saveNotes() {
  const answer = await act("note", { outcome: notes.elements.outcome.value, notes: notes.elements.notes.value });
  find('[data-call="saved"]').textContent = answer ? say("saved") : "";
}
let saving = 0;
notes.addEventListener("submit", (event) => {
  event.preventDefault();
  saveNotes();
});
notes.addEventListener("input", () => {
  find('[data-call="saved"]').textContent = "";
  clearTimeout(saving);
  saving = setTimeout(saveNotes, 1500);
});

/* The bar of the desk's pages shows how it stands, and asks for what is pressed there. */
function tell() {
  if (over) return;
  channel.postMessage({
    type: "state", call: about.call, number: about.number, who: customerName(), begun, muted: room.muted, phone,
    held: state.parts.some((part) => part.kind === "customer" && part.state === "held"), recording: recorder.on,
  });
}
channel.addEventListener("message", ({ data }) => {
  if (data.type !== "do" || data.call !== about.call || over) return;
  if (data.what === "mute") room.mute(!room.muted);
  else if (data.what === "show") window.focus();
  else steps[data.what]?.();
});

addEventListener("beforeunload", (event) => {
  if ((!over && entered) || recorder.left) event.preventDefault();
});

begin();
