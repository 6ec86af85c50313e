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

export function tell(name, detail) {
  for (const run of listeners.get(name) ?? []) run(detail);
}
