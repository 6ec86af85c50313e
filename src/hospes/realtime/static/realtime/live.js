// Live updates: one WebSocket, catching up by cursor after a lost connection, told to the page as DOM events.
//
// On document: hospes:event (detail: {id, name, ticket, actor, data, at}), hospes:presence (detail: {ticket, people}),
// hospes:said (what kinds of rooms say: calls, chats), hospes:online, hospes:offline, hospes:resync (load the screen anew), hospes:signedout.
// The page says where to start: <body data-live-cursor="…">. Say who is where by live.presence(ticketId, state).

const seen = new Set();
const order = [];
let cursor = document.body.dataset.liveCursor || "";
let socket = null;
let pause = 500;
let timer = 0;
let heard = 0;
let online = null;
let shown = null;
let fresh = true; // this page was loaded by somebody, not reconnected by itself
let acted = 0;

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`hospes:${name}`, { detail }));
}

function setOnline(value) {
  if (online === value) return;
  const first = online === null;
  online = value;
  if (value) tell("online", { first });
  else tell("offline", {});
}

function remember(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  order.push(id);
  if (order.length > 5000) seen.delete(order.shift());
  return true;
}

function onMessage(message) {
  heard = Date.now();
  if (message.cursor) cursor = String(message.cursor);
  if (message.type === "hello") {
    pause = 500;
    setOnline(true);
    fresh = false;
    if (shown) say({ type: "presence", ticket: shown.ticket, state: shown.state });
  } else if (message.type === "events") {
    for (const event of message.events) if (remember(event.id)) tell("event", event);
    if (message.caught_up) tell("caughtup", {});
  } else if (message.type === "presence") {
    tell("presence", message);
  } else if (message.type === "resync") {
    tell("resync", {});
  } else if (message.type) {
    tell("said", message);
  }
}

function say(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(15000, pause * 1.7);
}

function connect() {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/ws?cursor=${encodeURIComponent(cursor)}${fresh ? "&fresh=1" : ""}`);
  socket = mine;
  // The hello of a reconnect names the server's cursor, which lies after what we missed: ours is kept until caught up.
  const since = cursor;
  let caughtUp = !since;
  mine.onmessage = (received) => {
    const message = JSON.parse(received.data);
    if (message.type === "events" && message.caught_up) caughtUp = true;
    if (!caughtUp) delete message.cursor;
    onMessage(message);
  };
  mine.onclose = (closing) => {
    if (socket !== mine) return;
    socket = null;
    setOnline(false);
    if (closing.code === 4401 && Date.now() - heard < 3000 && seen.size === 0) tell("signedout", {});
    later();
  };
}

function drop() {
  const old = socket;
  socket = null;
  if (old) {
    old.onclose = null;
    old.onmessage = null;
    old.close();
  }
  setOnline(false);
}

setInterval(() => {
  if (!socket || socket.readyState !== WebSocket.OPEN) return;
  if (heard && Date.now() - heard > 35000) {
    drop();
    later();
    return;
  }
  say({ type: "ping" });
  if (shown) say({ type: "presence", ticket: shown.ticket, state: shown.state });
}, 15000);

addEventListener("offline", drop);
addEventListener("online", () => {
  pause = 500;
  connect();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) connect();
});

/* Somebody is here: real input says so, at most once a minute. A page in the background cannot get any. */
function act() {
  const now = performance.now();
  if (now - acted < 60000 && acted) return;
  acted = now;
  say({ type: "active" });
}
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, act, { passive: true, capture: true });
}

export const live = {
  /** Tell colleagues that this screen shows a ticket: state is viewing, writing or gone. */
  presence(ticket, state) {
    shown = state === "gone" ? null : { ticket, state };
    say({ type: "presence", ticket, state });
  },
  /** Say something that a kind of desk_rooms.py understands. Nothing is kept while there is no connection. */
  say,
  isOnline: () => online !== false,
  connect,
};

connect();
