/** What the screen shows now; other modules read it here and never from each other. */

export const state = {
  ticket: null, // {id, number, event} of the open one
  view: document.getElementById("rows")?.dataset.view ?? "",
};

const listeners = new Map();

/** A small bus between the modules: opened, changed, closed, sent. */
export function on(name, run) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(run);
}

/* What can be taken back, newest last: {run, until, close}. */
const undoable = [];

export function canUndo(entry) {
  undoable.push(entry);
  return entry;
}

export function cannotUndo(entry) {
  const at = undoable.indexOf(entry);
  if (at >= 0) undoable.splice(at, 1);
}

/** The key u: takes back the newest thing that still can be. */
export function undoNewest() {
  while (undoable.length) {
    const entry = undoable.pop();
    if (Date.now() > entry.until) continue;
    entry.close?.();
    entry.run();
    return true;
  }
  return false;
}

export function tell(name, detail) {
  for (const run of listeners.get(name) ?? []) run(detail);
}
