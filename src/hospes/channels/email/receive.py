"""Where every mail comes in, whatever brought it: stored raw and once an inbox before the sender is told "taken"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hospes.channels import operations
from hospes.channels.email import routes
from hospes.channels.email.identity import external_id_of
from hospes.tickets.models import Inbox


class UnknownRecipient(Exception):
    """None of the recipients is an inbox here."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that was brought, the inboxes that it is for, and what the bringer said of it."""

    body: bytes
    inbox_ids: tuple[int, ...]
    mail_from: str
    rcpt_to: tuple[str, ...]
    via: str
    trace: Mapping[str, object] = field(default_factory=dict)


def accept(
    body: bytes,
    *,
    mail_from: str,
    rcpt_to: Sequence[str],
    via: str,
    now: datetime,
    inbox: Inbox | None = None,
    trace: Mapping[str, object] | None = None,
) -> list[int]:
    """Keep a mail for each inbox that it is for; returns the ids of the raw messages, also of those kept before.

    Recipients are those of the envelope, else those in the headers, else the only inbox there is. With `inbox` the
    mail is for that one. Raises UnknownRecipient, and whatever the database raises: then nothing was kept.
    """
    inbox_ids = (inbox.pk,) if inbox is not None else inboxes_of(body, rcpt_to)
    [kept] = accept_many([Arrival(body, inbox_ids, mail_from, tuple(rcpt_to), via, trace or {})], now=now)
    return kept


def inboxes_of(body: bytes, rcpt_to: Sequence[str]) -> tuple[int, ...]:
    """The inboxes that a mail is for. Raises UnknownRecipient."""
    known = routes.load()
    found = known.of_all(rcpt_to) or known.of_all(routes.named_in_headers(body))
    if not found and known.only is not None:
        found = [known.only]
    if not found:
        raise UnknownRecipient
    return tuple(found)


def accept_many(arrivals: Sequence[Arrival], *, now: datetime) -> list[list[int]]:
    """Keep several mails in one transaction: all of them or, when it raises, none."""
    raws = []
    for arrival in arrivals:
        external_id = external_id_of(arrival.body)
        envelope = {
            "mail_from": arrival.mail_from,
            "rcpt_to": list(arrival.rcpt_to)[:200],
            "via": arrival.via,
            **arrival.trace,
        }
        raws += [operations.NewRaw(pk, external_id, arrival.body, envelope) for pk in arrival.inbox_ids]
    stored = iter(operations.store_raws(raws=raws, now=now) if raws else [])
    return [[next(stored)[0] for _pk in arrival.inbox_ids] for arrival in arrivals]
