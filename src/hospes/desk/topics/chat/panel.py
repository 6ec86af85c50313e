"""Beside the talk: the visitor, where they are and came from, what they answered before the chat, their rating."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from hospes.channels.chat import listing, queries
from hospes.channels.chat.forms import KNOWN
from hospes.channels.models import ChatVisitor
from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.tickets.models import Ticket

SHOWN_STEPS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """A page that the visitor was on."""

    url: str
    title: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel prints. `signed` and `email_signed` tell what the site vouches for."""

    key: str
    here: bool
    name: str
    email: str
    phone: str
    signed: bool
    email_signed: bool
    subject: str
    language: str
    page: Step | None
    trail: tuple[Step, ...]
    referrer: str
    referrer_site: str
    answers: tuple[tuple[str, str], ...]
    invitation: str
    browser: str
    ended: bool


def context(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """The visitor of this ticket's chat; None where there is none. Three queries, one where there is no chat."""
    visitor = queries.visitor_of(ticket.pk)
    if visitor is None:
        return None
    return {"visitor": shown(visitor), "rating": listing.rating_of(ticket.pk)}


def shown(visitor: ChatVisitor) -> Shown:
    """A visitor as the panel prints them."""
    now = clock.now()
    steps = [Step(s.get("url", ""), s.get("title", ""), _moment(s.get("at", ""))) for s in visitor.trail]
    page = Step(visitor.page_url, visitor.page_title, None) if visitor.page_url else None
    return Shown(
        key=visitor.key,
        here=visitor.connected_until is not None and visitor.connected_until > now,
        name=visitor.name,
        email=visitor.email,
        phone=visitor.phone,
        signed=visitor.verified,
        email_signed=visitor.email_verified,
        subject=visitor.subject,
        language=visitor.language,
        page=page,
        trail=tuple(reversed(steps[:-1][-SHOWN_STEPS:])),
        referrer=visitor.referrer,
        referrer_site=urlsplit(visitor.referrer).netloc,
        answers=tuple((str(KNOWN.get(name, name)), value) for name, value in visitor.answers.items() if value),
        invitation=visitor.invitation.name if visitor.invitation else "",
        browser=visitor.browser,
        ended=visitor.ended_at is not None,
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
