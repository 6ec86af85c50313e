"""Whatever happens to a ticket, and whenever its news is heard: the clocks are the same."""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.errors import HospesError
from hospes.sla import operations as sla
from hospes.sla.models import Clock
from hospes.staff.models import Agent
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket

EXAMPLES = max(6, int(os.environ.get("HOSPES_EXAMPLES", "6")) // 50)
MINUTE = timedelta(minutes=1)
NAMES = ("write", "answer", "solve", "wait", "hold", "open", "urgent", "low", "undo", "spam", "no spam", "note", "bot")
STEPS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=7)
SHOWN = ("kind", "state", "started_at", "due_at", "met_at", "breached_at", "used_seconds", "ended_reason")


def targets():
    hours = {"first_response": 1, "next_response": 2, "resolution": 3}
    return {kind: {p: {"seconds": n * 3600 // int(p), "mode": "elapsed"} for p in "1234"} for kind, n in hours.items()}


def take(step, ticket, actor, at, sender):
    """One thing that may happen; what is refused has not happened."""
    change = {"solve": {"status": "solved"}, "wait": {"status": "waiting"}, "hold": {"status": "on_hold"},
              "open": {"status": "open"}, "urgent": {"priority": 4}, "low": {"priority": 1}, "spam": {"spam": True},
              "no spam": {"spam": False}}  # fmt: skip
    try:
        if step in change:
            tickets.change_ticket(ticket=ticket, actor=actor, now=at, **change[step])
        elif step == "note":
            tickets.add_note(ticket=ticket, actor=actor, now=at, text="Hm")
        elif step in {"answer", "undo"}:
            seconds = 10 if step == "undo" else 0
            sent = tickets.reply(ticket=ticket, actor=actor, now=at, text="Yes", undo_seconds=seconds, status="solved")
            if step == "undo":
                tickets.undo_send(message=sent, actor=actor, now=at + timedelta(seconds=4))
        elif step in {"write", "bot"}:
            kind = "auto-reply" if step == "bot" else ""
            subject = f"Re: [#{ticket.shown_number}]"
            receive(f"Words {at}", sender=sender, subject=subject, now=at, auto_kind=kind)
    except HospesError:
        return


def lived(steps, actor, sender, *, each):
    """A ticket to which all of it happened; its news heard after each step, or only at the end."""
    ticket = receive(sender=sender, subject=sender).ticket
    for number, step in enumerate(steps, start=1):
        if each:
            settle()
        take(step, ticket, actor, NOON + number * 13 * MINUTE, sender)
    settle()
    return ticket


def clocks(ticket):
    found = Clock.objects.filter(ticket=ticket).order_by("id")
    return [tuple(getattr(c, name) for name in SHOWN) for c in found]


@pytest.mark.django_db
@pytest.mark.timeout(3600)
@settings(
    max_examples=EXAMPLES,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_news_heard_late_gives_the_clocks_that_news_heard_at_once_gives(steps):
    Clock.objects.all().delete()
    Ticket.objects.all().delete()
    ivo = Agent.objects.filter(email="lea@demo.example").first()
    if ivo is None:
        ivo = make_agent("Lea", role="lead")
        make_inbox()
        sla.save_policy(name="All", targets=targets(), pause_on_hold=True, actor=SYSTEM, now=NOON)
    actor = desk_actor(ivo)
    at_once = lived(steps, actor, "a@customer.example", each=True)
    late = lived(steps, actor, "b@customer.example", each=False)
    assert clocks(at_once) == clocks(late)
    at_once.refresh_from_db()
    running = [c for c in Clock.objects.filter(ticket=at_once, state="running") if c.due_at]
    assert at_once.due_at == min((c.due_at for c in running), default=None)
    assert not [c for c in running if not at_once.active]
