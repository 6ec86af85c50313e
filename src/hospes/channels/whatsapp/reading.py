"""What the Cloud API tells: calls cut into messages, statuses and echoes, and each understood.

After the pages of the "WhatsApp Business account webhooks: messages" reference (text, image, video, audio, document,
sticker, location, contacts, interactive, button, order, reaction, edit, revoke, system, unsupported, status),
"smb_message_echoes" and "Business-scoped user IDs".
"""

from collections.abc import Iterator
from typing import Any, Final

from hospes.channels.adapter import News, Parsed, Piece, Raw, WebhookCall
from hospes.channels.meta import LATER, dumps, entries, moment, news_id, objects_at, opened, words_at
from hospes.channels.whatsapp.contents import Content, content_of
from hospes.tickets.incoming import Claim, IncomingMessage, Person

RECEIPTS: Final = {"delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


def split(call: WebhookCall) -> list[Piece]:
    """One piece for each message, each status that tells something new ("sent" does not) and each echo."""
    found: list[Piece] = []
    for entry in entries(call, "whatsapp_business_account"):
        for change in objects_at(entry, "changes"):
            found += _pieces(change)
    return found


def _pieces(change: dict[str, Any]) -> Iterator[Piece]:
    value = change.get("value")
    account = words_at(value, "metadata", "phone_number_id")
    people = objects_at(value, "contacts")
    for message in objects_at(value, "messages"):
        part = {"what": "message", "message": message, "contact": _contact(message, people)}
        yield _piece(words_at(message, "id") or news_id("message", message), part, account)
    for status in objects_at(value, "statuses"):
        if words_at(status, "status") in RECEIPTS:
            yield _piece(news_id("status", _told(status)), {"what": "status", "status": status}, account)
    for echo in objects_at(value, "message_echoes"):
        yield _piece(words_at(echo, "id") or news_id("echo", echo), {"what": "echo", "echo": echo}, account)


def _piece(external_id: str, part: dict[str, Any], account: str) -> Piece:
    return Piece(external_id, dumps(part), {"account": account})


def _told(status: dict[str, Any]) -> list[str]:
    return [words_at(status, "id"), words_at(status, "status")]


def _contact(message: dict[str, Any], people: list[dict[str, Any]]) -> dict[str, Any]:
    """Who of the people in a call wrote this message."""
    for name, own in (("from", "wa_id"), ("from_user_id", "user_id")):
        wanted = words_at(message, name)
        for person in people:
            if wanted and words_at(person, own) == wanted:
                return person
    return people[0] if len(people) == 1 else {}


def parse(raw: Raw) -> Parsed:
    """A kept piece as a message or as news; None for what tells nothing to anybody."""
    part = opened(raw.body)
    what = part.get("what")
    if what == "message" and isinstance(part.get("message"), dict):
        return _message(part["message"], part.get("contact"))
    if what == "status":
        return _status(part.get("status"))
    if what == "echo" and isinstance(part.get("echo"), dict):
        return _echo(part["echo"])
    return None


def address_of(number: str, user_id: str) -> str:
    """How we know a person: by their number, or by the id that hides it since they chose a username."""
    digits = "".join(c for c in number if c.isascii() and c.isdigit())
    if digits:
        return f"+{digits}"
    return f"whatsapp:{user_id}" if user_id else ""


def _message(message: dict[str, Any], contact: Any) -> Parsed:
    user_id = words_at(message, "from_user_id") or words_at(contact, "user_id")
    address = address_of(words_at(message, "from"), user_id)
    news = _news(message, address)
    if news is not None:
        return news
    kind = words_at(message, "type")
    if kind in {"system", "request_welcome"}:
        return None
    content = content_of(kind, message)
    claims = [Claim("handle", f"whatsapp:{user_id}", verified=True)] if user_id and address.startswith("+") else []
    return IncomingMessage(
        message_id=words_at(message, "id"),
        sender=Person(address, words_at(contact, "profile", "name") or words_at(contact, "profile", "username")),
        subject=content.subject,
        text=content.text,
        reply=content.text,
        in_reply_to=words_at(message, "context", "id"),
        sent_at=moment(message.get("timestamp")),
        authenticated=bool(address),
        identity="phone" if address.startswith("+") else "handle",
        claims=(*claims, *content.claims),
        thread_key=address,
        remote_files=content.files,
        defects=content.defects,
        extra={**content.extra, **_surroundings(message)},
    )


def _surroundings(message: dict[str, Any]) -> dict[str, Any]:
    """An advertisement or a product that the talk began with; that the words were passed on."""
    extra: dict[str, Any] = {}
    names = ("headline", "body", "source_type", "source_url", "source_id", "media_type", "ctwa_clid")
    referral = {name: told for name in names if (told := words_at(message, "referral", name))}
    if referral:
        extra["referral"] = referral
    product = words_at(message, "context", "referred_product", "product_retailer_id")
    if product:
        extra["product"] = product
    context = message.get("context")
    if isinstance(context, dict) and (context.get("forwarded") or context.get("frequently_forwarded")):
        extra["forwarded"] = True
    return extra


def _news(message: dict[str, Any], address: str) -> News | None:
    """Messages that are about other messages, or about their sender."""
    kind, at = words_at(message, "type"), moment(message.get("timestamp"))
    if kind == "reaction":
        about = words_at(message, "reaction", "message_id")
        return News("reaction", about, sender=address, text=words_at(message, "reaction", "emoji"), at=at)
    if kind == "edit" and words_at(message, "edit", "original_message_id"):
        new = message["edit"].get("message")
        content = content_of(words_at(new, "type"), new) if isinstance(new, dict) else Content()
        about = words_at(message, "edit", "original_message_id")
        return News("edited", about, sender=address, text=content.text, at=at)
    if kind == "revoke" and words_at(message, "revoke", "original_message_id"):
        return News("deleted", words_at(message, "revoke", "original_message_id"), sender=address, at=at)
    if kind == "system" and words_at(message, "system", "type") in {"user_changed_number", "customer_changed_number"}:
        new_address = address_of(words_at(message, "system", "wa_id") or words_at(message, "system", "new_wa_id"), "")
        return News("moved", sender=address, text=new_address, at=at) if address and new_address else None
    return None


def _status(status: Any) -> News | None:
    kind = RECEIPTS.get(words_at(status, "status"))
    if kind is None or not words_at(status, "id"):
        return None
    told, at = words_at(status, "id"), moment(status.get("timestamp"))
    if kind == "failed":
        errors = objects_at(status, "errors")
        later = any(error.get("code") in LATER for error in errors if isinstance(error.get("code"), int))
        return News("failed", told, words="; ".join(_said(e) for e in errors)[:900], permanent=not later, at=at)
    return News("read" if kind == "read" else "delivered", told, at=at)


def _said(error: dict[str, Any]) -> str:
    title = words_at(error, "title") or words_at(error, "message")
    details = words_at(error, "error_data", "details")
    named = f"{words_at(error, 'code')} {title}".strip()
    return f"{named}: {details}" if details and details != title else named


def _echo(echo: dict[str, Any]) -> News | None:
    """What somebody of ours wrote in the WhatsApp Business app."""
    kind = words_at(echo, "type")
    address = address_of(words_at(echo, "to"), words_at(echo, "to_user_id"))
    if kind in {"reaction", "edit", "revoke"} or not address:
        return None
    text = content_of(kind, echo).text
    at = moment(echo.get("timestamp"))
    return News("elsewhere", words_at(echo, "id"), sender=address, text=text, at=at, thread_key=address)
