"""To whom an answer goes: addresses checked, people copied in, and the thread that mail programs follow."""

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core.errors import InvalidInput
from hospes.core.text import storable
from hospes.customers.policies import email_key
from hospes.tickets.models import Message, Participant, Ticket
from hospes.tickets.operations.base import join
from hospes.tickets.policies import is_ours
from hospes.tickets.queries.setup import own_addresses
from hospes.tickets.queries.ways import Way, ways_of
from hospes.tickets.ways import Traits

MAX_PARTS: Final = 10  # a long answer is sent in parts by channels with short messages
File = tuple[str, str, int]  # name, content type, bytes


def check_addresses(addresses: Sequence[str], *, field: str) -> list[str]:
    """The addresses trimmed, empty ones left out. Raises InvalidInput for what is none and for more than 50."""
    good: list[str] = []
    for address in addresses:
        plain = storable(address).strip()
        if not plain:
            continue
        try:
            validate_email(plain)
        except ValidationError:
            raise InvalidInput(
                _("“%(address)s” is not a full e-mail address.") % {"address": plain}, field=field
            ) from None
        good.append(plain)
    if len(good) > 50:
        raise InvalidInput(_("At most 50 addresses at once."), field=field)
    return good


def check_copied(addresses: Sequence[str]) -> list[str]:
    """Addresses to copy in; an inbox of ours would answer itself for ever."""
    good = check_addresses(addresses, field="cc")
    ours = own_addresses() if good else frozenset()
    for address in good:
        if is_ours(address, ours):
            raise InvalidInput(
                _("%(address)s is an inbox of yours. It gets the answers anyway.") % {"address": address}, field="cc"
            )
    return good


def choose_way(ticket: Ticket, inbox_id: int | None, *, now: datetime, private: bool | None = None) -> Way | None:
    """The way that was asked for, else the best; None for mail addressed as the ticket's places say. `private` chooses
    between the two ways of an inbox where the customer wrote in public (None: the better one).

    Raises InvalidInput for an inbox by which this customer cannot be reached.
    """
    found = ways_of(ticket, now=now)
    if private is not None:
        mode = "private" if private else "public"
        found = [way for way in found if way.mode in {"", mode}]
    if inbox_id is not None:
        chosen = next((way for way in found if way.inbox.pk == inbox_id), None)
        if chosen is None:
            raise InvalidInput(_("This customer cannot be reached by this channel."), field="via")
        return chosen
    return found[0] if found else None


def check_fits(way: Way, *, text: str, template: bool, files: Sequence[File] = (), buttons: int = 0) -> None:
    """What the channel takes. Raises InvalidInput that names the cure."""
    traits = way.traits
    if way.stopped:
        raise InvalidInput(_("They asked for no more messages on this channel. Answer another way."), field="via")
    if way.spent:
        raise InvalidInput(
            _("You have answered this comment privately already. Answer in public, or wait until they write back."),
            field="via",
        )
    if way.comment_id and way.mode == "private" and (files or len(text) > traits.characters > 0):
        raise InvalidInput(
            _("A private answer to a comment is one short message without files. Make it shorter."), field="text"
        )
    if not way.open and not template:
        if traits.templates:
            words = _("The time for free answers is over on this channel. Send a template, or answer another way.")
        else:
            words = _(
                "The time for answers is over on this channel until the customer writes again. Answer another way."
            )
        raise InvalidInput(words, field="via")
    if template and not traits.templates:
        raise InvalidInput(_("This channel knows no templates."), field="template")
    if traits.characters and len(text) > traits.characters * MAX_PARTS:
        raise InvalidInput(
            _("This is too long for the channel: at most %(n)d characters.") % {"n": traits.characters * MAX_PARTS},
            field="text",
        )
    if buttons > traits.buttons:
        if not traits.buttons:
            raise InvalidInput(_("This channel knows no buttons."), field="buttons")
        raise InvalidInput(_("At most %(n)d buttons on this channel.") % {"n": traits.buttons}, field="buttons")
    _check_files(traits, files)


def _check_files(traits: Traits, files: Sequence[File]) -> None:
    """Files are refused before they are sent, with the limit's name, not by the provider an hour later."""
    if files and not traits.files:
        raise InvalidInput(_("This channel takes no files. Send a link instead."), field="uploads")
    if len(files) > traits.files > 0:
        raise InvalidInput(
            ngettext(
                "At most %(n)d file in one message here.", "At most %(n)d files in one message here.", traits.files
            )
            % {"n": traits.files},
            field="uploads",
        )
    for name, content_type, size in files:
        if size > traits.file_bytes:
            limit = {"name": name, "limit": filesizeformat(traits.file_bytes)}
            raise InvalidInput(_("“%(name)s” is too large: this channel takes %(limit)s.") % limit, field="uploads")
        if traits.file_types and not any(fnmatchcase(content_type, kind) for kind in traits.file_types):
            raise InvalidInput(_("This channel does not take “%(name)s”.") % {"name": name}, field="uploads")


def _address_by(message: Message, way: Way) -> None:
    """Fill in the one recipient of a channel that has no copies."""
    message.inbox = way.inbox
    message.channel = way.inbox.kind
    message.thread_key = way.thread_key
    message.author_address = way.inbox.address[:320]
    message.to = [{"name": way.name, "address": way.address}]
    message.cc = []
    if way.mode == "public":
        message.extra = {**message.extra, "public": True}
    elif way.comment_id:
        message.extra = {**message.extra, "private": True, "comment_id": way.comment_id}


def address_reply(message: Message, ticket: Ticket, copied: list[str], way: Way | None = None) -> list[int]:
    """Fill in recipients and thread; returns the ids of the places of those who join with this message."""
    if way is not None and way.inbox.kind != "email":
        if copied:
            raise InvalidInput(_("This channel knows no copies. Answer by e-mail to copy somebody in."), field="cc")
        _address_by(message, way)
        return []
    if way is not None:
        message.inbox = way.inbox
        message.channel = "email"
        message.author_address = way.inbox.address
    places = list(Participant.objects.filter(ticket=ticket, removed_at=None))
    requester = next((p for p in places if p.kind == Participant.Kind.REQUESTER), None)
    if requester is not None and "@" not in requester.address:
        requester = None  # they came by another channel
    message.to = [{"name": requester.name, "address": requester.address}] if requester else []
    if not message.to and way is not None:
        message.to = [{"name": way.name, "address": way.address}]
    written = {email_key(p["address"]) for p in message.to}
    others = {
        p.key: {"name": p.name, "address": p.address}
        for p in places
        if p is not requester and "@" in p.address and p.key not in written
    }
    joined = []
    for address in copied:
        if requester is not None and email_key(address) == requester.key:
            continue
        # They see the talk from this message on: whatever its id will be, it is higher than all there are.
        place, new = join(
            ticket, address=address, name="", kind=Participant.Kind.CC, customer=None, since=_next_message_id(ticket)
        )
        if new:
            joined.append(place.pk)
        others.setdefault(place.key, {"name": place.name, "address": place.address})
    # What a machine says goes to the one who wrote, not to whomever they copied in: else a stranger could have us
    # write to thirty people.
    message.cc = [] if message.automatic else list(others.values())
    if not message.to and not message.cc:
        raise InvalidInput(_("This customer has no e-mail address yet."), field="customer")
    _thread(message, ticket)
    return joined


def _next_message_id(ticket: Ticket) -> int:
    newest = Message.objects.filter(ticket=ticket).order_by("-id").values_list("pk", flat=True).first()
    return (newest or 0) + 1


def _thread(message: Message, ticket: Ticket) -> None:
    previous = Message.objects.filter(ticket=ticket, kind__in=Message.PUBLIC_KINDS).exclude(external_id="")
    chain = list(previous.order_by("-id").values_list("external_id", flat=True)[:20])
    message.in_reply_to = chain[0] if chain else ""
    message.references = list(reversed(chain))
