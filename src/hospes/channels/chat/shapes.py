"""Messages and the door as the widget gets them."""

from datetime import datetime
from functools import cache
from typing import Any, Final

import nh3
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from hospes.calls import phones
from hospes.channels.chat import policies, queries
from hospes.channels.chat.contrast import text_on
from hospes.channels.chat.forms import label_of
from hospes.channels.chat.texts import texts
from hospes.channels.models import ChatFile, ChatInvitation, ChatSite
from hospes.core.html import clean_html
from hospes.tickets.models import Attachment, Message

TAGS: Final = {
    "p", "br", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h1", "h2", "h3",
    "h4", "table", "thead", "tbody", "tr", "th", "td", "hr",
}  # fmt: skip


@cache
def _cleaner() -> nh3.Cleaner:
    """Words and links, nothing that loads, runs or dresses up: it is shown in pages that are not ours."""
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def html_of(message: Message) -> str:
    """An agent's words with their marks; "" for plain text."""
    if message.kind != Message.Kind.REPLY or not message.html:
        return ""
    return _cleaner().clean(clean_html(message.html))


def message_shown(message: Message, *, inbox_id: int = 0) -> dict[str, Any]:
    """One message as its visitor sees it. Nothing of who wrote it but the first name. `inbox_id` is the chat's where
    the message itself went by mail."""
    own = message.kind == Message.Kind.INCOMING
    agent = queries.agent_of(message)
    place = inbox_id or message.inbox_id or 0
    name = message.author_name if own else policies.shown_name(agent.name if agent else message.author_name)
    return {
        "id": message.pk,
        "client_id": str(message.extra.get("client_id", "")) if own else "",
        "from": "visitor" if own else "system" if message.automatic else "agent",
        "name": "" if message.automatic else name,
        "text": "" if message.withdrawn_at else message.text,
        "html": html_of(message),
        "at": message.created_at.isoformat(),
        "files": [attachment_shown(a, place) for a in message.attachments.all() if not a.inline],
        "delivered": own or message.delivered_at is not None,
        "read": message.read_at is not None,
        "buttons": list(message.extra.get("buttons") or ()),
        "by_mail": bool(inbox_id) and message.inbox_id != inbox_id,
    }


def attachment_shown(file: Attachment, inbox_id: int) -> dict[str, Any]:
    """A file of a talk."""
    return _file(file.token, file.name, file.content_type, file.size, inbox_id)


def upload_shown(file: ChatFile, inbox_id: int) -> dict[str, Any]:
    """A file that waits to be sent."""
    return _file(file.token, file.name, file.content_type, file.size, inbox_id)


def _file(token: str, name: str, kind: str, size: int, inbox_id: int) -> dict[str, Any]:
    address = settings.PUBLIC_URL + reverse("chat_file", kwargs={"inbox_id": inbox_id, "token": token})
    return {"token": token, "name": name, "type": kind, "size": size, "url": address}


def boot(site: ChatSite, *, language: str, now: datetime) -> dict[str, Any]:
    """All that the widget needs before anybody says a word."""
    door = queries.door_of(site, now=now)
    with translation.override(language):
        prechat, offline = fields(site.prechat), fields(site.offline or [{"name": "name"}, OFFLINE_EMAIL])
    return {
        "inbox": site.inbox.pk,
        "name": site.inbox.name,
        "language": language,
        "rtl": language in settings.LANGUAGES_BIDI,
        "texts": texts(language),
        "theme": {"accent": site.accent, "on_accent": text_on(site.accent)},
        "open": door.open,
        "opens_at": door.opens_at.isoformat() if door.opens_at else None,
        "wait_seconds": door.wait_seconds,
        "agents": [{"name": name, "initials": policies.initials(name)} for name in door.agents],
        "prechat": {"fields": prechat},
        "offline": {"fields": offline},
        "files": {
            "max_bytes": policies.LARGEST_FILE,
            "types": ["." + ending for ending in policies.FILE_TYPES] if site.files else [],
            "count": policies.MOST_FILES if site.files else 0,
        },
        "invitations": [invitation(one, language) for one in _invitations(site)],
        "call": site.call and phones.browser_inbox(site.inbox) is not None,
        "callback": site.callback and phones.phone_inbox() is not None,
        "languages": queries.languages_of(site),
    }


OFFLINE_EMAIL: Final = {"name": "email", "required": True}


def fields(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A form's fields with their labels in the active language."""
    return [
        {
            "name": str(one.get("name", "")),
            "label": label_of(one),
            "kind": str(one.get("kind") or {"email": "email", "phone": "phone"}.get(str(one.get("name")), "text")),
            "required": bool(one.get("required")),
            "choices": [str(c) for c in one.get("choices", ())],
        }
        for one in listed
    ]


def _invitations(site: ChatSite) -> list[ChatInvitation]:
    return list(ChatInvitation.objects.filter(inbox=site.inbox, active=True)[:20])


def invitation(one: ChatInvitation, language: str) -> dict[str, Any]:
    """A rule by which the widget speaks first, with its words in the visitor's language, or the nearest there is."""
    text = one.texts.get(language) or one.texts.get("en") or next(iter(one.texts.values()), "")
    return {
        "id": one.pk,
        "text": text,
        "after_seconds": one.after_seconds,
        "pages": one.pages,
        "cart_min": float(one.cart_min) if one.cart_min is not None else None,
        "once_days": one.once_days,
    }
