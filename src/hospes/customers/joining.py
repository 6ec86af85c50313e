"""Identities joined safely: a record becomes one with another only by what was proven, never by a name.

What somebody merely says of themselves (an address typed into a chat's form) is kept as an `IdentityClaim`: a
suggestion that a person decides on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers import events, queries
from hospes.customers.models import ContactPoint, Customer, IdentityClaim
from hospes.customers.operations import add_proven_point, merge_customers, recognise
from hospes.customers.policies import contact_key

MAX_CLAIMS = 5


@dataclass(frozen=True, slots=True)
class Claimed:
    """A further address of a sender: kind email, phone or handle."""

    kind: str
    value: str
    verified: bool = False


@transaction.atomic(savepoint=False)
def recognise_sender(
    *,
    kind: str,
    value: str,
    name: str,
    language: str,
    verified: bool,
    claims: Sequence[Claimed],
    source: str,
    actor: Actor,
    now: datetime,
) -> Customer:
    """The customer behind a channel's own address. Verified claims lead to the record that has them already; others
    become suggestions. `source` names the channel that brought the claims."""
    good = [c for c in claims[:MAX_CLAIMS] if contact_key(c.kind, storable(c.value))]
    proven = [c for c in good if c.verified]
    owner = next((found for c in proven if (found := queries.find_by_contact(c.kind, c.value))), None)
    if owner is not None and queries.find_by_contact(kind, value) is None:
        add_proven_point(customer=owner, kind=kind, value=value, now=now)
    customer = recognise(kind=kind, value=value, name=name, language=language, verified=verified, actor=actor, now=now)
    if owner is not None and customer.pk != owner.pk:
        customer = _join(owner, customer, proven, source, now)
    for claim in proven:
        add_proven_point(customer=customer, kind=claim.kind, value=claim.value, now=now)
    for claim in good:
        if not claim.verified:
            _note(customer, claim, source, now)
    return customer


@transaction.atomic
def note_moved(*, value: str, new: str, now: datetime) -> Customer | None:
    """The provider vouches that whoever had one number has another now; None when we do not know them."""
    customer = queries.find_by_contact("phone", value)
    if customer is None:
        return None
    owner = queries.find_by_contact("phone", new)
    if owner is None:
        add_proven_point(customer=customer, kind="phone", value=new, now=now)
        emit(events.CustomerChanged(customer_id=customer.pk, what="phone"), actor=SYSTEM, now=now)
    elif owner.pk != customer.pk:  # numbers are given out again: a person has to look
        _note(customer, Claimed("phone", new), "moved", now)
    return customer


def _join(owner: Customer, other: Customer, proven: Sequence[Claimed], source: str, now: datetime) -> Customer:
    """Two records that are proven to be one. Not when the other has a proven address of the same kind already: then
    two people share a device, and somebody has to look."""
    kinds = {c.kind for c in proven}
    people = queries.same_person(other.pk)
    if ContactPoint.objects.filter(customer_id__in=people, kind__in=kinds, verified_at__isnull=False).exists():
        for claim in proven:
            _note(other, claim, source, now)
        return other
    return merge_customers(keep=owner, other=other, actor=SYSTEM, now=now)


def _note(customer: Customer, claim: Claimed, source: str, now: datetime) -> None:
    value = " ".join(storable(claim.value).split())[:320]
    key = contact_key(claim.kind, value)[:340]
    own = ContactPoint.objects.filter(kind=claim.kind, key=key, customer_id__in=queries.same_person(customer.pk))
    if own.exists():
        return
    IdentityClaim.objects.get_or_create(
        customer=customer,
        kind=claim.kind,
        key=key,
        defaults={"value": value, "source": source[:20], "created_at": now},
    )


@transaction.atomic
def accept_claim(*, claim: IdentityClaim, actor: Actor, now: datetime, why: str = "") -> Customer:
    """Somebody made sure that the address is theirs (`why`: how): the records become one, or the address is added."""
    actor.require("customer.merge")
    claim = _open(claim)
    customer = claim.customer.merged_into or claim.customer
    owner = queries.find_by_contact(claim.kind, claim.value)
    if owner is not None and owner.pk != customer.pk:
        customer = merge_customers(keep=owner, other=customer, actor=actor, now=now)
    elif owner is None:
        add_proven_point(customer=customer, kind=claim.kind, value=claim.value, now=now)
        emit(events.CustomerChanged(customer_id=customer.pk, what=claim.kind), actor=actor, now=now)
    _decide(claim, customer, joined=True, why=why, actor=actor, now=now)
    return customer


@transaction.atomic
def dismiss_claim(*, claim: IdentityClaim, actor: Actor, now: datetime, why: str = "") -> None:
    """Somebody says that this is another person. The same claim is not made again."""
    actor.require("customer.merge")
    claim = _open(claim)
    _decide(claim, claim.customer, joined=False, why=why, actor=actor, now=now)


def _decide(claim: IdentityClaim, customer: Customer, *, joined: bool, why: str, actor: Actor, now: datetime) -> None:
    state = IdentityClaim.State.JOINED if joined else IdentityClaim.State.DISMISSED
    people = queries.same_person(customer.pk)
    # The same words by another record of the same person are decided with it.
    same = IdentityClaim.objects.filter(customer_id__in=people, kind=claim.kind, key=claim.key)
    same.filter(state=IdentityClaim.State.OPEN).update(state=state, decided_at=now)
    IdentityClaim.objects.filter(pk=claim.pk).update(state=state, decided_at=now)
    words = " ".join(storable(why).split())[:300]
    emit(
        events.ClaimDecided(
            customer_id=customer.pk, claim_id=claim.pk, joined=joined, value=claim.value[:100], why=words
        ),
        actor=actor,
        now=now,
    )


def _open(claim: IdentityClaim) -> IdentityClaim:
    found = IdentityClaim.objects.select_for_update(of=("self",)).select_related("customer__merged_into")
    fresh = found.filter(pk=claim.pk).first()
    if fresh is None:
        raise NotFound
    if fresh.state != IdentityClaim.State.OPEN:
        raise InvalidInput(_("This was decided already."), field="claim")
    return fresh
