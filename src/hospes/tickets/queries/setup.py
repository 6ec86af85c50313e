"""Reads of what is set up: inboxes, statuses, tags."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from hospes.core.errors import NotFound
from hospes.tickets.models import Inbox, Status, Tag
from hospes.tickets.policies import is_ours

T = TypeVar("T")
_memory: ContextVar[dict[str, Any] | None] = ContextVar("setup", default=None)


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


@contextmanager
def remembered() -> Iterator[None]:
    """Within this block, set-up that every incoming message asks for is read once: for one short batch of messages,
    never longer, because an admin may change it at any moment."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def _once(key: str, read: Callable[[], T]) -> T:
    memory = _memory.get()
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    found: T = memory[key]
    return found


def free_number(candidates: Callable[[], str], taken: Callable[[list[str]], set[str]]) -> str:
    """A ticket number that no ticket has; within a remembered() batch several are looked up at once."""
    memory = _memory.get()
    kept: list[str] = memory.setdefault("numbers", []) if memory is not None else []
    while not kept:
        drawn = [candidates() for _ in range(1 if memory is None else 32)]
        used = taken(drawn)
        kept += [number for number in dict.fromkeys(drawn) if number not in used]
    return kept.pop()


def own_addresses() -> frozenset[str]:
    """All our inboxes' addresses, folded, so that we never answer ourselves."""
    return _once("own", _own_addresses)


def _own_addresses() -> frozenset[str]:
    return frozenset(a.casefold() for a in Inbox.objects.filter(kind="email").values_list("address", flat=True))


def is_own_address(address: str) -> bool:
    """Whether mail from this address is our own, also with a reply token."""
    return is_ours(address, own_addresses())


def statuses() -> QuerySet[Status]:
    """Statuses in use, in order."""
    return Status.objects.filter(archived_at=None)


def status_of(category: str) -> Status:
    """The built-in status of a category."""
    return _once(f"status:{category}", lambda: Status.objects.get(category=category, builtin=True))


def tags() -> QuerySet[Tag]:
    """All tags by name."""
    return Tag.objects.all()
