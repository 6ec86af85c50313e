/** Short answers at the foot of the screen, read aloud, with at most one thing to do. */

let region;

function place() {
  if (region?.isConnected) return region;
  region = document.createElement("div");
  region.className = "toasts";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  if ("popover" in region) region.popover = "manual";
  document.body.append(region);
  return region;
}

/**
 * Shows a toast. `action` is {label, key, run}; `seconds` 0 keeps it until closed.
 * Returns a function that takes it away; `done` runs when the time is over without the action.
 */
export function toast(text, { kind = "", action = null, seconds = 5, done = null, countdown = false } = {}) {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    box.remove();
    if (region && !region.children.length && region.matches(":popover-open")) region.hidePopover();
  };
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(action.label);
    if (action.key) {
      const key = document.createElement("kbd");
      key.textContent = action.key;
      button.append(key);
    }
    button.addEventListener("click", () => {
      close();
      action.run();
    });
    box.append(button);
  }
  if (countdown) {
    const left = document.createElement("i");
    left.className = "left";
    left.style.setProperty("--for", `${seconds}s`);
    box.append(left);
  }
  const where = place();
  where.append(box);
  if (where.popover) {
    /* Shown again, so that it lies above any dialog that opened meanwhile. */
    if (where.matches(":popover-open")) where.hidePopover();
    where.showPopover();
  }
  if (seconds)
    timer = setTimeout(() => {
      close();
      done?.();
    }, seconds * 1000);
  return close;
}
