"""`hospes workflows`: written procedures taken in, definitions given out."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hospes.config.taking import actor, bytes_of, refusing

Work = Callable[[argparse.Namespace, Callable[[], int]], int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", with_django: Work, add_command: Any) -> None:
    """Add the commands; `with_django` runs work with the database, `add_command` is cli._add."""
    group = commands.add_parser("workflows", help="Guided procedures").add_subparsers(required=True, metavar="COMMAND")

    def taking(options: argparse.Namespace) -> int:
        return with_django(options, lambda: import_file(options.file))

    def giving(options: argparse.Namespace) -> int:
        return with_django(options, lambda: export(options.key))

    taken = add_command(group, "import", taking, "Take in procedures (JSON) or definitions (YAML)")
    taken.add_argument("file", metavar="FILE", help="a file of procedures, or definitions as `export` prints them")
    given = add_command(group, "export", giving, "Print the newest version of a workflow, or of all, as YAML")
    given.add_argument("key", nargs="?", default="", metavar="KEY", help="the workflow's key; without it, all")


def import_file(name: str) -> int:
    """Take in a file; the same file again makes no new versions."""
    from hospes.core.errors import HospesError

    content = bytes_of(name)
    with refusing(name):
        try:
            found = _definitions(content) if Path(name).suffix in {".yaml", ".yml"} else _procedures(content)
        except HospesError as error:
            for fault in error.details.get("faults", ()):
                print(f"  {fault}", file=sys.stderr)
            raise
    for line in found:
        print(line)
    return 0


def _procedures(content: bytes) -> list[str]:
    from django.db import transaction

    from hospes.core import clock
    from hospes.workflows import operations
    from hospes.workflows.importing import read_procedures, report

    done = []
    with transaction.atomic():
        for one in read_procedures(content):
            version, what = operations.import_workflow(
                key=one.key, definition=one.definition, actor=actor(), now=clock.now()
            )
            done.append((one, what, version.number))
    return list(report.lines(done))


def _definitions(content: bytes) -> list[str]:
    from django.db import transaction

    from hospes.core import clock
    from hospes.core.errors import InvalidInput
    from hospes.workflows import operations
    from hospes.workflows.written import from_yaml

    lines = []
    with transaction.atomic():
        for place, definition in enumerate(from_yaml(content.decode("utf-8", "replace")), start=1):
            key = str(definition.get("key") or "")
            if not key:
                raise InvalidInput(f"Workflow {place} of the file has no key.", field="key")
            version, what = operations.import_workflow(key=key, definition=definition, actor=actor(), now=clock.now())
            lines.append(f"{what:<8} {key} (version {version.number})")
    return lines


def export(key: str) -> int:
    """Print definitions as YAML documents."""
    from hospes.config.folder import Refused
    from hospes.workflows import queries
    from hospes.workflows.written import to_yaml

    found = queries.workflows().filter(published__isnull=False)
    chosen = list(found.filter(key=key) if key else found)
    if key and not chosen:
        raise Refused(f"There is no published workflow of the key {key}.")
    print("---\n".join(to_yaml(one.published.definition, key=one.key) for one in chosen if one.published), end="")
    return 0
