/** Records everybody's sound in one line and sends it away every four seconds; what was not taken is kept in this
 *  browser and sent again, by the next window if this one dies. */

import { forget, hold, keep, refused } from "./calls_kept.js";
import { facts } from "./net.js";

const PIECE = 4000; // ms: with what is under way, a lost tab loses less than five seconds
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export class Recorder {
  /** `begin(type)` answers {token}; `piece(token, number, blob)` and `finish(token, seconds)` throw {status}. */
  constructor(room, { begin, piece, finish, told }) {
    Object.assign(this, { room, begin, piece, finish, told });
    this.waiting = [];
    this.joined = new Map();
    this.recorder = null;
    this.token = "";
    this.number = 0;
    this.sending = false;
  }

  get on() {
    return this.recorder?.state === "recording";
  }

  get left() {
    return this.waiting.length + (this.sending ? 1 : 0);
  }

  async start() {
    const type = TYPES.find((one) => window.MediaRecorder?.isTypeSupported(one));
    if (!type) throw new Error("cannot_record");
    const { token } = await this.begin(type);
    this.token = token;
    this.number = 0;
    this.letGo?.();
    this.letGo = hold(token);
    this.began = performance.now();
    const { context } = this.room;
    await context.resume().catch(() => {});
    this.mixed = context.createMediaStreamDestination();
    this.joined.clear();
    this.mix();
    this.recorder = new MediaRecorder(this.mixed.stream, { mimeType: type, audioBitsPerSecond: 32000 });
    this.recorder.ondataavailable = ({ data }) => {
      if (!data.size) return;
      this.add({ token, number: this.number++, data });
    };
    this.recorder.onstop = () => {
      this.add({ token, end: (performance.now() - this.began) / 1000 });
    };
    this.recorder.start(PIECE);
    this.told();
  }

  /** Whoever came in meanwhile is heard on the recording too. */
  mix() {
    if (!this.mixed) return;
    const { room } = this;
    const streams = [room.mic, ...[...room.mesh.peers.values()].map((peer) => peer.stream)];
    for (const stream of streams) {
      const track = stream?.getAudioTracks()[0];
      if (!track || this.joined.has(track.id)) continue;
      const source = room.context.createMediaStreamSource(new MediaStream([track]));
      source.connect(this.mixed);
      this.joined.set(track.id, source);
    }
  }

  stop() {
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
    for (const source of this.joined.values()) source.disconnect();
    this.joined.clear();
    this.mixed = null;
    this.told();
  }

  add(one) {
    this.waiting.push(one);
    keep(facts.me, one);
    this.send();
  }

  taken() {
    forget(this.waiting.shift());
  }

  /** One after the other; a lost line is waited for, a refusal ends it. */
  async send() {
    if (this.sending) return;
    let pause = 500;
    while (this.waiting.length) {
      const next = this.waiting[0];
      this.sending = true;
      this.told();
      try {
        if (next.end !== undefined) await this.finish(next.token, next.end);
        else await this.piece(next.token, next.number, next.data);
        this.taken();
        pause = 500;
      } catch (error) {
        if (refused(error)) this.taken();
        else {
          await new Promise((done) => setTimeout(done, pause));
          pause = Math.min(8000, pause * 2);
        }
      }
    }
    this.sending = false;
    this.told();
  }
}
