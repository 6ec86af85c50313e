"""What calls do when routing names somebody, when somebody answers or does not, and when it is over."""

from typing import cast

from hospes.calls import events
from hospes.calls.operations import dialling, orders, provided, seeking
from hospes.core import clock
from hospes.core.events import Happened, subscribe
from hospes.routing import events as routing
from hospes.tickets import events as tickets


@subscribe(events.CallQueued)
def find_somebody(happened: Happened) -> None:
    """A caller waits."""
    event = cast(events.CallQueued, happened.event)
    seeking.count_wait(ticket_id=event.ticket_id, now=happened.at)
    seeking.seek(call_id=event.call_id, now=clock.now())


@subscribe(routing.TicketOffered)
@subscribe(routing.TicketRouted)
def ring_whom_routing_named(happened: Happened) -> None:
    """Routing found somebody."""
    event = cast(tickets.TicketEvent, happened.event)
    seeking.seek_for_ticket(ticket_id=event.ticket_id, now=clock.now())


@subscribe(tickets.TicketChanged)
def ring_whom_a_person_named(happened: Happened) -> None:
    """Somebody was made the owner by hand while the customer waits on the line."""
    event = cast(tickets.TicketChanged, happened.event)
    if event.field == "assignee" and event.after and happened.actor.via != "calls":
        seeking.seek_for_ticket(ticket_id=event.ticket_id, now=clock.now())


@subscribe(routing.OfferEnded)
def stop_ringing(happened: Happened) -> None:
    """Who left it to others, or let the offer run out, is not rung any more."""
    event = cast(routing.OfferEnded, happened.event)
    why = "declined" if event.how == "declined" else "withdrawn"
    seeking.stop_ringing(ticket_id=event.ticket_id, agent_id=event.agent_id, why=why, now=clock.now())


@subscribe(events.CallRang)
def have_it_ring(happened: Happened) -> None:
    """The provider rings a phone."""
    event = cast(events.CallRang, happened.event)
    orders.order(call_id=event.call_id, part_id=event.part_id, what="ring", now=clock.now())


@subscribe(events.CallMissed)
def go_on_to_the_next(happened: Happened) -> None:
    """Somebody did not answer: the next one at once; a line that still rings is closed."""
    event = cast(events.CallMissed, happened.event)
    now = clock.now()
    orders.hang_up(part_id=event.part_id, now=now)
    if event.kind == "agent" and event.agent_id is not None:
        seeking.let_go(ticket_id=event.ticket_id, agent_id=event.agent_id, now=now)
        dialling.agent_missed(call_id=event.call_id, now=now)
        seeking.seek(call_id=event.call_id, now=now)
    elif event.kind == "customer":
        dialling.customer_missed(call_id=event.call_id, now=now)


@subscribe(events.CallAnswered)
def talk_begins(happened: Happened) -> None:
    """Customer and agent talk: the ticket is theirs, the wait is over, a call-back has come about."""
    event = cast(events.CallAnswered, happened.event)
    now = clock.now()
    orders.place_customer(call_id=event.call_id, now=now)
    seeking.end_count(ticket_id=event.ticket_id, now=happened.at, met=True)
    dialling.reached(call_id=event.call_id, now=happened.at)
    if event.agent_id is not None:
        seeking.take_over(ticket_id=event.ticket_id, agent_id=event.agent_id, now=now)


@subscribe(events.AgentOnLine)
def ring_the_customer(happened: Happened) -> None:
    """In a call of ours the agent is there first: now the customer is rung."""
    event = cast(events.AgentOnLine, happened.event)
    dialling.ring_customer(call_id=event.call_id, now=clock.now())


@subscribe(events.CallMoved)
def ticket_moves_too(happened: Happened) -> None:
    """Whose call it is, is responsible for the ticket."""
    event = cast(events.CallMoved, happened.event)
    if event.agent_id is not None:
        seeking.take_over(ticket_id=event.ticket_id, agent_id=event.agent_id, now=clock.now())


@subscribe(events.CallHeld)
def music_on(happened: Happened) -> None:
    """The provider plays music to them."""
    event = cast(events.CallHeld, happened.event)
    orders.order(call_id=event.call_id, part_id=event.part_id, what="hold", now=clock.now())


@subscribe(events.CallResumed)
def music_off(happened: Happened) -> None:
    """The provider lets them hear the others again."""
    event = cast(events.CallResumed, happened.event)
    orders.order(call_id=event.call_id, part_id=event.part_id, what="resume", now=clock.now())


@subscribe(events.CallLeft)
def close_their_line(happened: Happened) -> None:
    """Somebody left the others."""
    event = cast(events.CallLeft, happened.event)
    orders.hang_up(part_id=event.part_id, now=clock.now())


@subscribe(events.CallEnded)
def all_is_over(happened: Happened) -> None:
    """No line stays open, no clock runs on, nobody is rung."""
    event = cast(events.CallEnded, happened.event)
    now = clock.now()
    orders.hang_up_all(call_id=event.call_id, now=now)
    if not event.answered:
        seeking.end_count(ticket_id=event.ticket_id, now=happened.at, met=False)
    dialling.call_over(call_id=event.call_id, now=now)


@subscribe(tickets.MessageReceived)
def hear_voicemail(happened: Happened) -> None:
    """A voicemail came in: its file is a recording of its call."""
    event = cast(tickets.MessageReceived, happened.event)
    provided.keep_voicemail(message_id=event.message_id, now=clock.now())
