"""Pure decisions about tickets: who may see one, where a message belongs, what a change means."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.tickets.ways import is_short

ACTIVE: Final = frozenset({"new", "open", "waiting", "on_hold"})
CATEGORIES: Final = ("new", "open", "waiting", "on_hold", "solved", "closed")
TOKEN_LENGTH: Final = 16


def agent_may_see(actor: Actor, *, team_id: int | None, assignee_id: int | None) -> bool:
    """An agent limited to teams sees their teams' tickets and those given to them by name; others see all.

    A ticket without a team belongs to nobody's team, so a limited agent sees it only when it is assigned to them.
    """
    if actor.kind == "system":
        return True
    if actor.kind != "agent" or not actor.may("desk.enter"):
        return False
    return actor.team_ids is None or team_id in actor.team_ids or (assignee_id is not None and assignee_id == actor.id)


def is_active(*, category: str, spam: bool, merged: bool) -> bool:
    """Whether a ticket is open work."""
    return category in ACTIVE and not spam and not merged


def reply_token(number: str, recipient_key: str) -> str:
    """The signed part of a reply address, bound to the ticket and to whom we wrote: 64 bits of HMAC-SHA-256."""
    return ids.keyed_digest("reply-address", f"{number}:{recipient_key}", length=TOKEN_LENGTH)


def reply_address(inbox_address: str, number: str, recipient_key: str) -> str:
    """The address that a recipient answers to: support+k7f2m9q.<token>@example.com (sub-addressing, RFC 5233)."""
    local, _at, domain = inbox_address.rpartition("@")
    return f"{local}+{number.lower()}.{reply_token(number, recipient_key)}@{domain}"


def parse_reply_address(address: str, inbox_address: str) -> tuple[str, str] | None:
    """(number, token) out of a reply address of this inbox, or None."""
    local, _at, domain = address.strip().rpartition("@")
    inbox_local, _at, inbox_domain = inbox_address.rpartition("@")
    size = len(inbox_local) + 1
    if domain.casefold() != inbox_domain.casefold() or local[:size].casefold() != f"{inbox_local}+".casefold():
        return None
    number, dot, token = local[size:].partition(".")
    if not dot or not (number.isascii() and token.isascii()):
        return None
    return number.upper(), token.lower()


def is_ours(address: str, own: Collection[str]) -> bool:
    """Whether mail from this address is our own, also with a reply token; `own` are all our inboxes' addresses."""
    key = address.strip().casefold()
    return key in own or ("+" in key and any(parse_reply_address(key, inbox) is not None for inbox in own))


def token_fits(number: str, token: str, keys: Collection[str]) -> bool:
    """Whether the token was given to one of these recipients for this ticket; compares all, in constant time."""
    fits = False
    for key in keys:
        fits |= ids.same(reply_token(number, key), token)
    return fits


def plain_number(text: str) -> str:
    """A ticket number as it is kept, from the way people write it (#k7f-2m9q); empty for what is none."""
    number = text.strip().lstrip("#").replace("-", "").upper()
    return number if len(number) == 7 and all(c in ids.ALPHABET for c in number) else ""


def number_in_subject(subject: str) -> str:
    """The ticket number that a subject carries as [#K7F-2M9Q], or an empty string."""
    start = subject.rfind("[#")
    end = subject.find("]", start)
    if start < 0 or end < 0:
        return ""
    return plain_number(subject[start + 2 : end])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that a message might belong to, and by what sign."""

    ticket_id: int
    by: str
    sender_takes_part: bool


def choose_thread(candidates: Sequence[Candidate]) -> Candidate | None:
    """Where a message belongs: a reply token proves that we wrote to the sender (or they were given our mail);
    references and a number in the subject count only for somebody who already takes part, because anyone can
    write them. So a reply never lands in another customer's ticket. `thread` is the channel's own talk, `talk` an open
    ticket of the same person on another channel."""
    for by in ("token", "references", "thread", "subject", "talk"):
        for candidate in candidates:
            if candidate.by == by and (by == "token" or candidate.sender_takes_part):
                return candidate
    return None


def may_answer_automatically(
    *,
    automatic: bool,
    own_address: bool,
    spam: bool,
    answers_lately: int,
    cap: int = 3,
    just_answered: bool = False,
) -> bool:
    """Never to machines, to ourselves or to spam, not right after another one, and at most `cap` times an hour to one
    sender (RFC 3834)."""
    return not (automatic or own_address or spam or just_answered) and answers_lately < cap


def is_unsnoozed(*, snoozed_until: datetime | None, now: datetime) -> bool:
    """Whether a snooze has run out."""
    return snoozed_until is not None and snoozed_until <= now


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a ready answer: for a language and a channel, each "" for any."""

    id: int
    language: str
    channel: str


def variant_rank(variant: Variant, *, language: str, channel: str, otherwise: Sequence[str] = ()) -> tuple[int, int]:
    """How well a variant suits a talk, 0 best: (by language, by channel). The talk's language before one in none
    before those of `otherwise` before the rest; the talk's channel, another short one for a short one, then any."""
    ways = [language, "", *otherwise]
    by_language = ways.index(variant.language) if variant.language in ways else len(ways)
    if variant.channel == channel:
        by_channel = 0
    elif is_short(variant.channel) and is_short(channel):
        by_channel = 1
    else:
        by_channel = 3 if variant.channel else 2
    return by_language, by_channel


def choose_variant(
    variants: Sequence[Variant], *, language: str, channel: str, otherwise: Sequence[str] = ()
) -> tuple[Variant, bool] | None:
    """(the variant to offer, whether it is in another language than the talk); None when there is none at all."""
    if not variants:
        return None
    best = min(
        variants, key=lambda v: (*variant_rank(v, language=language, channel=channel, otherwise=otherwise), v.id)
    )
    return best, bool(language) and best.language not in {"", language}
