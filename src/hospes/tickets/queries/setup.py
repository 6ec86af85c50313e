"""Reads of what is set up: inboxes, statuses, tags, macros."""

from django.db.models import Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.tickets.models import Inbox, Macro, Status, Tag
from hospes.tickets.policies import is_ours


def active_inboxes(kind: str = "") -> QuerySet[Inbox]:
    """Inboxes in use."""
    found = Inbox.objects.filter(archived_at=None)
    return found.filter(kind=kind) if kind else found


def get_inbox(inbox_id: int) -> Inbox:
    """One inbox. Raises NotFound."""
    try:
        return Inbox.objects.get(pk=inbox_id)
    except Inbox.DoesNotExist:
        raise NotFound from None


def inbox_for_address(address: str, *, kind: str = "email") -> Inbox | None:
    """The inbox that an address (also with a +detail) belongs to."""
    key = address.strip().casefold()
    local, _at, domain = key.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    found = {
        i.address.casefold(): i for i in active_inboxes(kind).filter(Q(address__iexact=key) | Q(address__iexact=plain))
    }
    return found.get(key) or found.get(plain)


def own_addresses() -> frozenset[str]:
    """All our inboxes' addresses, folded, so that we never answer ourselves."""
    return frozenset(a.casefold() for a in Inbox.objects.filter(kind="email").values_list("address", flat=True))


def is_own_address(address: str) -> bool:
    """Whether mail from this address is our own, also with a reply token."""
    return is_ours(address, own_addresses())


def statuses() -> QuerySet[Status]:
    """Statuses in use, in order."""
    return Status.objects.filter(archived_at=None)


def status_of(category: str) -> Status:
    """The built-in status of a category."""
    return Status.objects.get(category=category, builtin=True)


def tags() -> QuerySet[Tag]:
    """All tags by name."""
    return Tag.objects.all()


def macros_for(actor: Actor, *, language: str = "") -> QuerySet[Macro]:
    """Macros that an agent may use; with a language, those in it and those in none."""
    shared = Q(sharing=Macro.Sharing.ALL) | Q(owner_id=actor.id)
    shared |= Q(sharing=Macro.Sharing.TEAM, team__memberships__agent_id=actor.id)
    found = Macro.objects.filter(shared, archived_at=None).distinct()
    return found.filter(language__in=["", language]) if language else found
