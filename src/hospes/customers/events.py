"""What happens to customers."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent(Event):
    """Base of events about one customer."""

    subject: ClassVar[str] = "customer"
    subject_id_field: ClassVar[str] = "customer_id"

    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(CustomerEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(CustomerEvent):
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(CustomerEvent):
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersUnmerged(CustomerEvent):
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided(CustomerEvent):
    """Somebody decided whether an address that a customer named is theirs."""

    claim_id: int
    joined: bool
    value: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPointBounced(CustomerEvent):
    address: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderBlocked(Event):
    subject: ClassVar[str] = "sender"
    subject_id_field: ClassVar[str] = "block_id"

    block_id: int
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderUnblocked(SenderBlocked):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSignedIn(CustomerEvent):
    pass
