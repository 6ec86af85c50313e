/** A rich text editor (Tiptap, as shipped by django-prose-editor), with what "/" and "@" offer. */

import { facts, json, say } from "./net.js";

let library = null;
let offers = null;

/** Loads the editor's code once, when it is first wanted. */
export function loadLibrary() {
  library ??= import(facts.editor);
  return library;
}

function loadOffers() {
  offers ??= json(facts.urls.colleagues).catch(() => {
    offers = null;
    return { people: [], macros: [] };
  });
  return offers;
}

function mention(tiptap) {
  return tiptap.Node.create({
    name: "mention",
    group: "inline",
    inline: true,
    atom: true,
    selectable: false,
    addAttributes: () => ({ id: {}, name: {} }),
    parseHTML: () => [
      {
        tag: "span[data-mention]",
        getAttrs: (element) => ({ id: element.dataset.mention, name: element.textContent.replace(/^@/, "") }),
      },
    ],
    renderHTML: ({ node }) => ["span", { "data-mention": node.attrs.id, class: "mention" }, `@${node.attrs.name}`],
    renderText: ({ node }) => `@${node.attrs.name}`,
  });
}

/**
 * Makes an editor in `place`. `on` holds change(), files(list), macro(id), submit(event).
 * The returned object has html(), text(), set(html), insert(html), focus(), format(name), empty(), destroy().
 */
export async function makeEditor(place, { html = "", hint = "", label = "", mentions = true, on = {} }) {
  const t = await loadLibrary();
  const extensions = [
    t.Document, t.Paragraph, t.Text, t.HardBreak, t.Bold, t.Italic, t.Underline, t.Strike, t.Code, t.BulletList,
    t.OrderedList, t.ListItem, t.Blockquote, t.UndoRedo ?? t.History, t.Gapcursor,
    t.Link.configure({ openOnClick: false, autolink: true, linkOnPaste: true, protocols: ["mailto", "tel"] }),
    mention(t),
  ].filter(Boolean);
  const editor = new t.Editor({
    element: place,
    extensions,
    content: html,
    injectCSS: false,
    editorProps: {
      attributes: { class: "prose", role: "textbox", "aria-multiline": "true", "aria-label": label, spellcheck: "true" },
      handlePaste: (_view, event) => takeFiles(event.clipboardData, event, on),
      handleDrop: (_view, event) => takeFiles(event.dataTransfer, event, on),
      handleKeyDown: (_view, event) => offer.key(event) || (on.submit?.(event) ?? false),
    },
    onUpdate: () => {
      mark();
      offer.look();
      on.change?.();
    },
    onSelectionUpdate: () => {
      offer.look();
      on.selection?.();
    },
    onBlur: () => setTimeout(() => offer.close(), 150),
  });
  const offer = makeOffer(editor, { mentions, on });
  const mark = () => {
    const dom = editor.view.dom;
    if (editor.isEmpty) dom.setAttribute("data-empty", "");
    else dom.removeAttribute("data-empty");
  };
  editor.view.dom.setAttribute("data-hint", hint);
  mark();
  return {
    editor,
    html: () => (editor.isEmpty ? "" : editor.getHTML()),
    empty: () => editor.isEmpty,
    hint: (words) => editor.view.dom.setAttribute("data-hint", words),
    set: (text) => {
      editor.commands.setContent(text, { emitUpdate: false });
      mark();
    },
    insert: (text) => {
      editor.chain().focus().insertContent(text).run();
    },
    focus: (where = "end") => editor.commands.focus(where),
    type: (text) => editor.chain().focus().insertContent(text).run(),
    active: (name) => editor.isActive(name),
    format: (name) => format(editor, name),
    destroy: () => {
      offer.close();
      editor.destroy();
    },
  };
}

function takeFiles(data, event, on) {
  const files = [...(data?.files ?? [])];
  if (!files.length || !on.files) return false;
  if (data.types?.includes("text/html") && files.every((file) => file.type.startsWith("image/")) && event.type === "paste") {
    /* A picture copied together with text: the text is meant. */
    if (data.getData("text/plain").trim()) return false;
  }
  event.preventDefault();
  on.files(files);
  return true;
}

function format(editor, name) {
  const chain = editor.chain().focus();
  if (name === "bold") chain.toggleBold().run();
  else if (name === "italic") chain.toggleItalic().run();
  else if (name === "bulletList") chain.toggleBulletList().run();
  else if (name === "orderedList") chain.toggleOrderedList().run();
  else if (name === "blockquote") chain.toggleBlockquote().run();
  else if (name === "link") link(editor);
}

function link(editor) {
  if (editor.isActive("link")) {
    editor.chain().focus().extendMarkRange("link").unsetMark("link").run();
    return;
  }
  const dialog = document.getElementById("ask-link-address");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = form.elements.url;
  input.value = "";
  form.onsubmit = () => {
    const href = input.value.trim();
    if (editor.state.selection.empty) {
      const shown = document.createElement("a");
      shown.href = href;
      shown.textContent = href;
      editor.chain().focus().insertContent(`${shown.outerHTML} `).run();
    } else editor.chain().focus().setMark("link", { href }).run();
  };
  dialog.showModal();
}

/* What is offered while one types "/macro" at the beginning of a line or "@name". */
function makeOffer(editor, { mentions, on }) {
  let box = null;
  let found = null;
  let at = 0;

  function close() {
    box?.remove();
    box = null;
    found = null;
    if (!editor.isDestroyed) editor.view.dom.removeAttribute("aria-activedescendant");
  }

  function asked() {
    const { $from, empty } = editor.state.selection;
    if (!empty || !$from.parent.isTextblock) return null;
    const before = $from.parent.textBetween(0, $from.parentOffset, "\n", "\ufffc");
    const called = mentions && before.match(/(?:^|[\s(])@([\p{L}\p{N}._-]{0,30})$/u);
    if (called) return { kind: "people", words: called[1], from: $from.pos - called[1].length - 1, to: $from.pos };
    const macro = on.macro && before.match(/^\/([\p{L}\p{N} _-]{0,30})$/u);
    if (macro) return { kind: "macros", words: macro[1], from: $from.pos - macro[1].length - 1, to: $from.pos };
    return null;
  }

  async function look() {
    if (editor.isDestroyed) return;
    const wanted = asked();
    if (!wanted) return close();
    const everything = (await loadOffers())[wanted.kind];
    const now = editor.isDestroyed ? null : asked();
    if (!now || now.kind !== wanted.kind) return close();
    const letters = now.words.toLocaleLowerCase();
    const fits = everything
      .filter((one) => one.name.toLocaleLowerCase().split(/\s+/).some((part) => part.startsWith(letters)) || one.name.toLocaleLowerCase().includes(letters))
      .slice(0, 8);
    if (!fits.length) return close();
    found = { ...now, fits };
    at = 0;
    draw();
  }

  function draw() {
    if (!box) {
      box = document.createElement("div");
      box.className = "menu offer";
      box.setAttribute("role", "listbox");
      box.popover = "manual";
      document.body.append(box);
      box.showPopover();
    }
    box.replaceChildren(
      ...found.fits.map((one, index) => {
        const line = document.createElement("div");
        line.setAttribute("role", "option");
        line.id = `offer-${index}`;
        line.setAttribute("aria-selected", String(index === at));
        line.textContent = one.name;
        line.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(one);
        });
        return line;
      }),
    );
    box.setAttribute("aria-label", say(found.kind === "people" ? "customers" : "macros"));
    editor.view.dom.setAttribute("aria-activedescendant", `offer-${at}`);
    const spot = editor.view.coordsAtPos(found.from);
    const height = box.offsetHeight;
    const above = spot.bottom + height + 8 > innerHeight;
    box.style.setProperty("position", "fixed");
    box.style.setProperty("inset", "auto");
    box.style.setProperty("left", `${Math.min(spot.left, innerWidth - box.offsetWidth - 8)}px`);
    box.style.setProperty("top", `${above ? spot.top - height - 4 : spot.bottom + 4}px`);
  }

  function take(one) {
    const { kind, from, to } = found;
    close();
    const chain = editor.chain().focus().deleteRange({ from, to });
    if (kind === "people") chain.insertContent([{ type: "mention", attrs: { id: String(one.id), name: one.name } }, { type: "text", text: " " }]).run();
    else {
      chain.run();
      on.macro(one.id);
    }
  }

  function key(event) {
    if (!found) return false;
    const count = found.fits.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      draw();
    } else if (event.key === "Enter" || event.key === "Tab") take(found.fits[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  }

  return { look, key, close };
}

/** Makes every <textarea data-rich> of a page rich. */
export function enrichFields(root = document) {
  for (const area of root.querySelectorAll("textarea[data-rich]")) {
    const place = document.createElement("div");
    place.className = "rich-field";
    area.after(place);
    const label = area.labels?.[0]?.textContent.trim() ?? "";
    makeEditor(place, {
      html: area.value,
      label,
      mentions: false,
      on: { change: () => (area.value = made?.html() ?? area.value) },
    }).then((editor) => {
      made = editor;
      area.hidden = true;
      area.required = false;
    });
    let made = null;
  }
}
