/** A still from a call: drawn upon by pointer, finger or keys (arrows move, Enter puts a mark), then kept. */

const COLOURS = { red: "#d7263d", yellow: "#ffd23f", black: "#111111" };
const STEP = 12;

export class PictureEditor {
  /** `dialog` holds a canvas, buttons by data-draw, a text field [name=words] and a form that keeps it by `save`. */
  constructor(dialog, { save, say }) {
    this.dialog = dialog;
    this.save = save;
    this.say = say;
    this.canvas = dialog.querySelector("canvas");
    this.pen = this.canvas.getContext("2d");
    this.tool = "line";
    this.colour = "red";
    this.marks = [];
    this.at = { x: 0, y: 0 };
    this.now = null;
    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("[data-draw]");
      if (button) this.choose(button.dataset.draw);
    });
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => this.up());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    dialog.querySelector("form").addEventListener("submit", (event) => this.keep(event));
  }

  /** Take the still and open. */
  open(video) {
    const { videoWidth: width, videoHeight: height } = video;
    this.canvas.width = width;
    this.canvas.height = height;
    this.still = document.createElement("canvas");
    this.still.width = width;
    this.still.height = height;
    this.still.getContext("2d").drawImage(video, 0, 0, width, height);
    this.marks = [];
    this.at = { x: width / 2, y: height / 2 };
    this.dialog.querySelector("form").reset();
    this.draw();
    this.dialog.showModal();
    this.canvas.focus();
  }

  choose(what) {
    if (what === "undo") this.marks.pop();
    else if (what in COLOURS) this.colour = what;
    else this.tool = what;
    for (const button of this.dialog.querySelectorAll("[data-draw]")) {
      const one = button.dataset.draw;
      if (one !== "undo") button.setAttribute("aria-pressed", String(one === this.tool || one === this.colour));
    }
    this.draw();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.canvas.width, y: ((event.clientY - box.top) / box.height) * this.canvas.height };
  }

  down(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.at = at;
    if (this.tool === "label") return this.label(at);
    this.now = { tool: this.tool, colour: this.colour, points: [at] };
    this.marks.push(this.now);
    this.draw();
  }

  move(event) {
    if (!this.now) return;
    const at = this.place(event);
    if (this.now.tool === "arrow") this.now.points = [this.now.points[0], at];
    else this.now.points.push(at);
    this.draw();
  }

  up() {
    if (this.now?.tool === "arrow" && this.now.points.length < 2) this.marks.pop();
    this.now = null;
    this.draw();
  }

  label(at) {
    const words = this.dialog.querySelector("[name=label]").value.trim();
    if (words) this.marks.push({ tool: "label", colour: this.colour, points: [at], words });
    else this.dialog.querySelector("[name=label]").focus();
    this.draw();
  }

  /* Without a pointer: a cross is moved, Enter puts an arrow onto it or the label's words beside it. */
  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = moves[event.key];
    if (step) {
      const far = event.shiftKey ? STEP * 4 : STEP;
      this.at = { x: Math.min(this.canvas.width, Math.max(0, this.at.x + step[0] * far)), y: Math.min(this.canvas.height, Math.max(0, this.at.y + step[1] * far)) };
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.tool === "label") this.label(this.at);
      else {
        const from = { x: this.at.x - this.canvas.width / 8, y: this.at.y - this.canvas.height / 8 };
        this.marks.push({ tool: "arrow", colour: this.colour, points: [from, { ...this.at }] });
      }
      this.tell("marked");
    } else if (event.key === "Backspace" || event.key === "Delete") this.marks.pop();
    else return;
    event.preventDefault();
    this.draw(true);
  }

  tell(key) {
    this.dialog.querySelector("[role=status]").textContent = this.say(key, { n: this.marks.length });
  }

  draw(cross = false) {
    const { pen, canvas } = this;
    pen.drawImage(this.still, 0, 0);
    for (const mark of this.marks) this.stroke(mark);
    if (cross && document.activeElement === canvas) {
      const size = canvas.width / 40;
      pen.save();
      pen.strokeStyle = "white";
      pen.lineWidth = canvas.width / 300;
      pen.globalCompositeOperation = "difference";
      pen.beginPath();
      pen.moveTo(this.at.x - size, this.at.y);
      pen.lineTo(this.at.x + size, this.at.y);
      pen.moveTo(this.at.x, this.at.y - size);
      pen.lineTo(this.at.x, this.at.y + size);
      pen.stroke();
      pen.restore();
    }
  }

  stroke({ tool, colour, points, words }) {
    const { pen, canvas } = this;
    const [first, ...rest] = points;
    const last = points.at(-1);
    pen.strokeStyle = pen.fillStyle = COLOURS[colour];
    pen.lineWidth = Math.max(3, canvas.width / 200);
    pen.lineCap = pen.lineJoin = "round";
    if (tool === "label") {
      pen.font = `600 ${Math.max(18, canvas.width / 32)}px system-ui, sans-serif`;
      pen.lineWidth = Math.max(3, canvas.width / 250);
      pen.strokeStyle = colour === "black" ? "white" : "black";
      pen.strokeText(words, first.x, first.y);
      pen.fillText(words, first.x, first.y);
      return;
    }
    pen.beginPath();
    pen.moveTo(first.x, first.y);
    for (const point of rest) pen.lineTo(point.x, point.y);
    if (!rest.length) pen.lineTo(first.x + 0.1, first.y);
    if (tool === "arrow" && rest.length) {
      const turn = Math.atan2(last.y - first.y, last.x - first.x);
      for (const side of [-1, 1]) {
        const angle = turn + Math.PI + side * 0.45;
        pen.moveTo(last.x, last.y);
        pen.lineTo(last.x + (Math.cos(angle) * canvas.width) / 30, last.y + (Math.sin(angle) * canvas.width) / 30);
      }
    }
    pen.stroke();
  }

  async keep(event) {
    event.preventDefault();
    if (event.submitter?.value === "cancel") return this.dialog.close();
    const button = event.submitter;
    button?.classList.add("busy");
    this.draw();
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", 0.9));
    try {
      await this.save(blob, this.dialog.querySelector("[name=words]").value);
      this.dialog.close();
    } catch (error) {
      this.dialog.querySelector("[role=status]").textContent = error.message || this.say("failed");
    } finally {
      button?.classList.remove("busy");
    }
  }
}
