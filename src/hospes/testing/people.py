"""Known people and things for tests: the same company everywhere."""

from datetime import UTC, datetime
from typing import Any

from hospes.core import clock, outbox
from hospes.core.actors import SYSTEM, Actor
from hospes.staff import operations as staff
from hospes.staff.models import Agent, Team
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox
from hospes.tickets.operations.arriving import Received

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


def make_agent(name: str = "Ivo", *, role: str = "agent", teams: tuple[Team, ...] = (), **more: Any) -> Agent:
    """An agent with the address name@demo.example and PASSWORD."""
    return staff.create_agent(
        email=f"{name.lower()}@demo.example",
        name=name,
        role=role,
        password=PASSWORD,
        teams=teams,
        actor=SYSTEM,
        now=NOON,
        **more,
    )


def make_team(name: str = "First line") -> Team:
    """A team."""
    return staff.create_team(name=name, actor=SYSTEM, now=NOON)


def make_inbox(address: str = "support@demo.example", **more: Any) -> Inbox:
    """An e-mail inbox."""
    return tickets.create_inbox(name="Demo shop", address=address, actor=SYSTEM, now=NOON, **more)


def desk_actor(agent: Agent) -> Actor:
    """The agent as an actor at the desk."""
    return actor_of(agent, via="desk")


def receive(
    text: str = "My kettle leaks.",
    *,
    sender: str = "anna@customer.example",
    name: str = "Anna Kalniņa",
    subject: str = "Kettle leaks",
    inbox: Inbox | None = None,
    now: datetime = NOON,
    **more: Any,
) -> Received:
    """A message from a customer, taken in as channels do it."""
    incoming = IncomingMessage(
        message_id=more.pop("message_id", f"m{abs(hash((text, sender, now))) % 10**9}@customer.example"),
        sender=Person(sender, name),
        subject=subject,
        text=text,
        reply=text,
        **more,
    )
    inbox = inbox or Inbox.objects.filter(kind="email").first() or make_inbox()
    return tickets.receive_message(
        incoming=incoming, inbox=inbox, source_id=None, files=[], now=now, channel=inbox.kind
    )


def settle() -> None:
    """Let all subscribers hear of all that happened so far, and of what they themselves cause."""
    while outbox.drain(now=clock.now()):
        pass
