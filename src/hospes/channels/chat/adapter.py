"""Live chat as a channel. Its door is our own (views.py), so there is nothing to verify here and nothing to ask.

An answer is sent by being there: the visitor's page is told by realtime/chat.py at the moment of its commit, and
reads it again by the talk's address whenever it comes back.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from hospes.channels.adapter import BaseAdapter, ChannelError, OutgoingMessage, Parsed, Raw, Receipt
from hospes.channels.models import ChatVisitor
from hospes.core import files
from hospes.core.text import storable
from hospes.tickets.incoming import Claim, IncomingAttachment, IncomingMessage, Person, RemoteFile
from hospes.tickets.ways import MB, Traits

TRAITS: Final = Traits(
    kind="chat",
    label=_("Live chat"),
    icon="message-circle",
    identity="handle",
    live=True,
    talk=True,
    rich=True,
    characters=8000,
    files=10,
    file_bytes=25 * MB,
    buttons=5,
    receipts=True,
    typing=True,
)
LONGEST: Final = 8000


class ChatAdapter(BaseAdapter):
    """The visitor's widget."""

    kind = "chat"
    traits = TRAITS

    def parse(self, raw: Raw) -> Parsed:
        """What views.py stored: who, which words, which files, what they say of themselves."""
        said = _read(raw.body)
        if said is None:
            return IncomingMessage(
                message_id="",
                sender=Person("chat:unknown"),
                text="(unreadable message)",
                reply="(unreadable message)",
                identity="handle",
                defects=("unreadable",),
            )
        key, text = _text(said, "visitor", 32), _text(said, "text", LONGEST)
        name, email = _text(said, "name", 200), _text(said, "email", 320)
        verified = said.get("verified") is True
        by_mail = said.get("by_mail") is True and bool(email)
        return IncomingMessage(
            message_id=f"{key}:{_text(said, 'id', 64)}",
            sender=Person(email if by_mail else f"chat:{key}", name),
            text=text,
            reply=text,
            identity="email" if by_mail else "handle",
            authenticated=verified if by_mail else True,
            claims=_claims(said, email=email, verified=verified, by_mail=by_mail, key=key),
            language=_text(said, "language", 8),
            thread_key=key,
            remote_files=tuple(_files(said.get("files"))),
            extra=_extra(said, by_mail=by_mail),
        )

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """The file is with us since it was uploaded."""
        try:
            content = files.load(remote.ref)
        except (FileNotFoundError, ValueError) as error:
            raise ChannelError(f"The file is gone: {remote.name}", permanent=True) from error
        return IncomingAttachment(remote.name, remote.content_type, content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """It is in the talk already; only a talk whose visitor was forgotten can show it no more."""
        address = message.recipient
        if not ChatVisitor.objects.filter(key=address.removeprefix("chat:"), inbox_id=message.inbox_id).exists():
            raise ChannelError("This visitor's talk was forgotten; nobody can read the answer.", permanent=True)
        return Receipt()


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("visitor"), str) and said["visitor"] else None


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    return storable(value)[:longest] if isinstance(value, str) else ""


def _claims(said: Mapping[str, Any], *, email: str, verified: bool, by_mail: bool, key: str) -> tuple[Claim, ...]:
    """What they say is theirs. A site's own id of them is theirs for sure: it is only kept when the site signed it."""
    found: list[Claim] = []
    subject, site = _text(said, "subject", 200), said.get("inbox")
    if subject and verified:
        found.append(Claim("handle", f"site{site}:{subject}", verified=True))
    if email and not by_mail:
        found.append(Claim("email", email, verified=verified and said.get("email_verified") is True))
    if by_mail and verified:
        found.append(Claim("handle", f"chat:{key}", verified=True))
    phone = _text(said, "phone", 40)
    if phone:
        found.append(Claim("phone", phone, verified=verified and said.get("phone_verified") is True))
    return tuple(found)


def _files(listed: Any) -> list[RemoteFile]:
    found: list[RemoteFile] = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            continue
        size = one.get("size")
        found.append(
            RemoteFile(
                ref=one["key"],
                name=_text(one, "name", 255) or "file",
                content_type=_text(one, "type", 120),
                size=size if isinstance(size, int) else 0,
            )
        )
    return found[:10]


def _extra(said: Mapping[str, Any], *, by_mail: bool) -> dict[str, Any]:
    """What the channel keeps with the message: the widget's own id of it, the page it was written on."""
    extra: dict[str, Any] = {"client_id": _text(said, "id", 64)}
    page = said.get("page")
    if isinstance(page, dict):
        extra["page"] = {"url": _text(page, "url", 2000), "title": _text(page, "title", 300)}
    answers = said.get("answers")
    if isinstance(answers, dict) and answers:
        extra["answers"] = {str(k)[:60]: str(v)[:500] for k, v in list(answers.items())[:10]}
    if by_mail:
        extra["came_by"] = "email"
    return extra
