"""Beside a talk: whom this may be besides, and by which channel they are answered best. Three queries."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hospes.customers import queries as customers
from hospes.customers.models import Customer, IdentityClaim
from hospes.desk.access import DeskRequest
from hospes.tickets.models import Ticket
from hospes.tickets.queries.ways import reachable_by
from hospes.tickets.ways import channel_label


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody else's record, or an address that nobody has, and why it may be theirs."""

    claim: IdentityClaim
    owner: Customer | None
    source: str


def context(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """What the panel prints; nothing where there is nothing to decide or to choose."""
    person = ticket.customer.merged_into if ticket.customer.merged_into_id else ticket.customer
    assert person is not None
    suggestions = suggestions_of(person)
    channels = reachable_by(person)
    if not suggestions and len(channels) < 2 and not person.preferred_channel:
        return None
    return {"person": person, "suggestions": suggestions, **preference(person, channels)}


def suggestions_of(person: Customer) -> list[Suggestion]:
    """What is open about a person, in words."""
    return [Suggestion(claim, owner, source_words(claim.source)) for claim, owner in customers.open_claims(person)]


def source_words(source: str) -> str:
    """Where the word about an address comes from."""
    if source == "moved":
        return _("the provider says that they have a new number")
    # Translators: why a record may be the same person; the channel is “Live chat”, “Telegram” …
    return _("named by them on %(channel)s, not proven") % {"channel": channel_label(source)}


def preference(person: Customer, channels: list[tuple[str, str]]) -> dict[str, Any]:
    """By which channel they are answered best, and how that is known."""
    how = {
        "customer": _("They said so themselves."),
        "agent": _("A colleague noted it."),
        "learned": _("Learned from how they answer."),
    }
    return {"channels": channels, "how_known": how.get(person.preferred_by, "") if person.preferred_channel else ""}
