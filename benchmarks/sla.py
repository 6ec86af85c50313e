"""Service levels with 1,000 policies: find the next breach, match a policy, follow a mail; flat in open tickets."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks import scratch
from benchmarks.report import Line, below, percentile, show, times

POLICIES = 1_000
FEW = 1_000
RUNS = 60
CLOCKS = """
INSERT INTO sla_clock (ticket_id, kind, ref, state, policy_version_id, segments, pauses, started_at, due_at, why_not,
  warn_at, next_at, ended_reason)
SELECT t.id, 'resolution', '', 'running', {version},
  jsonb_build_array(jsonb_build_object('since', now()::text, 'target', 86400, 'calendar', null)), '[]', now(),
  now() + interval '1 day' + t.id * interval '1 second', '', now() + interval '20 hours' + t.id * interval '1 second',
  now() + interval '20 hours' + t.id * interval '1 second', ''
FROM tickets_ticket t WHERE NOT EXISTS (SELECT 1 FROM sla_clock c WHERE c.ticket_id = t.id)
  AND NOT EXISTS (SELECT 1 FROM core_event e WHERE e.subject = 'ticket' AND e.subject_id = t.id)
ORDER BY t.id LIMIT {n}
"""  # never one whose events are on record: its real clocks are made from those, whenever the next one is told


def lines(facts: dict[str, Any], *, tickets: int) -> Iterator[Line]:
    """All lines; the table has `tickets` tickets, each of which gets an open clock."""
    scratch.deliver()  # while there are no policies, it is quick
    version = _policies(facts)
    yield from _matching(facts)
    found: dict[int, float] = {}
    for size in (FEW, tickets):
        _clocks(version, size)
        found[size] = percentile(times(_next_breach, runs=RUNS), 0.5)
    yield below(f"next breach among {tickets:,} open clocks", found[tickets], 5.0, more={f"at {FEW:,}": found[FEW]})
    ratio = found[tickets] / found[FEW]
    flat = Line(
        f"next breach, {tickets:,} against {FEW:,} clocks", found[tickets], "ms", f"at {FEW:,}", found[FEW], ratio,
        "≤ 1.5 ×", ratio <= 1.5,
    )  # fmt: skip
    yield flat
    yield below("say one breach, all told", percentile(times(_ring, runs=RUNS), 0.5), 60.0)


def _policies(facts: dict[str, Any]) -> int:
    """1,000 policies of which only the last fits; returns the version that clocks name."""
    from hospes.core.actors import SYSTEM
    from hospes.core.clock import now
    from hospes.sla import operations, queries

    targets = {"resolution": {p: {"seconds": 86_400, "mode": "elapsed"} for p in "1234"}}
    for number in range(POLICIES - 1):
        condition = {
            "all": [
                {"field": "ticket.priority", "is": "at_least", "value": 1},
                {"field": "ticket.subject", "is": "contains", "value": [f"word {number} that nobody writes"]},
            ]
        }
        operations.save_policy(name=f"Policy {number}", targets=targets, conditions=condition, actor=SYSTEM, now=now())
    operations.save_policy(name="The rest", targets=targets, actor=SYSTEM, now=now())
    return queries.book()[-1].version_id


def _matching(facts: dict[str, Any]) -> Iterator[Line]:
    from hospes.sla import operations, queries
    from hospes.tickets.models import Ticket

    ticket = Ticket.objects.order_by("-id").first()
    assert ticket is not None
    found = times(lambda _i: queries.fitting(ticket, queries.book()), runs=RUNS)
    yield below(f"match one of {POLICIES:,} policies", percentile(found, 0.5), 25.0)
    received = _mails(facts)
    from hospes.core.clock import now

    follow = times(lambda i: operations.follow(ticket_id=received[i], now=now()), runs=RUNS)
    yield below(f"start a new mail's clocks, {POLICIES:,} policies", percentile(follow, 0.5), 60.0)


def _mails(facts: dict[str, Any]) -> list[int]:
    from hospes.core.clock import now
    from hospes.tickets import operations as tickets
    from hospes.tickets.incoming import IncomingMessage, Person

    made = []
    for number in range(RUNS):
        incoming = IncomingMessage(
            message_id=f"sla{number}@customer.example",
            sender=Person(f"c{number}@customer.example", "Customer"),
            subject="A question",
            text="A question",
            reply="A question",
        )
        received = tickets.receive_message(incoming=incoming, inbox=facts["inbox"], source_id=None, files=[], now=now())
        made.append(received.ticket.pk)
    return made


def _clocks(version: int, size: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sla_clock")
        row = cursor.fetchone()
        cursor.execute(CLOCKS.format(version=version, n=max(0, size - (row[0] if row else 0))))
    scratch.settle()


def _next_breach(_number: int) -> None:
    from hospes.core.clock import now
    from hospes.sla.operations.timers import due_tickets

    due_tickets(now=now(), limit=200)


def _ring(number: int) -> None:
    """Make one clock due, and have it said."""
    from hospes.core.clock import now
    from hospes.sla import operations
    from hospes.sla.models import Clock

    late = now() - timedelta(minutes=1)
    clock = Clock.objects.filter(state="running", kind="resolution").order_by("-id")[number]
    Clock.objects.filter(pk=clock.pk).update(due_at=late, next_at=late)
    operations.ring(now=now())


if __name__ == "__main__":
    with scratch.database():
        known = scratch.company()
        begun = time.perf_counter()
        scratch.fill(100_000, known)
        scratch.execute(
            "UPDATE tickets_ticket SET category = 'open', active = true, "
            "status_id = (SELECT id FROM tickets_status WHERE builtin AND category = 'open')"
        )
        scratch.settle()
        print(f"… 100,000 tickets in {time.perf_counter() - begun:.0f} s", flush=True)
        for one in lines(known, tickets=100_000):
            show(one)
