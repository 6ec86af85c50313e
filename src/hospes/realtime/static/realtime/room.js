/** A call's page, whoever looks at it: microphone and camera, the others' tiles, the bar. The desk and the customer's
 *  page put their own matter around it. Elements are found by data-call; buttons by data-do. */

import { HoldMusic } from "./hold.js";
import { Mesh, Meter } from "./mesh.js";

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const SIGHT = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { max: 30 } };

export class Room {
  /** `send` hands a word to the line; `words` are the page's texts; `on` are the page's own ears: changed, gone. */
  constructor(root, { send, words, on = {} }) {
    this.root = root;
    this.words = words;
    this.on = on;
    this.mic = null;
    this.camera = null;
    this.screen = null;
    this.muted = false;
    this.silenced = false;
    this.tiles = new Map();
    this.mesh = new Mesh({ send, changed: (peer) => this.draw(peer), gone: (peer) => this.forget(peer), told: (peer, data) => on.told?.(peer, data) });
    root.addEventListener("click", (event) => {
      const what = event.target.closest("[data-do]")?.dataset.do;
      if (what === "mute") this.mute(!this.muted);
      else if (what === "camera") this.toggleCamera();
      else if (what === "screen") this.toggleScreen();
    });
    if (!navigator.mediaDevices?.getDisplayMedia) for (const one of this.all('[data-do="screen"]')) one.hidden = true;
  }

  all = (selector) => this.root.querySelectorAll(selector);
  find = (selector) => this.root.querySelector(selector);
  say = (key, values = {}) => (this.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  /** Read aloud, and shown under the status. */
  announce(text) {
    const place = this.find('[data-call="news"]');
    if (place && place.textContent !== text) place.textContent = text;
  }

  /** The microphone, and the camera when wanted. Throws what the browser says. */
  async open({ video = false, mic = "", camera = "" } = {}) {
    this.context ??= new AudioContext();
    this.context.resume().catch(() => {});
    const sound = await navigator.mediaDevices.getUserMedia({ audio: mic ? { ...SOUND, deviceId: { exact: mic } } : SOUND });
    this.mic?.getTracks().forEach((track) => track.stop());
    this.mic = sound;
    this.meter?.close();
    this.meter = new Meter(this.context, sound);
    if (video) await this.openCamera(camera).catch(() => this.announce(this.say("no_camera")));
    this.feed();
  }

  async openCamera(device = "") {
    this.closeCamera();
    const sight = await navigator.mediaDevices.getUserMedia({ video: device ? { ...SIGHT, deviceId: { exact: device } } : SIGHT });
    this.camera = sight;
    this.feed();
  }

  closeCamera() {
    this.camera?.getTracks().forEach((track) => track.stop());
    this.camera = null;
  }

  closeScreen() {
    this.screen?.getTracks().forEach((track) => track.stop());
    this.screen = null;
  }

  /** What is sent, and what one sees of oneself. */
  feed() {
    const sound = this.mic?.getAudioTracks()[0] ?? null;
    if (sound) sound.enabled = !this.muted;
    const sight = (this.screen ?? this.camera)?.getVideoTracks()[0] ?? null;
    this.mesh.use("audio", this.silenced ? null : sound);
    this.mesh.use("video", this.silenced ? null : sight);
    const self = this.find('[data-call="self"]');
    if (self) {
      const shown = this.screen ?? this.camera;
      if (self.srcObject !== shown) self.srcObject = shown;
      self.closest("figure").hidden = !shown;
      self.classList.toggle("mirror", !this.screen);
    }
    this.press("mute", this.muted, this.muted ? "unmute" : "mute");
    this.press("camera", Boolean(this.camera), this.camera ? "camera_off" : "camera_on");
    this.press("screen", Boolean(this.screen), this.screen ? "screen_off" : "screen_on");
    this.mesh.tell({ muted: this.muted, camera: Boolean(this.camera), screen: Boolean(this.screen) });
    this.on.fed?.();
  }

  press(what, on, label) {
    for (const button of this.all(`[data-do="${what}"]`)) {
      button.setAttribute("aria-pressed", String(on));
      const words = button.querySelector("span");
      if (words) words.textContent = this.say(label);
    }
  }

  mute(on) {
    this.muted = on;
    this.feed();
    this.announce(this.say(on ? "is_muted" : "is_unmuted"));
  }

  /** While on hold nothing leaves this browser, and quiet music says that the line is there. */
  silence(on) {
    if (this.silenced === Boolean(on)) return;
    this.silenced = Boolean(on);
    this.feed();
    this.music ??= new HoldMusic(this.root, () => this.on.blocked?.());
    if (this.silenced) this.music.start((this.context ??= new AudioContext()));
    else this.music.stop();
  }

  async toggleCamera() {
    try {
      if (this.camera) {
        this.closeCamera();
        this.feed();
      } else await this.openCamera();
      this.announce(this.say(this.camera ? "camera_is_on" : "camera_is_off"));
    } catch {
      this.announce(this.say("no_camera"));
    }
  }

  async toggleScreen() {
    try {
      if (this.screen) this.closeScreen();
      else {
        this.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
        this.screen.getVideoTracks()[0].onended = () => {
          this.closeScreen();
          this.feed();
        };
      }
      this.feed();
      this.announce(this.say(this.screen ? "screen_is_on" : "screen_is_off"));
    } catch {
      this.screen = null; // they changed their mind in the browser's own question
    }
  }

  /* --- the others ------------------------------------------------------------------------------------------- */

  tile(peer) {
    let tile = this.tiles.get(peer.id);
    if (tile) return tile;
    const figure = document.createElement("figure");
    figure.className = "tile";
    figure.dataset.part = peer.about.part;
    const sign = document.createElement("span");
    sign.className = "avatar large";
    sign.setAttribute("aria-hidden", "true");
    const picture = document.createElement("video");
    picture.muted = picture.autoplay = picture.playsInline = true;
    const sound = document.createElement("audio");
    sound.autoplay = true;
    sound.dataset.part = peer.about.part;
    const words = document.createElement("figcaption");
    figure.append(sign, picture, sound, words);
    this.find('[data-call="tiles"]').append(figure);
    tile = { figure, sign, picture, sound, words, meter: null };
    this.tiles.set(peer.id, tile);
    return tile;
  }

  draw(peer) {
    const tile = this.tile(peer);
    const { about } = peer;
    const name = about.name || this.say(about.kind === "customer" ? "customer" : "somebody");
    tile.sign.textContent = [...name.trim()][0] ?? "?";
    tile.figure.dataset.part = tile.sound.dataset.part = about.part ?? "";
    for (const element of [tile.sound, tile.picture]) {
      if (element.srcObject !== peer.stream) element.srcObject = peer.stream;
      if (element.paused && peer.stream.getTracks().length) element.play().catch(() => this.on.blocked?.());
    }
    const seen = (about.camera || about.screen) && peer.stream.getVideoTracks().some((track) => !track.muted);
    tile.figure.classList.toggle("with-picture", Boolean(seen));
    tile.figure.classList.toggle("whole", Boolean(about.screen));
    const words = peer.connected ? (about.muted ? this.say("muted_name", { name }) : name) : this.say("connecting", { name });
    if (tile.words.textContent !== words) tile.words.textContent = words;
    tile.figure.classList.toggle("faint", !peer.connected);
    if (!tile.meter && this.context && peer.stream.getAudioTracks().length) tile.meter = new Meter(this.context, peer.stream);
    this.on.changed?.(peer);
  }

  forget(peer) {
    const tile = this.tiles.get(peer.id);
    tile?.meter?.close();
    tile?.figure.remove();
    this.tiles.delete(peer.id);
    this.on.gone?.(peer);
  }

  /** Who speaks has an edge; drawn some times a second, and only while it is looked at. */
  listen() {
    const look = () => {
      for (const { figure, meter } of this.tiles.values()) figure.classList.toggle("speaks", Boolean(meter && meter.level > 0.02));
      const gauge = this.find('[data-call="level"]');
      if (gauge && this.meter) gauge.value = this.muted ? 0 : Math.min(1, this.meter.level * 6);
    };
    this.listening ??= setInterval(() => document.visibilityState === "visible" && look(), 200);
  }

  /** The picture that is worth keeping: a shared screen, the other's camera, else one's own. */
  bestPicture() {
    const shown = [...this.tiles.values()].filter(({ figure }) => figure.classList.contains("with-picture"));
    const screen = shown.find(({ figure }) => figure.classList.contains("whole"));
    const chosen = (screen ?? shown[0])?.picture ?? (this.screen || this.camera ? this.find('[data-call="self"]') : null);
    return chosen?.videoWidth ? chosen : null;
  }

  close() {
    this.mesh.close();
    this.music?.stop();
    for (const stream of [this.mic, this.camera, this.screen]) stream?.getTracks().forEach((track) => track.stop());
    clearInterval(this.listening);
    this.mic = this.camera = this.screen = null;
  }
}

/** What went wrong with a microphone, in words. */
export const deviceTrouble = (error) => (error?.name === "NotAllowedError" ? "not_allowed" : error?.name === "NotFoundError" ? "not_found" : "not_readable");
