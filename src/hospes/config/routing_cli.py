"""`hospes routing`: queues as a file, and what another set of queues would have done."""

import argparse
from collections.abc import Callable
from typing import Any

from hospes.config.taking import refusing, taken, text_of

Work = Callable[[argparse.Namespace, Callable[[], int]], int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", with_django: Work, add_command: Any) -> None:
    """Add the commands; `with_django` runs work with the database, `add_command` is cli._add."""
    group = commands.add_parser("routing", help="Queues and assignment").add_subparsers(
        required=True, metavar="COMMAND"
    )
    again = add_command(
        group, "replay", lambda o: with_django(o, lambda: replay(o.rules, o.since)),
        "What a set of queues would have done with tickets of the past; nothing is changed",
    )  # fmt: skip
    again.add_argument("--rules", metavar="FILE", help="queues as YAML; without it, the queues as they are now")
    again.add_argument("--since", default="30d", metavar="SPAN", help="how far back, such as 30d or 12h")
    add_command(group, "export", lambda o: with_django(o, export), "Print the queues as YAML")
    taken = add_command(
        group, "import", lambda o: with_django(o, lambda: take(o.file)), "Take over queues from a YAML file"
    )
    taken.add_argument("file", metavar="FILE")
    add_command(group, "recount", lambda o: with_django(o, recount), "Count anew what every agent carries")


def export() -> int:
    """Print the queues."""
    from hospes.routing import queries

    print(queries.exported(), end="")
    return 0


def take(name: str) -> int:
    """Take over a file's queues, all or none."""
    from hospes.routing import operations

    print(f"{taken(name, operations.import_queues)} queues")
    return 0


def recount() -> int:
    """Count anew."""
    from hospes.core import clock
    from hospes.routing import operations

    print(f"{operations.recount(now=clock.now())} agents set right")
    return 0


def replay(name: str | None, since: str) -> int:
    """Print what would have been."""
    from hospes.config.folder import Refused
    from hospes.core import clock
    from hospes.core.conditions import span_of
    from hospes.routing import operations, queries
    from hospes.routing.queries import history
    from hospes.routing.replaying import replay as run

    try:
        back = span_of(since)
    except ValueError:
        raise Refused(f"--since {since}: give a length of time such as 30d or 12h.") from None
    with refusing(name or ""):
        rules = history.rules_of(operations.read_queue_set(text_of(name))) if name else list(queries.rules())
    now = clock.now()
    people = history.people_today(since=now - back, until=now)
    pasts = history.pasts(since=now - back, until=now)
    outcome = run(pasts, people, rules, until=now)
    for line in report(outcome, rules, people, len(pasts)):
        print(line)
    return 0


def report(outcome: Any, rules: Any, people: Any, tickets: int) -> list[str]:
    """An outcome as lines to read."""
    waits = sorted(outcome.waits)
    middle = waits[len(waits) // 2] if waits else 0.0
    late = waits[min(len(waits) - 1, len(waits) * 95 // 100)] if waits else 0.0
    given = sum(outcome.given.values())
    lines = [
        f"{tickets} tickets: {given} given, {outcome.never} would still wait, {outcome.unqueued} taken by no queue",
        f"wait until somebody had it: half within {middle:.0f} s, 95 of 100 within {late:.0f} s",
        f"the same owner as really {outcome.same}, another one {outcome.different}",
        "",
        "by queue",
    ]
    lines += [f"{outcome.by_queue[rule.id]:7}  {rule.name}" for rule in rules]
    lines += ["", "by person"]
    lines += [f"{outcome.given[one.person.id]:7}  {one.person.name}" for one in people if outcome.given[one.person.id]]
    return lines
