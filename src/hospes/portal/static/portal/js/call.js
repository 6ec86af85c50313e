/** The customer's side of a call: device check, the line, the room, its end. */

import { deviceTrouble, Room } from "../../realtime/room.js";
import { nonce } from "../../realtime/mesh.js";
import { PictureEditor } from "../../realtime/picture.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const words = read("words");
const facts = read("facts");
const root = document.getElementById("call");
const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
const window_ = nonce();
let key = facts.key;
let socket = null;
let pause = 500;
let state = {};
let over = facts.state === "over";
let since = 0;

const room = new Room(root, { send: (what) => say({ type: "call", ...what }), words, on: { changed: status, gone: () => status(), blocked } });
const { find, say: text } = room;

async function post(address, data) {
  const body = new FormData();
  for (const [name, value] of Object.entries(data)) body.append(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
  const read = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(read.message || text("failed"));
  return read;
}

function show(name) {
  root.dataset.state = name;
  for (const part of root.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== name;
}

/* --- the device check ----------------------------------------------------------------------------------------- */

let tried = false;

async function tryDevices() {
  const trouble = document.getElementById("device-trouble");
  try {
    await room.open({ video: facts.video, mic: value("which-mic"), camera: value("which-camera") });
  } catch (error) {
    trouble.textContent = text(deviceTrouble(error));
    trouble.hidden = false;
    return false;
  }
  trouble.hidden = true;
  tried = true;
  root.querySelector(".checked").hidden = false;
  document.getElementById("check").hidden = true;
  const preview = find('[data-call="preview"]');
  preview.srcObject = room.camera;
  preview.closest("figure").hidden = !room.camera;
  await listDevices();
  return true;
}

const value = (id) => document.getElementById(id)?.value ?? "";

async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  for (const [id, kind, stream] of [["which-mic", "audioinput", room.mic], ["which-camera", "videoinput", room.camera]]) {
    const select = document.getElementById(id);
    if (!select) continue;
    const used = stream?.getTracks()[0]?.getSettings().deviceId;
    select.replaceChildren(...all.filter((one) => one.kind === kind).map((one, n) => new Option(one.label || `${n + 1}`, one.deviceId, false, one.deviceId === used)));
    select.onchange = tryDevices;
  }
}

document.getElementById("check").addEventListener("click", tryDevices);
const gauge = find('[data-call="lobby-level"]');
setInterval(() => {
  if (room.meter && !gauge.closest("[hidden]")) gauge.value = Math.min(1, room.meter.level * 6);
}, 100);

document.getElementById("start").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = document.getElementById("start-now");
  const form = event.target;
  if (!tried && !(await tryDevices())) return;
  button.classList.add("busy");
  try {
    const answer = await post(facts.url, { do: "start", consent: form.elements.consent?.value ?? "", name: form.elements.name?.value ?? "" });
    key = answer.key;
    enter();
  } catch (error) {
    const trouble = document.getElementById("device-trouble");
    trouble.textContent = error.message;
    trouble.hidden = false;
  } finally {
    button.classList.remove("busy");
  }
});

document.getElementById("come-back").addEventListener("click", async () => {
  try {
    await room.open({ video: facts.video });
    enter();
  } catch (error) {
    const trouble = document.getElementById("again-trouble");
    trouble.textContent = text(deviceTrouble(error));
    trouble.hidden = false;
  }
});

function enter() {
  show("room");
  room.feed();
  room.listen();
  find('[data-call="status"]').focus?.();
  connect();
}

/* --- the line ------------------------------------------------------------------------------------------------- */

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect() {
  if (over || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/ws/guest`);
  socket = mine;
  mine.onopen = () => say({ type: "hello", kind: "call", key, nonce: window_ });
  mine.onmessage = ({ data }) => hear(JSON.parse(data));
  mine.onclose = async ({ code }) => {
    if (socket !== mine) return;
    socket = null;
    if (over) return;
    if (code === 4401) return end(); // not in the call any more
    status();
    setTimeout(connect, pause * (0.75 + Math.random() / 2));
    pause = Math.min(8000, pause * 1.7);
  };
}

setInterval(() => say(state.answered ? { type: "ping" } : { type: "state" }), 10000);
addEventListener("online", () => {
  pause = 500;
  connect();
});

function hear(message) {
  if (message.type === "state") {
    const before = state;
    state = message;
    if (state.state === "ended") return end();
    if (state.answered && !since) since = Date.now();
    if (before.recorded !== undefined && before.recorded !== state.recorded) room.announce(text(state.recorded ? "recorded" : "not_recorded"));
    room.silence(state.held);
    find('[data-call="recording"]').hidden = !state.recorded;
    const ask = find('[data-call="ask"]');
    const asked = state.consent === "asked";
    if (ask.hidden === asked) {
      ask.hidden = !asked;
      if (asked) ask.querySelector("button").focus();
    }
    status();
  } else if (message.type === "call") {
    if (message.do === "entered") {
      pause = 500;
      room.mesh.hear(message);
      room.feed();
      status();
    } else if (message.do === "out") {
      if (message.why === "replaced") return end(message.why);
      say({ type: "state" });
    } else room.mesh.hear(message);
  }
}

/* --- what is said on the screen ------------------------------------------------------------------------------- */

function status() {
  if (over || root.dataset.state !== "room") return;
  const others = [...room.mesh.peers.values()];
  const talking = others.find((peer) => peer.connected && peer.about.kind !== "customer") ?? others.find((peer) => peer.connected);
  let line = text("waiting");
  let more = "";
  if (!socket || socket.readyState > WebSocket.OPEN) line = text("lost");
  else if (state.held) line = text("held");
  else if (talking) line = text("talking", { name: talking.about.name || state.agent || text("somebody") });
  else if (state.answered && others.length) line = text("lost");
  else if (state.answered) line = text("alone");
  else if (state.state === "ringing") line = text("ringing");
  else if (state.position) {
    more = `${text("place", { n: state.position })} ${state.wait_seconds >= 60 ? text("wait_minutes", { n: Math.ceil(state.wait_seconds / 60) }) : state.wait_seconds ? text("wait_soon") : ""}`;
  }
  for (const [name, words] of [["status", line], ["more", more.trim()]]) {
    const place = find(`[data-call="${name}"]`);
    if (place.textContent !== words) place.textContent = words;
  }
}

setInterval(() => {
  if (!since || over) return;
  const seconds = Math.floor((Date.now() - since) / 1000);
  find('[data-call="time"]').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 1000);

/* A browser that plays no sound before something was pressed says so once. */
function blocked() {
  room.announce(text("press_to_hear"));
  addEventListener("pointerdown", () => {
    room.context?.resume();
    for (const sound of root.querySelectorAll("audio")) sound.play().catch(() => {});
    room.announce("");
  }, { once: true });
}

function end(why = "") {
  if (over) return;
  over = true;
  const answered = state.answered;
  room.close();
  socket?.close();
  show("over");
  if (!answered && why !== "left") find('[data-call="end-more"]').textContent = text("missed");
  const head = find('[data-call="end"]');
  head.tabIndex = -1;
  head.focus();
}

/* --- what they press ------------------------------------------------------------------------------------------ */

const editor = new PictureEditor(document.getElementById("picture"), {
  say: text,
  save: async (blob, words_) => {
    await post(facts.picture, { picture: blob, words: words_ });
    room.announce(text("picture_kept"));
  },
});

root.addEventListener("click", async (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  const answer = event.target.closest("[data-say]")?.dataset.say;
  if (what === "hangup") {
    post(facts.url, { do: "leave" }).catch(() => {});
    end("left");
  } else if (what === "picture") {
    const video = room.bestPicture();
    if (video) editor.open(video);
    else room.announce(text("nothing_to_keep"));
  } else if (answer) {
    hear({ type: "state", ...(await post(facts.url, { do: answer }).catch(() => state)) });
  }
});

/* Leaving the page in the midst of a call is asked about; the line is given a moment to come back. */
addEventListener("beforeunload", (event) => {
  if (root.dataset.state === "room" && !over) event.preventDefault();
});

show(facts.state === "room" ? "again" : facts.state);
