"""Other ways of writing plain text: format=flowed (RFC 3676), text/enriched (RFC 1896), clear-signed PGP, RTF."""

import re
from typing import Final

_ENRICHED_TAG = re.compile(r"<(/?)([A-Za-z0-9-]{1,60})>")
_RTF_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?\??|\\([a-z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|([^\\{}]+)", re.S
)
_RTF_HIDDEN: Final = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "generator", "listtable"}


def clean_text(text: str) -> str:
    """Line ends as newline, without NUL and other control characters that are no text."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        text = text.replace("\x00", "")
    if not text.isascii():
        text = text.replace("\u2028", "\n").replace("\u2029", "\n").removeprefix("\ufeff")
        text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text
    return text.translate(_CONTROL_TABLE) if _CONTROL.search(text) else text


_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
_CONTROL_TABLE = {c: None for c in range(32) if c not in (9, 10, 12, 13)} | {127: None}
_SURROGATE = re.compile("[\ud800-\udfff]")


def _has_surrogates(text: str) -> bool:
    return _SURROGATE.search(text) is not None


def unflow(text: str, *, delete_space: bool) -> str:
    """Paragraphs of format=flowed joined again; quote marks stay, signatures ("-- ") never flow."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        level = len(line) - len(content)
        content = content.removeprefix(" ")
        if paragraph and level != depth:
            out.append(_requote(depth, paragraph))
            paragraph = []
        depth = level
        if content.endswith(" ") and content != "-- ":
            paragraph.append(content[:-1] if delete_space else content)
            continue
        if content == "-- " and paragraph:
            out.append(_requote(depth, paragraph))
            paragraph = []
        paragraph.append(content)
        out.append(_requote(depth, paragraph))
        paragraph = []
    if paragraph:
        out.append(_requote(depth, paragraph))
    return "\n".join(out)


def _requote(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    if text != "-- ":
        text = text.rstrip(" ")
    return f"{'>' * depth} {text}".rstrip(" ") if depth and text != "-- " else ">" * depth + text


def unenrich(text: str) -> str:
    """The words of text/enriched or text/richtext: no formatting, no parameters; `<<` is `<`."""
    text = text.replace("<<", "\x01")
    out: list[str] = []
    at = parameter = 0
    for found in _ENRICHED_TAG.finditer(text):
        if not parameter:
            out.append(text[at : found.start()])
        at = found.end()
        name = found[2].lower()
        if name == "param":
            parameter = max(parameter + (-1 if found[1] else 1), 0)
        elif name in ("nl", "paragraph"):
            out.append("\n")
        elif name == "lt":
            out.append("<")
    out.append(text[at:])
    joined = "".join(out).replace("\x01", "<")
    return re.sub(r"\n(\n*)", lambda m: m[1] or " ", joined).strip()


def strip_pgp_header(text: str) -> str:
    """A clear-signed text (RFC 9580, 7) without its first armour lines; the signature itself is cut off later."""
    start = text.find("-----BEGIN PGP SIGNED MESSAGE-----")
    if start < 0 or text[:start].strip(" \t\n>"):
        return text
    body = text.find("\n\n", start)
    if body < 0:
        return text
    return re.sub(r"^- (?=-)", "", text[body + 2 :], flags=re.MULTILINE)


def text_of_rtf(rtf: str) -> str:
    """The readable words of rich text, for mails that have nothing else."""
    out: list[str] = []
    stack: list[bool] = []
    hidden, size = False, 0
    for token in _RTF_TOKEN.finditer(rtf[:2_000_000]):
        code, unicode_value, word, _, symbol, brace, plain = token.groups()
        if brace == "{":
            stack.append(hidden)
        elif brace == "}":
            hidden = stack.pop() if stack else False
        elif word in _RTF_HIDDEN or symbol == "*":
            hidden = True
        elif hidden:
            continue
        elif code:
            out.append(bytes((int(code, 16),)).decode("cp1252", "replace"))
        elif unicode_value:
            out.append(chr(int(unicode_value) % 65536) if not 0xD800 <= int(unicode_value) % 65536 <= 0xDFFF else "")
        elif word in ("par", "line", "row"):
            out.append("\n")
        elif word in ("tab", "cell"):
            out.append("\t")
        elif symbol in ("\\", "{", "}"):
            out.append(symbol)
        elif symbol == "~":
            out.append(" ")
        elif plain:
            out.append(plain.replace("\r", "").replace("\n", ""))
        size += 1
    return "".join(out).strip()
