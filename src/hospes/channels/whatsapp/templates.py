"""Approved templates: fetched, shown with numbered gaps, and filled in for sending.

After the pages "Message templates" (components, named and numbered parameters) and "Send message templates".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, Template
from hospes.channels.meta import objects_at, words_at

GAP: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FIELDS: Final = "name,status,language,category,components,parameter_format"
PAGES: Final = 50
MEDIA_HEADERS: Final = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A place for one value, in the order in which values are given."""

    where: str  # header, body or button
    name: str
    index: int = 0  # of the button


def fetch_all(credential: Mapping[str, Any]) -> list[Template]:
    """Every template of the account, page by page. Raises ChannelError."""
    account = str(credential.get("waba_id") or "")
    if not account:
        raise ChannelError("The WhatsApp Business account ID is not set.", permanent=False, set_up=False)
    found: list[Template] = []
    after = ""
    for _page in range(PAGES):
        query = {"fields": FIELDS, "limit": "100", **({"after": after} if after else {})}
        said = meta.graph("GET", f"{account}/message_templates?{urlencode(query)}", credential)
        found += [template for one in objects_at(said, "data") if (template := template_of(one)) is not None]
        after = words_at(said, "paging", "cursors", "after")
        if not after or not words_at(said, "paging", "next"):
            break
    return found


def template_of(told: Mapping[str, Any]) -> Template | None:
    """A template as we keep it; None without name or language."""
    name, language = words_at(told, "name"), words_at(told, "language")
    if not name or not language:
        return None
    parts = objects_at(told, "components")
    if words_at(told, "parameter_format").upper() == "NAMED":
        parts = [{"type": "NAMED"}, *parts]
    state = words_at(told, "status").lower()
    return Template(name, language, shown(parts), state, tuple(parts))


def gaps(parts: Sequence[Mapping[str, Any]]) -> list[Gap]:
    """The places for values: in the header, the body, then the buttons' addresses."""
    found: list[Gap] = []
    for part in parts:
        kind = words_at(part, "type").upper()
        if kind in {"HEADER", "BODY"}:
            names = dict.fromkeys(GAP.findall(words_at(part, "text")))
            found += [Gap(kind.lower(), name) for name in names]
        for index, button in enumerate(objects_at(part, "buttons")):
            found += [Gap("button", name, index) for name in GAP.findall(words_at(button, "url"))]
    return sorted(found, key=lambda gap: ("header", "body", "button").index(gap.where))


def shown(parts: Sequence[Mapping[str, Any]]) -> str:
    """All that the customer will read, its gaps numbered through in the order of the values."""
    order = [(gap.where, gap.name, gap.index) for gap in gaps(parts)]

    def numbered(where: str, text: str, index: int = 0) -> str:
        return GAP.sub(lambda m: f"{{{{{order.index((where, m[1], index)) + 1}}}}}", text)

    lines: dict[str, list[str]] = {"HEADER": [], "BODY": [], "FOOTER": [], "BUTTONS": []}
    for part in parts:
        kind = words_at(part, "type").upper()
        if kind in {"HEADER", "BODY"}:
            lines[kind].append(numbered(kind.lower(), words_at(part, "text")))
        elif kind == "FOOTER":
            lines[kind].append(words_at(part, "text"))
        for index, button in enumerate(objects_at(part, "buttons")):
            url = numbered("button", words_at(button, "url"), index)
            lines["BUTTONS"].append(f"[{words_at(button, 'text')}] {url}".strip())
    return "\n\n".join("\n".join(found) for found in lines.values() if any(found))


def filled(parts: Sequence[Mapping[str, Any]], values: Sequence[str], media: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The components of a template message. Raises ChannelError when the values do not fit."""
    wanted = gaps(parts) if parts else [Gap("body", str(number + 1)) for number in range(len(values))]
    if len(wanted) != len(values):
        raise ChannelError(f"The template has {len(wanted)} gaps and got {len(values)} values.", permanent=True)
    named = any(words_at(part, "type") == "NAMED" for part in parts)
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    if media:
        found["header", 0] = [dict(media)]
    for gap, value in zip(wanted, values, strict=True):
        # Line breaks and tabs in values are refused (132018).
        told = {"type": "text", "text": " ".join(value.split())}
        if named and gap.where != "button":
            told = {"type": "text", "parameter_name": gap.name, "text": told["text"]}
        found.setdefault((gap.where, gap.index), []).append(told)
    return [_component(where, index, told) for (where, index), told in found.items()]


def _component(where: str, index: int, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    if where == "button":
        return {"type": "button", "sub_type": "url", "index": str(index), "parameters": parameters}
    return {"type": where, "parameters": parameters}


def header_kind(parts: Sequence[Mapping[str, Any]]) -> str:
    """image, video or document when the template's header is a file; else ""."""
    formats = [words_at(part, "format").upper() for part in parts if words_at(part, "type").upper() == "HEADER"]
    return next((MEDIA_HEADERS[name] for name in formats if name in MEDIA_HEADERS), "")
