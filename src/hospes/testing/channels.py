"""The contract of every channel, as its folder fills it in: `channels/<kind>/tests/contract.py` has CONTRACT.

`channels/tests/test_contract.py` finds every folder and runs all promises on each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from hospes.channels import inbound, operations, outbound, telling
from hospes.channels.registry import adapters
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.testing.people import NOON, settle
from hospes.testing.standin import Asked, Reply, StandIn
from hospes.tickets.models import Inbox


@dataclass(frozen=True)
class Sent:
    """A webhook call as the provider makes it, signed. `path` is below the inbox's address ("" for itself)."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    query: str = ""


@dataclass(frozen=True)
class Words:
    """A customer's message. `nonce` makes another call of the same message (a provider's repetition)."""

    text: str = "Where is my order 4711?"
    message_id: str = "m-1"
    sender: str = "p1"
    name: str = "Anna Kalniņa"
    nonce: int = 0
    at: int = int(NOON.timestamp())


class Contract:
    """What a channel shows of itself. A channel without a signed door sets `unsigned` to the reason, and overrides
    `deliver`; one that takes no files from providers sets `no_files`, one whose provider is not asked by HTTP sets
    `own_faults` (and tests the faults itself), one that carries no messages at all (calls) sets `no_messages`."""

    kind = ""
    address = "our-address"
    unsigned = ""
    no_files = ""
    own_faults = ""
    no_messages = ""

    def credential(self, standin: StandIn) -> dict[str, Any]:
        """Settings that lead to the stand-in."""
        raise NotImplementedError

    def call(self, inbox: Inbox, words: Words) -> Sent:
        """A documented call that carries these words, signed with the credential."""
        raise NotImplementedError

    def file_call(self, inbox: Inbox, words: Words, standin: StandIn, size: int) -> Sent:
        """A documented call that carries a file of this size; the stand-in is told how to give it out."""
        raise NotImplementedError

    def unknown_call(self, inbox: Inbox, words: Words) -> Sent:
        """A signed call with a kind of message that we do not know."""
        raise NotImplementedError

    def forge(self, sent: Sent) -> Sent:
        """The same call with a wrong signature."""
        raise NotImplementedError

    def accept(self, asked: Asked) -> Reply:
        """How the provider says that it took a message (and answers our other requests)."""
        raise NotImplementedError

    def refuse_for_good(self) -> Reply:
        """How the provider says that a message can never be delivered."""
        raise NotImplementedError

    def sender_key(self, words: Words) -> str:
        """The address under which the sender is known here."""
        return words.sender

    def sent_texts(self, asked: Sequence[Asked]) -> list[str]:
        """The texts that customers get by these requests, checked to be what the provider's documentation asks for."""
        raise NotImplementedError

    def told(self, asked: Asked) -> str:
        """seen, typing or stopped when this request tells the customer so (checked to be what the provider's
        documentation asks for), "" for every other. Needed where the adapter has `seen` or `typing`."""
        return ""

    #: What follows when an agent stops writing: "stopped", or "" where the provider only waits.
    stops: str = ""
    #: Whether typing also says that the message was read, and is not shown where that is not wanted.
    typing_reads: bool = False

    def end(self) -> None:
        """Close what was opened for a test."""

    # What the suite does with it ------------------------------------------------------------------

    def inbox(self, standin: StandIn) -> Inbox:
        """An inbox of this channel, set up."""
        inbox = Inbox.objects.create(name="Demo shop", kind=self.kind, address=self.address, created_at=NOON)
        operations.save_credential(inbox=inbox, values=self.credential(standin), actor=SYSTEM, now=NOON)
        standin.usual = self.accept
        return inbox

    def post(self, inbox: Inbox, sent: Sent, *, path: str = "") -> int:
        """Post a call to the real door; the status of its answer."""
        query = f"?{sent.query}" if sent.query else ""
        return (
            Client()
            .post(
                f"/channels/{self.kind}/{inbox.pk}/{path}{query}",
                data=sent.body,
                content_type=sent.content_type,
                headers=sent.headers,
            )
            .status_code
        )

    def deliver(self, inbox: Inbox, words: Words) -> int:
        """Have a customer's message arrive by the real way."""
        return self.post(inbox, self.call(inbox, words))

    def url(self, inbox: Inbox) -> str:
        """The address that the provider was given (some sign it)."""
        return f"{settings.PUBLIC_URL}/channels/{self.kind}/{inbox.pk}/"


def work(*, later: float = 0.0) -> None:
    """All that workers do, until nothing is left; `later` is in seconds."""

    def now() -> Any:
        return clock.now() + timedelta(seconds=later + 1)

    while inbound.ingest_waiting(now=now()):
        settle()
    settle()
    while outbound.deliver_waiting(now=now()):
        settle()
    settle()
    while telling.tell_waiting(now=now()):
        pass


def kinds() -> list[str]:
    """Every channel there is."""
    return list(adapters())
