"""`hospes rules`: rules as a file, and what they would have done with tickets of the past."""

import argparse
from collections.abc import Callable
from typing import Any

from hospes.config.taking import refusing, taken, text_of

Work = Callable[[argparse.Namespace, Callable[[], int]], int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", with_django: Work, add_command: Any) -> None:
    """Add the commands; `with_django` runs work with the database, `add_command` is cli._add."""
    group = commands.add_parser("rules", help="Rules of automation").add_subparsers(required=True, metavar="COMMAND")
    add_command(group, "export", lambda o: with_django(o, export), "Print all rules as YAML")
    taken = add_command(
        group, "import", lambda o: with_django(o, lambda: take(o.file)), "Read rules from a YAML file, switched off"
    )
    taken.add_argument("file", metavar="FILE")
    tried = add_command(
        group, "try", lambda o: with_django(o, lambda: try_rules(o.name, o.file, o.days)),
        "What rules would have done with tickets of the past; nothing is changed",
    )  # fmt: skip
    tried.add_argument("--name", default="", help="only the rule of this name")
    tried.add_argument("--file", default="", metavar="FILE", help="the rules of a YAML file, not those that are kept")
    tried.add_argument("--days", type=int, default=30, metavar="N", help="how far back, 1 to 90")


def export() -> int:
    """Print the rules."""
    from hospes.automation import operations, queries

    print(operations.export_rules(list(queries.rules())), end="")
    return 0


def take(name: str) -> int:
    """Read a file's rules, all or none."""
    from hospes.automation import operations

    for rule in taken(name, operations.import_rules):
        print(f"{rule.name} ({'on' if rule.active else 'off'})")
    return 0


def try_rules(name: str, file: str, days: int) -> int:
    """Print what each rule would have done."""
    from hospes.automation import carrying, queries
    from hospes.automation.content import content_of
    from hospes.config.folder import Refused

    with refusing(file):
        contents = carrying.imported(text_of(file)) if file else [content_of(rule) for rule in queries.rules()]
    wanted = [content for content in contents if not name or content["name"].casefold() == name.casefold()]
    if not wanted:
        raise Refused(f"There is no rule called {name}." if name else "There are no rules.")
    for content in wanted:
        _show(content, days)
    return 0


def _show(content: dict[str, Any], days: int) -> None:
    from hospes.automation.preview import try_rule
    from hospes.core import clock
    from hospes.core.actors import SYSTEM
    from hospes.core.errors import HospesError

    try:
        found = try_rule(content=content, actor=SYSTEM, now=clock.now(), days=days)
    except HospesError as error:
        print(f"{content['name']}: {error.field}: {error.message}")
        return
    print(f"{content['name']}: asked {found.asked} times, fitted {found.fitted} times, {found.tickets} tickets")
    for one in found.touched[:20]:
        print(f"  #{one.ticket.shown_number} {one.at:%Y-%m-%d %H:%M} {'; '.join(one.changes) or '(no change)'}")
