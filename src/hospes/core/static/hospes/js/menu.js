/** Places popovers beside the button that opened them and gives them arrow keys and a filter. */

const GAP = 4;

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const room = { width: document.documentElement.clientWidth, height: window.innerHeight };
  const rtl = document.documentElement.dir === "rtl";
  const end = (menu.dataset.align === "end") !== rtl;
  let x = end ? box.right - width : box.left;
  let y = box.bottom + GAP;
  const above = box.top - GAP - height;
  if (menu.dataset.side === "above" ? above >= GAP : y + height > room.height - GAP && above >= GAP) y = above;
  x = Math.max(GAP, Math.min(x, room.width - width - GAP));
  y = Math.max(GAP, Math.min(y, room.height - height - GAP));
  menu.style.setProperty("left", `${x}px`);
  menu.style.setProperty("top", `${y}px`);
}

export function itemsOf(menu) {
  return [...menu.querySelectorAll('[role^="menuitem"], [role="option"], .item')].filter(
    (item) => !item.hidden && !item.closest("[hidden]"),
  );
}

/** Opens a popover menu beside an element; `anchor` also gets the focus back. */
export function openMenu(menu, anchor) {
  menu._anchor = anchor;
  if (!menu.matches(":popover-open")) menu.showPopover();
  place(menu, anchor);
}

/** The focus goes in: to the filter, which is empty then, to what is chosen, or to the first. */
function enter(menu) {
  const filter = menu.querySelector(".filter input");
  if (filter) {
    filter.value = "";
    filterItems(menu, "");
  }
  (filter ?? menu.querySelector('[aria-checked="true"]') ?? itemsOf(menu)[0] ?? menu.querySelector("input, button, select, textarea"))?.focus();
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches("[popover].menu")) return;
    const opener = menu._anchor ?? document.querySelector(`[popovertarget="${menu.id}"]`);
    if (event.newState === "open") {
      opener?.setAttribute("aria-expanded", "true");
      if (opener) place(menu, opener);
      if (!menu.contains(document.activeElement)) enter(menu);
    } else {
      opener?.setAttribute("aria-expanded", "false");
      if (menu.contains(document.activeElement) || document.activeElement === document.body) opener?.focus({ preventScroll: true });
      menu._anchor = null;
    }
  },
  true,
);

export function filterItems(menu, words) {
  const wanted = words.trim().toLocaleLowerCase();
  let shown = 0;
  for (const item of menu.querySelectorAll('[role^="menuitem"], [role="option"], .item')) {
    const text = `${item.textContent} ${item.dataset.words ?? ""}`.toLocaleLowerCase();
    const hit = !wanted || wanted.split(/\s+/).every((word) => text.includes(word));
    item.hidden = !hit;
    shown += hit;
  }
  const nothing = menu.querySelector(".nothing");
  if (nothing) nothing.hidden = shown > 0;
}

document.addEventListener("input", (event) => {
  const menu = event.target.closest?.("[popover].menu");
  if (menu && event.target.closest(".filter")) filterItems(menu, event.target.value);
});

/** The open menu that a key is for. The browser says that a menu has opened a moment after it has: a key pressed in
 *  between, still on the button, is for the menu too. */
function menuOf(target) {
  const within = target.closest?.("[popover].menu:popover-open");
  if (within) return within;
  const open = [...document.querySelectorAll("[popover].menu:popover-open")].at(-1);
  if (!open) return null;
  const opener = open._anchor ?? document.querySelector(`[popovertarget="${open.id}"]`);
  if (target !== opener) return null;
  enter(open);
  return open;
}

document.addEventListener("keydown", (event) => {
  const menu = /^(Arrow(Up|Down)|Home|End)$/.test(event.key) ? menuOf(event.target) : event.target.closest?.("[popover].menu:popover-open");
  if (!menu) return;
  const items = itemsOf(menu);
  const here = items.indexOf(document.activeElement);
  const go = (index) => {
    event.preventDefault();
    items[(index + items.length) % items.length]?.focus();
  };
  if (!items.length) return;
  if (event.key === "ArrowDown") go(here + 1);
  else if (event.key === "ArrowUp") go(here < 0 ? items.length - 1 : here - 1);
  else if (event.key === "Home" && !event.target.matches("input")) go(0);
  else if (event.key === "End" && !event.target.matches("input")) go(items.length - 1);
  else if (event.key === "Enter" && event.target.closest(".filter")) {
    event.preventDefault();
    items[0]?.click();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.target.matches("input, textarea")) {
    const letter = event.key.toLocaleLowerCase();
    const next = [...items.slice(here + 1), ...items.slice(0, here + 1)].find((item) =>
      item.textContent.trim().toLocaleLowerCase().startsWith(letter),
    );
    next?.focus();
  }
});

/* Choosing closes, unless the menu says that several may be chosen. */
document.addEventListener("click", (event) => {
  const item = event.target.closest('[role^="menuitem"], [role="option"], .item');
  const menu = item?.closest("[popover].menu");
  if (menu && !menu.hasAttribute("data-stay")) menu.hidePopover();
});

window.addEventListener("resize", () => {
  for (const menu of document.querySelectorAll("[popover].menu:popover-open")) menu.hidePopover();
});
