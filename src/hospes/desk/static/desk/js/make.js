/** Elements made by scripts: never from markup, so that no text can become code. */

const SPRITE = document.querySelector("svg use")?.getAttribute("href")?.split("#")[0] ?? "";

/** An element with attributes (on… are listeners) and children. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A decorative sign of the sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon small");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/** A choice of a select. */
export const option = (value, words, chosen) => {
  const made = make("option", { value }, words);
  made.selected = chosen;
  return made;
};
