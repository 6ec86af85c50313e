"""What a WhatsApp message says, whatever its type, in words and files ("messages webhook reference", a page a type)."""

import mimetypes
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from hospes.channels.meta import MEDIA, at, objects_at, opened, words_at
from hospes.tickets.incoming import Claim, RemoteFile


@dataclass(frozen=True, slots=True)
class Content:
    """What it says."""

    text: str = ""
    subject: str = ""
    files: tuple[RemoteFile, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    defects: tuple[str, ...] = ()


def content_of(kind: str, message: dict[str, Any]) -> Content:
    """A message's content by its type. What we do not know is said to be so: nothing comes in unseen."""
    if kind == "text" and words_at(message, "text", "body"):
        return Content(words_at(message, "text", "body"))
    if kind in MEDIA and kind != "file" and words_at(message, kind, "id"):
        return _media(kind, message[kind])
    reader = {
        "location": _location,
        "contacts": _contacts,
        "interactive": _pressed,
        "button": _button,
        "order": _order,
    }.get(kind)
    content = reader(message) if reader else Content()
    return content if content.text else _unknown(kind, message)


def _media(kind: str, media: dict[str, Any]) -> Content:
    if kind == "audio" and media.get("voice") is True:
        kind = "voice"
    mime = words_at(media, "mime_type").partition(";")[0].strip().lower()
    ending = mimetypes.guess_extension(mime) or ""
    name = words_at(media, "filename") or f"{kind}{ending}"
    text = words_at(media, "caption") or (name if kind == "document" else str(MEDIA[kind]))
    return Content(text, files=(RemoteFile(words_at(media, "id"), name, mime),), extra={"media": kind})


def _location(message: dict[str, Any]) -> Content:
    where = message.get("location")
    point = [number for name in ("latitude", "longitude") if (number := _number(at(where, name)))]
    told = {name: words for name in ("name", "address", "url") if (words := words_at(where, name))}
    lines = [gettext("Location"), *told.values(), ", ".join(point) if len(point) == 2 else ""]
    if len(point) == 2:
        told |= {"latitude": point[0], "longitude": point[1]}
    return Content("\n".join(line for line in lines if line) if told else "", extra={"location": told})


def _number(value: Any) -> str:
    return str(value)[:30] if isinstance(value, int | float | str) and not isinstance(value, bool) else ""


def _contacts(message: dict[str, Any]) -> Content:
    """Visiting cards. A number that they gave because we asked for theirs is a claim, not a proof."""
    lines: list[str] = []
    claims: list[Claim] = []
    asked = words_at(message, "origin") == "contact_request"
    for person in objects_at(message, "contacts"):
        phones = [words_at(phone, "wa_id") or words_at(phone, "phone") for phone in objects_at(person, "phones")]
        mails = [words_at(mail, "email") for mail in objects_at(person, "emails")]
        told = [words_at(person, "name", "formatted_name"), words_at(person, "org", "company"), *phones, *mails]
        lines.append(", ".join(words for words in told if words))
        if asked:
            claims += [Claim("phone", f"+{phone.lstrip('+')}") for phone in phones if phone]
    lines = [line for line in lines if line]
    text = "\n".join([gettext("Contact"), *lines]) if lines else ""
    return Content(text, claims=tuple(claims[:5]))


def _pressed(message: dict[str, Any]) -> Content:
    """A button or a line of a list that they chose; an answered form."""
    said = message.get("interactive")
    for kind in ("button_reply", "list_reply"):
        title = words_at(said, kind, "title")
        if title:
            return Content(title, extra={"pressed": words_at(said, kind, "id")})
    answers = opened(words_at(said, "nfm_reply", "response_json").encode())
    lines = [f"{name}: {words}" for name in answers if name != "flow_token" and (words := words_at(answers, name))]
    return Content("\n".join(lines) or words_at(said, "nfm_reply", "body"))


def _button(message: dict[str, Any]) -> Content:
    """The ready answer of a template."""
    return Content(words_at(message, "button", "text"), extra={"pressed": words_at(message, "button", "payload")})


def _order(message: dict[str, Any]) -> Content:
    lines = []
    for item in objects_at(message, "order", "product_items"):
        price = f"{_number(item.get('item_price'))} {words_at(item, 'currency')}".strip()
        lines.append(f"{_number(item.get('quantity')) or 1} × {words_at(item, 'product_retailer_id')} ({price})")
    if not lines:
        return Content()
    return Content("\n".join([gettext("Order"), *lines, words_at(message, "order", "text")]).strip())


def _unknown(kind: str, message: dict[str, Any]) -> Content:
    """Polls, view-once pictures and what comes after this was written."""
    told = [words_at(error, "title") or words_at(error, "message") for error in objects_at(message, "errors")]
    exact = words_at(message, "unsupported", "type") or kind or "?"
    text = gettext("A message of a kind that cannot be shown here (%(kind)s). Ask for it in words.") % {"kind": exact}
    return Content(text, defects=(f"unknown kind: {exact}"[:200], *(words[:200] for words in told if words)))
