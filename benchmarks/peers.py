"""django-helpdesk from PyPI, in an environment of its own, measured on our database server in the same run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import Line, against

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "peers"
PEER = "django-helpdesk"
# (our line, what the peer's script calls its own, how many times faster we aim to be)
PAIRS = (
    ("mail taken in, one worker process", "mail", 3),
    ("ticket list, 50 rows, API, 2,500 tickets", "list 2500", 20),
    ("ticket list, 50 rows, API, 50,000 tickets", "list 50000", 80),
    ("ticket list, desk fragment", "table 2500", 20),
    ("ticket screen with 30 messages", "screen", 3),
    ("ticket created by API", "create", 3),
)


def install() -> Path:
    """Its newest version with all that it needs; the environment's Python."""
    python = HOME / "env" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME / "env"], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*pip, PEER, "psycopg[binary]"], check=True)
    return python


def measure(*, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Run its script on another database of the server that DATABASE_URL names; what it found."""
    import psycopg

    python = install()
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS peer")
        connection.execute("CREATE DATABASE peer")
        facts = connection.info.get_parameters() | {"password": connection.info.password}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HOSPES_", "DJANGO_"))}
    environment |= {"PEER_DATABASE": json.dumps({**facts, "dbname": "peer"}), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [python, "-m", "benchmarks.peer_script", *map(str, sizes)],
        env=environment, cwd=HOME, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def lines(ours: list[Line], theirs: dict[str, Any]) -> Iterator[Line]:
    """Ours / theirs for all that both have."""
    mine = {line.name: line.ours for line in ours}
    for name, key, aim in PAIRS:
        if name in mine and key in theirs:
            yield against(
                f"against peer: {name}", mine[name], theirs[key], beside=f"{PEER} {theirs['version']}", aim=aim
            )
