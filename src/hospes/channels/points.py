"""Contact points: the ways to reach the company that it shows in public. Each active inbox is one unless it is hidden;
the company adds its own (a shop, a postal address).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.channels.events import ContactPointChanged
from hospes.channels.models import PublicWay
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes
from hospes.tickets.ways import traits_of

LONGEST_TEXT: Final = 500
_ORDER: Final = ("chat", "voice", "email")  # where nobody has chosen; then all others by name


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point: an inbox, what is said of it, or both."""

    inbox: Inbox | None
    own: PublicWay = field(default_factory=PublicWay)

    @property
    def kind(self) -> str:
        """The channel; "own" without an inbox."""
        return self.inbox.kind if self.inbox else "own"

    @property
    def key(self) -> str:
        """What it is called in forms and addresses: "inbox-7" or "own-3"."""
        return f"inbox-{self.inbox.pk}" if self.inbox else f"own-{self.own.pk}"

    @property
    def shown_address(self) -> str:
        """The address as people read it; "" where a channel's own would tell them nothing."""
        return "" if self.kind in NO_ADDRESS and not self.own.address else self.address

    @property
    def address(self) -> str:
        """The address that is shown."""
        return self.own.address or (self.inbox.address if self.inbox else "")

    def name(self, language: str) -> str:
        """What it is called in a language, else in English, else in any; else the inbox's own name."""
        return said_in(self.own.names, language) or (self.inbox.name if self.inbox else "")

    def text(self, language: str) -> str:
        """What is said of it, in the same order."""
        return said_in(self.own.texts, language)


def said_in(texts: Mapping[str, str], language: str) -> str:
    """A text in a language, else in English, else in the first that there is."""
    return str(texts.get(language) or texts.get("en") or next(iter(texts.values()), ""))


def points(*, hidden: bool = True) -> list[Point]:
    """All of them in their order: two queries."""
    rows = list(PublicWay.objects.all())
    by_inbox = {row.inbox_id: row for row in rows if row.inbox_id}
    found = [Point(inbox, by_inbox.get(inbox.pk) or _unsaid(inbox)) for inbox in active_inboxes()]
    found += [Point(None, row) for row in rows if row.inbox_id is None]

    def place(point: Point) -> tuple[int, int, str, int]:
        rank = _ORDER.index(point.kind) if point.kind in _ORDER else len(_ORDER)
        return point.own.position, rank, point.kind, point.own.pk or (point.inbox.pk if point.inbox else 0)

    return sorted((p for p in found if hidden or not p.own.hidden), key=place)


def _unsaid(inbox: Inbox) -> PublicWay:
    """An inbox of which nothing was said. Mail that is kept out of the contact form is not meant for everybody."""
    return PublicWay(inbox=inbox, hidden=inbox.kind == "email" and not inbox.in_contact_form)


def get_point(key: str) -> Point:
    """One by its key. Raises NotFound."""
    found = next((point for point in points() if point.key == key), None)
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def save_point(
    *,
    point: Point | None,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    address: str,
    link: str,
    hidden: bool,
    free: bool,
    actor: Actor,
    now: datetime,
) -> PublicWay:
    """Make a point of the company's own (`point` None) or change what is said of one. Raises InvalidInput."""
    actor.require("inbox.manage")
    row = point.own if point else PublicWay()
    row.names, row.texts = _texts(names, 100), _texts(texts, LONGEST_TEXT)
    row.address, row.link = storable(" ".join(address.split()))[:320], _link(link)
    row.hidden, row.free = hidden, free
    if row.inbox_id is None and not row.names:
        raise InvalidInput(_("Give it a name in at least one language."), field="name_en")
    made = row._state.adding
    row.save()
    label = said_in(row.names, "en") or (point.inbox.name if point and point.inbox else "")
    emit(
        ContactPointChanged(point_id=row.pk, label=label, what="created" if made and point is None else "changed"),
        actor=actor,
        now=now,
    )
    return row


@transaction.atomic
def order_points(*, keys: Sequence[str], actor: Actor, now: datetime) -> None:
    """Put them in this order; those that are not named come after."""
    actor.require("inbox.manage")
    places = {key: number for number, key in enumerate(keys, start=1)}
    for point in points():
        position = places.get(point.key, 100)
        if point.own.position != position:
            point.own.position = position
            point.own.save()
            emit(ContactPointChanged(point_id=point.own.pk, label=point.name("en"), what="moved"), actor=actor, now=now)


@transaction.atomic
def remove_point(*, point: Point, actor: Actor, now: datetime) -> None:
    """Take a point of the company's own away; an inbox's forgets only what was said of it."""
    actor.require("inbox.manage")
    if point.own._state.adding:
        return
    emit(ContactPointChanged(point_id=point.own.pk, label=point.name("en"), what="removed"), actor=actor, now=now)
    point.own.delete()


def _texts(given: Mapping[str, str], longest: int) -> dict[str, str]:
    known = dict(settings.LANGUAGES)
    return {
        code: kept
        for code, text in given.items()
        if code in known and (kept := storable(" ".join(str(text).split()))[:longest])
    }


def _link(link: str) -> str:
    link = link.strip()
    if link and not re.fullmatch(r"(https://|tel:|mailto:|sms:|geo:)[^\s\"'<>\\]{3,480}", link):
        raise InvalidInput(_("Write the whole address, beginning with https://, tel: or mailto:."), field="link")
    return link


def public_link(kind: str, address: str) -> str:
    """The address that opens a talk by a channel, as its provider documents it; "" where there is none. Pure."""
    made = _LINKS.get(kind)
    return made(address.strip()) if made else ""


def _digits(address: str) -> str:
    bare = re.sub(r"[\s()\-.]", "", address).removeprefix("+")
    return bare if re.fullmatch(r"\d{3,15}", bare) else ""


def _number(scheme: str, address: str) -> str:
    digits = _digits(address)
    plus = "+" if len(digits) > 6 else ""
    return f"{scheme}:{plus}{digits}" if digits else ""


def _user(before: str, address: str, pattern: str) -> str:
    name = address.removeprefix("@")
    return before + name if re.fullmatch(pattern, name) else ""


def _x(address: str) -> str:
    if address.isascii() and address.isdigit():
        return f"https://x.com/messages/compose?recipient_id={address}"
    return _user("https://x.com/", address, r"\w{1,15}")


_LINKS: Final = {
    "email": lambda a: f"mailto:{a}" if re.fullmatch(r"[^\s@<>\"'?&]+@[^\s@<>\"'?&]+", a) else "",
    "voice": lambda a: _number("tel", a),
    "sms": lambda a: _number("sms", a),
    "smpp": lambda a: _number("sms", a),
    "whatsapp": lambda a: f"https://wa.me/{_digits(a)}" if len(_digits(a)) > 6 else "",
    "telegram": lambda a: _user("https://t.me/", a, r"[A-Za-z]\w{3,31}"),
    "messenger": lambda a: _user("https://m.me/", a, r"[\w.]{3,60}"),
    "instagram": lambda a: _user("https://ig.me/m/", a, r"[\w.]{1,30}"),
    "viber": lambda a: _user("viber://pa?chatURI=", a, r"[\w-]{2,60}"),
    "x": _x,
}

# What a channel without an address to show is known by, and signs of channels.
NO_ADDRESS: Final = frozenset({"chat", "browser", "messenger", "instagram", "viber"})


def icon_of(kind: str) -> str:
    """The sign of a channel."""
    return "map-pin" if kind == "own" else traits_of(kind).icon
