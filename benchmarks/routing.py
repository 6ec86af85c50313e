"""Time to route one ticket with 1,000 agents and 1,000 queues: with 100,000 open tickets against 1,000."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter, sleep
from typing import Any

from benchmarks.report import Line, below, percentile, times
from benchmarks.scratch import deliver, execute

AGENTS, QUEUES, OPEN, RUNS = 1_000, 1_000, 100_000, 60
MAILS, SENDERS = 50, 5

_AGENTS = """
INSERT INTO staff_agent (email, name, role, is_active, password, only_own_teams, language, time_zone, theme, single_keys,
  signature_html, phone, capacity, notify, rights_version, created_at)
SELECT 'r' || i || '@bench.example', 'Agent ' || i, 'agent', true, '!', false, '', '', '', true, '', '', 30000, '{}', 1,
  now() FROM generate_series(1, %s) i;
INSERT INTO staff_membership (agent_id, team_id)
SELECT a.id, %s FROM staff_agent a WHERE a.email LIKE 'r%%@bench.example';
INSERT INTO staff_presence (agent_id, state, chosen, note, channels, connected, changed_at)
SELECT a.id, 'online', '', '', '{}', true, now() FROM staff_agent a WHERE a.email LIKE 'r%%@bench.example';
INSERT INTO staff_agentlanguage (agent_id, language, level)
SELECT a.id, 'en', 5 FROM staff_agent a WHERE a.email LIKE 'r%%@bench.example'
"""
_OPEN = """
UPDATE tickets_ticket t SET category = 'open', active = true, spam = false, assignee_id = NULL, solved_at = NULL,
  closed_at = NULL, status_id = (SELECT id FROM tickets_status WHERE builtin AND category = 'open')
FROM (SELECT id FROM tickets_ticket ORDER BY id LIMIT %s) chosen WHERE chosen.id = t.id
"""
_WAITING = """
INSERT INTO routing_routingentry (ticket_id, queue_id, state, units, by_hand, team_by_hand, channel, needs, step,
  entered_at, rank_at, overflowed, attempts, declined, why, resting)
SELECT t.id, %s, 'waiting', 0, false, false, 'email', 'lv', 0, now(), now() - make_interval(secs => t.id), false, 0,
  '[]', '{}', false FROM (SELECT id FROM tickets_ticket ORDER BY id LIMIT %s) t ON CONFLICT DO NOTHING
"""


def prepare(facts: dict[str, Any]) -> int:
    """The agents and the queues: 999 that ask and take nothing, and the last that takes everything; its id."""
    from hospes.core.actors import SYSTEM
    from hospes.core.clock import now
    from hospes.routing import operations
    from hospes.routing.models import Queue

    agents, members, *rest = _AGENTS.split(";\n")
    execute(agents, AGENTS)
    execute(members, facts["team"].pk)
    for statement in rest:
        execute(statement.replace("%%", "%"))
    never = {"all": [{"field": "ticket.subject", "is": "is", "value": "–"}, {"field": "customer.vip", "is": "yes"}]}
    Queue.objects.bulk_create(
        Queue(name=f"Queue {n}", position=n, conditions=never, team=facts["team"]) for n in range(QUEUES - 1)
    )
    last = operations.create_queue(
        name="Everything", team=facts["team"], strategy="least_load", match_language="required", actor=SYSTEM, now=now()
    )
    return last.pk


def route(facts: dict[str, Any], name: str) -> list[float]:
    """Milliseconds from the look at a fresh ticket to its owner, in the order of size."""
    from hospes.core.clock import now
    from hospes.routing import operations
    from hospes.tickets import operations as tickets
    from hospes.tickets.incoming import IncomingMessage, Person

    fresh = []
    for number in range(RUNS + 3):
        incoming = IncomingMessage(
            message_id=f"{name}{number}@bench.example", sender=Person(f"{name}{number}@bench.example", "Bench"),
            subject="Where is it", text="Hello, where is my order?", reply="Hello, where is my order?",
        )  # fmt: skip
        received = tickets.receive_message(incoming=incoming, inbox=facts["inbox"], source_id=None, files=[], now=now())
        fresh.append(received.ticket.pk)
    for ticket_id in fresh[RUNS:]:
        operations.look_at_ticket(ticket_id, now=now())

    def one(index: int) -> None:
        if not operations.look_at_ticket(fresh[index], now=now()):
            raise RuntimeError("the ticket found nobody")

    return times(one, runs=RUNS)


@contextmanager
def at_work(*names: str) -> Iterator[None]:
    """These queues emptied side by side, each in a thread of its own, as a worker does it."""
    from django.db import connection

    from hospes.core.drains import DRAINS

    over = threading.Event()

    def empty(name: str) -> None:
        while not over.is_set():
            if not DRAINS[name].run():
                over.wait(0.005)  # a worker is woken by the database; this looks as often as it would be
        connection.close()

    with ThreadPoolExecutor(len(names)) as threads:
        running = [threads.submit(empty, name) for name in names]
        try:
            yield
        finally:
            over.set()
            for one in running:
                one.result()


def to_its_owner(facts: dict[str, Any]) -> list[float]:
    """Milliseconds from a VIP's raw mail at the door until its ticket has an assignee, by the workers' own queues."""
    from benchmarks.mail import mail
    from hospes.channels.email.receive import accept
    from hospes.core.clock import now
    from hospes.customers.models import Customer
    from hospes.tickets.models import Message, Ticket

    address = facts["inbox"].address

    def bring(number: int, run: str) -> int:
        raw = accept(mail(number, run), mail_from="", rcpt_to=[address], via="bench", now=now())[0]
        ends = perf_counter() + 30
        while not Ticket.objects.filter(messages__source_id=raw, assignee__isnull=False).exists():
            if perf_counter() > ends:
                raise RuntimeError("the mail found no owner")
            sleep(0.005)
        return raw

    deliver()
    with at_work("raw", "outbox", "routing"):
        for number in range(SENDERS):
            said = Message.objects.get(source_id=bring(number, "warm"))
            Customer.objects.filter(pk=said.customer_id).update(vip=True)

        def one(number: int) -> None:
            bring(number % SENDERS, f"vip{number}")

        return times(one, runs=MAILS)


def lines(facts: dict[str, Any]) -> Iterator[Line]:
    """Route one among 1,000 open tickets, and among 100,000; then mails of VIPs, all the way."""
    from benchmarks.scratch import settle

    queue_id = prepare(facts)
    execute(_WAITING, queue_id, 1_000)
    settle()
    route(facts, "warm")  # the same first use of everything falls on neither
    few = percentile(route(facts, "few"), 0.5)
    execute("SET session_replication_role = replica")
    execute(_OPEN, OPEN)
    execute(_WAITING, queue_id, OPEN)
    execute("RESET session_replication_role")
    settle()
    execute("CHECKPOINT")  # what was just written is not to be written out while we measure
    found = route(facts, "many")
    many = percentile(found, 0.5)
    more = {"p95": percentile(found, 0.95), "few": few}
    yield below(f"route one, {AGENTS:,} agents, {QUEUES:,} queues, {OPEN:,} open tickets, p50", many, 250, more=more)
    yield Line(
        f"route one at {OPEN:,} open tickets against 1,000", many, "ms", "at 1,000", few, many / few, "≤ 1.2 ×",
        many / few <= 1.2,
    )  # fmt: skip
    vips = to_its_owner(facts)
    name = "a VIP's mail from SMTP/store to its owner"
    yield below(f"{name}, p50", percentile(vips, 0.5), 500)
    yield below(f"{name}, p95", percentile(vips, 0.95), 1000)


def main() -> int:
    """This table alone: python -m benchmarks.routing."""
    from benchmarks import scratch
    from benchmarks.report import show

    with scratch.database():
        facts = scratch.company()
        scratch.fill(OPEN, facts)
        scratch.settle()
        for line in lines(facts):
            show(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
