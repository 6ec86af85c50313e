/** Sound and picture between the browsers of one call, each connected to each. Signals go through whoever owns the
 *  line (`send`). Negotiation as W3C's WebRTC recommendation describes it ("perfect negotiation"): either side may offer
 *  at any time; when both do, the polite one takes its offer back. */

const RESTART_AFTER = 2500; // ms without a way before another one is looked for

/** A name for this window that stays while it is open. */
export const nonce = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** One other browser. */
class Peer {
  constructor(mesh, id, about) {
    this.mesh = mesh;
    this.id = id;
    this.about = about;
    this.birth = nonce(); // with theirs in every signal: one side may begin anew while the other has not noticed
    this.theirs = "";
    this.stream = new MediaStream();
    this.polite = mesh.me < id;
    this.offering = false;
    this.ignoring = false;
    this.settingAnswer = false;
    this.waiting = []; // candidates that came before the description
    this.timer = 0;
    this.chain = Promise.resolve();
    const pc = new RTCPeerConnection({ iceServers: mesh.ice, bundlePolicy: "max-bundle" });
    this.pc = pc;
    pc.onnegotiationneeded = () => this.offer();
    pc.onicecandidate = ({ candidate }) => candidate && mesh.signal(this, { candidate: candidate.toJSON() });
    pc.oniceconnectionstatechange = () => this.watch();
    pc.ontrack = ({ track }) => {
      for (const old of this.stream.getTracks()) if (old.kind === track.kind && old !== track) this.stream.removeTrack(old);
      this.stream.addTrack(track);
      track.onunmute = () => mesh.changed(this);
      track.onmute = () => mesh.changed(this);
      mesh.changed(this);
    };
    /* One of the two opens both lines from the beginning, the other answers on them: what is sent changes later
       without another negotiation. */
    if (!this.polite) for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "sendrecv" });
    else mesh.signal(this, { begun: true });
    this.feed();
  }

  /** What is sent now; nothing to those who are on hold. */
  feed() {
    const silent = this.mesh.isHeld(this.about);
    for (const line of this.pc.getTransceivers()) {
      const track = silent ? null : this.mesh.tracks[line.receiver.track.kind];
      if (!line.stopped && line.sender.track !== track) line.sender.replaceTrack(track).catch((error) => this.mesh.trouble(error));
    }
  }

  async offer() {
    try {
      this.offering = true;
      await this.pc.setLocalDescription();
      this.mesh.signal(this, { description: this.pc.localDescription.toJSON() });
    } catch (error) {
      this.mesh.trouble(error);
    } finally {
      this.offering = false;
    }
  }

  /** Signals are taken one after the other, in the order in which they came. */
  hear(data) {
    this.chain = this.chain.then(() => this.take(data)).catch((error) => this.mesh.trouble(error));
  }

  async take({ description, candidate }) {
    const { pc } = this;
    if (description) {
      const ready = !this.offering && (pc.signalingState === "stable" || this.settingAnswer);
      this.ignoring = !this.polite && description.type === "offer" && !ready;
      if (this.ignoring) return;
      this.settingAnswer = description.type === "answer";
      await pc.setRemoteDescription(description);
      this.settingAnswer = false;
      for (const one of this.waiting.splice(0)) await pc.addIceCandidate(one).catch(() => {});
      if (description.type === "offer") {
        for (const line of pc.getTransceivers()) if (!line.stopped) line.direction = "sendrecv";
        this.feed();
        await pc.setLocalDescription();
        this.mesh.signal(this, { description: pc.localDescription.toJSON() });
      }
    } else if (candidate) {
      if (!pc.remoteDescription) this.waiting.push(candidate);
      else await pc.addIceCandidate(candidate).catch((error) => this.ignoring || this.mesh.trouble(error));
    }
  }

  /** A line that is lost is looked for anew, again and again, while the other is still in the room. */
  watch() {
    const state = this.pc.iceConnectionState;
    clearTimeout(this.timer);
    if (state === "failed" || state === "disconnected") {
      this.timer = setTimeout(() => this.again(), state === "failed" ? 0 : RESTART_AFTER);
    }
    this.mesh.changed(this);
  }

  again() {
    const state = this.pc.iceConnectionState;
    if (state !== "failed" && state !== "disconnected") return;
    this.pc.restartIce();
    this.timer = setTimeout(() => this.again(), RESTART_AFTER * 2);
  }

  get connected() {
    return ["connected", "completed"].includes(this.pc.iceConnectionState);
  }

  close() {
    clearTimeout(this.timer);
    this.pc.onnegotiationneeded = this.pc.onicecandidate = this.pc.ontrack = null;
    this.pc.oniceconnectionstatechange = null;
    this.pc.close();
  }
}

/** The call as this browser sees it. `send(what)` hands {do, to, data} to the line; `changed(peer)` and `gone(peer)`
 *  tell the page; `told(peer, data)` are words between the pages (muted, camera). */
export class Mesh {
  constructor({ send, changed, gone, told = () => {} }) {
    this.send = send;
    this.tellChanged = changed;
    this.tellGone = gone;
    this.tellTold = told;
    this.me = "";
    this.ice = [];
    this.peers = new Map();
    this.tracks = { audio: null, video: null };
    this.held = new Set(); // parts on hold
    this.state = {};
    this.errors = [];
  }

  /** What the server says in the room. True when it was for us. */
  hear(message) {
    if (message.do === "entered") {
      this.me = message.peer;
      this.ice = message.ice ?? [];
      for (const peer of this.peers.values()) {
        peer.pc.setConfiguration({ iceServers: this.ice, bundlePolicy: "max-bundle" });
        peer.again();
      }
    } else if (message.do === "here" || message.do === "there") {
      const about = { part: message.part, kind: message.kind, name: message.name };
      for (const old of [...this.peers.values()]) if (old.about.part === about.part && old.id !== message.from) this.drop(old.id);
      this.peer(message.from, about).seat = message.seat;
      this.send({ do: "tell", data: this.state });
    } else if (message.do === "gone") {
      /* Not of the seat we know: the same window sits on a newer line, and only its old one is gone. */
      const { seat } = this.peers.get(message.from) ?? {};
      if (!seat || seat === message.seat) this.drop(message.from);
    } else if (message.do === "signal") {
      this.heed(message.from, message.data ?? {});
    } else if (message.do === "tell") {
      const peer = this.peers.get(message.from);
      if (peer) {
        peer.about = { ...peer.about, ...safe(message.data) };
        this.tellTold(peer, message.data);
        this.changed(peer);
      }
    }
  }

  /** The other with this name, made when it is new and somebody has told of it. */
  peer(id, about) {
    let found = this.peers.get(id);
    if (!found && (about || this.me)) {
      found = new Peer(this, id, about ?? { part: Number(id.split(".")[0]), kind: "", name: "" });
      this.peers.set(id, found);
      this.changed(found);
    } else if (found && about) {
      found.about = { ...found.about, ...about };
      if (!found.connected) found.again();
    }
    return found;
  }

  drop(id) {
    const peer = this.peers.get(id);
    if (!peer) return;
    this.peers.delete(id);
    peer.close();
    this.tellGone(peer);
  }

  signal(peer, data) {
    this.send({ do: "signal", to: peer.id, data: { ...data, birth: peer.birth, for: peer.theirs } });
  }

  /** A signal. What was meant for a connection that is no more is dropped; who has begun anew finds us beginning anew. */
  heed(from, data) {
    let peer = this.peer(from);
    if (!peer || (data.for && data.for !== peer.birth)) return;
    if (peer.theirs && peer.theirs !== data.birth) {
      const { about, seat } = peer;
      this.drop(from);
      peer = this.peer(from, about);
      peer.seat = seat;
    }
    peer.theirs = data.birth ?? "";
    peer.hear(data);
  }

  /** What this browser sends from now on: a track, or nothing. */
  use(kind, track) {
    this.tracks[kind] = track;
    for (const peer of this.peers.values()) peer.feed();
  }

  /** Tell the other pages how it stands here. */
  tell(data) {
    this.state = { ...this.state, ...data };
    this.send({ do: "tell", data: this.state });
  }

  isHeld(about) {
    return this.held.has(about.part);
  }

  hold(parts) {
    this.held = new Set(parts);
    for (const peer of this.peers.values()) peer.feed();
  }

  changed(peer) {
    this.tellChanged(peer);
  }

  trouble(error) {
    this.errors.push(String(error));
    if (this.errors.length > 50) this.errors.shift();
  }

  close() {
    for (const id of [...this.peers.keys()]) this.drop(id);
  }
}

/* Of what another page says of itself, only what we know how to show. */
function safe(data) {
  const found = {};
  for (const name of ["muted", "camera", "screen", "recording"]) if (typeof data?.[name] === "boolean") found[name] = data[name];
  return found;
}

/** How loud a stream is, from 0 to 1, measured when asked. */
export class Meter {
  constructor(context, stream) {
    this.node = context.createAnalyser();
    this.node.fftSize = 1024;
    this.values = new Float32Array(1024);
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(this.node);
  }

  get level() {
    this.node.getFloatTimeDomainData(this.values);
    return Math.sqrt(this.values.reduce((sum, value) => sum + value * value, 0) / this.values.length);
  }

  close() {
    this.source.disconnect();
  }
}
