"""Every read of the customers room."""

from django.db import connection
from django.db.models import Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.text import fold, storable
from hospes.customers.models import BlockedSender, ContactPoint, Customer, IdentityClaim
from hospes.customers.policies import block_candidates, contact_key


def customers(actor: Actor) -> QuerySet[Customer]:
    """Customers who were not merged away, newest first."""
    actor.require("customer.see")
    return (
        Customer.objects.filter(merged_into=None)
        .select_related("company")
        .prefetch_related("contact_points")
        .order_by("-id")
    )


def get_customer(actor: Actor, customer_id: int) -> Customer:
    """One customer, following merges. Raises NotFound."""
    actor.require("customer.see")
    found = Customer.objects.select_related("company", "merged_into").filter(pk=customer_id).first()
    if found is None:
        raise NotFound
    return found.merged_into or found


def find_by_contact(kind: str, value: str) -> Customer | None:
    """Whom a contact point belongs to, following a merge."""
    # Every incoming message asks this: plain SQL, for the ORM takes longer to write it than the database to answer it.
    found = Customer.objects.raw(
        "SELECT c.* FROM customers_contactpoint p JOIN customers_customer o ON o.id = p.customer_id"
        " JOIN customers_customer c ON c.id = coalesce(o.merged_into_id, o.id) WHERE p.kind = %s AND p.key = %s",
        [kind, contact_key(kind, value)],
    )
    return next(iter(found), None)


def same_person(customer_id: int) -> list[int]:
    """The ids of all records that are one person by merging, whichever of them is given."""
    into = Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first()
    root = into or customer_id
    return [root, *Customer.objects.filter(merged_into_id=root).values_list("pk", flat=True)]


def search_customers(actor: Actor, text: str, *, limit: int = 20) -> list[Customer]:
    """Customers in whose name, company or contact points all the words occur, newest first."""
    found = customers(actor)
    for word in fold(storable(text)).split()[:6]:
        found = found.filter(search__contains=word)
    return list(found[:limit])


def emails_of(customer: Customer) -> list[str]:
    """A customer's e-mail addresses, the ones that work first."""
    points = [p for p in customer.contact_points.all() if p.kind == "email"]
    return [p.value for p in sorted(points, key=lambda p: (p.bounced_at is not None, p.pk))]


def is_blocked(address: str) -> bool:
    """Whether mail from this address goes to spam."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM customers_blockedsender WHERE pattern = ANY(%s))",
            [list(block_candidates(address))],
        )
        [found] = cursor.fetchone() or (False,)
    return bool(found)


def blocked_senders(actor: Actor) -> QuerySet[BlockedSender]:
    """All blocks."""
    actor.require("sender.block")
    return BlockedSender.objects.all()


def records_of(customer: Customer) -> QuerySet[Customer, int]:
    """The ids of all records that are this one person by merging, as a subquery: asked of inside another question, and
    quick there because it is no OR across tables."""
    root = customer.merged_into_id or customer.pk
    return Customer.objects.filter(Q(pk=root) | Q(merged_into_id=root)).order_by().values_list("pk", flat=True)


def points_of_person(customer: Customer) -> list[ContactPoint]:
    """Every way to reach a person, those of records merged into theirs too, working ones first."""
    found = ContactPoint.objects.filter(customer_id__in=records_of(customer)).order_by("id")
    return sorted(found[:100], key=lambda p: (p.bounced_at is not None, p.pk))


def open_claims(customer: Customer) -> list[tuple[IdentityClaim, Customer | None]]:
    """What a customer says of themselves and nobody has decided on: (claim, who has this address already). Two
    queries, one when there is nothing."""
    root = customer.merged_into_id or customer.pk
    found = IdentityClaim.objects.filter(customer_id__in=records_of(customer), state=IdentityClaim.State.OPEN)
    claims = list(found[:20])
    if not claims:
        return []
    points = ContactPoint.objects.filter(kind__in={c.kind for c in claims}, key__in={c.key for c in claims})
    shown = points.select_related("customer__merged_into", "customer__company")
    owners = {(p.kind, p.key): p.customer.merged_into or p.customer for p in shown}
    listed: dict[tuple[str, str], tuple[IdentityClaim, Customer | None]] = {}
    for claim in claims:
        owner = owners.get((claim.kind, claim.key))
        if owner is None or owner.pk != root:
            listed.setdefault((claim.kind, claim.key), (claim, owner))
    return list(listed.values())


def get_claim(actor: Actor, claim_id: int) -> IdentityClaim:
    """One claim. Raises NotFound."""
    actor.require("customer.see")
    found = IdentityClaim.objects.select_related("customer").filter(pk=claim_id).first()
    if found is None:
        raise NotFound
    return found
