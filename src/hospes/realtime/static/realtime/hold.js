/** What somebody hears who is on hold: eight soft notes again and again, made here, the same as on the phone. */

const RATE = 8000;
const NOTES = [261.6, 329.6, 392.0, 329.6, 220.0, 261.6, 329.6, 261.6]; // C major, A minor: calm, not sad
const SECONDS = 1.5;

/** Twelve seconds of it. */
function loop(context) {
  const buffer = context.createBuffer(1, RATE * SECONDS * NOTES.length, RATE);
  const samples = buffer.getChannelData(0);
  for (let number = 0; number < samples.length; number++) {
    const at = number / RATE;
    const note = NOTES[Math.floor(at / SECONDS)];
    const since = at % SECONDS;
    const fade = Math.min(1, since / 0.08) * Math.exp(-1.6 * since);
    for (const part of [1, 2, 3]) samples[number] += 0.12 * fade * (Math.sin(2 * Math.PI * note * part * since) / part ** 2);
  }
  return buffer;
}

export class HoldMusic {
  /** Plays in an element of the page's own; `blocked` is called when the browser plays nothing unasked. */
  constructor(place, blocked) {
    this.place = place;
    this.blocked = blocked;
    this.source = null;
  }

  start(context) {
    if (this.source) return;
    context.resume().catch(() => {});
    const out = context.createMediaStreamDestination();
    this.source = context.createBufferSource();
    this.source.buffer = this.buffer ??= loop(context);
    this.source.loop = true;
    this.source.connect(out);
    this.source.start();
    this.sound = document.createElement("audio");
    this.sound.dataset.call = "hold-music";
    this.sound.srcObject = out.stream;
    this.place.append(this.sound);
    this.sound.play().catch(() => this.source && this.blocked());
  }

  stop() {
    this.source?.stop();
    this.source?.disconnect();
    this.source = null;
    if (!this.sound) return;
    this.sound.pause();
    this.sound.srcObject = null;
    this.sound.remove();
    this.sound = null;
  }
}
