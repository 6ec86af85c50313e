/** The outline by keys: arrows go from step to step, with Alt they move the step, Alt [ and Alt ] put it out of and into branches. */

const outline = document.querySelector("[data-outline]");
const form = document.getElementById("outline-form");
const MOVES = { ArrowUp: "up", ArrowDown: "down", "[": "out", "]": "in" };

outline?.addEventListener("keydown", (event) => {
  const line = event.target.closest("a.line");
  if (!line) return;
  if (event.altKey && MOVES[event.key]) {
    const button = form?.querySelector(`button[value="${MOVES[event.key]}"]`);
    if (button && line.dataset.key === form.elements.step.value) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const lines = [...outline.querySelectorAll("a.line")];
  const next = lines[lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

/* What was typed in the step goes along when the outline is changed, so that nothing is lost. */
form?.addEventListener("submit", (event) => {
  const step = document.getElementById("step-form");
  if (!step?.querySelector("[name='s-key']") || event.submitter?.value === "remove") return;
  for (const [name, value] of new FormData(step)) {
    if (typeof value !== "string" || form.elements[name]) continue;
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = name;
    kept.value = value;
    form.append(kept);
  }
});

/* After a move the selected line has the focus, so that the next key moves it on. */
outline?.querySelector("a.line[aria-current]")?.focus({ preventScroll: true });
