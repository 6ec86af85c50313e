"""`hospes mail deliver`: takes raw mails as a mail server's pipe transport hands them over. Exit codes: sysexits.h."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import Error as DatabaseError

from hospes.channels.email import routes
from hospes.channels.email.receive import UnknownRecipient, accept
from hospes.core import clock
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import get_inbox

_MBOX = b"From "


def main(paths: Sequence[str], inbox: str | None = None) -> int:
    """Store each file ("-" is standard input, also the default) and say nothing; why not goes to standard error.

    0: all stored. 64 usage, 65 an empty file, 66 no such file, 67 no such inbox: trying again does not help.
    75: the database or the disk is away, try again. Of several files the worst counts, 75 before all others; what
    is handed over again is stored once.
    """
    worst = 0
    for path in paths or ["-"]:
        code, reason = _deliver(path, inbox or "")
        if code:
            sys.stderr.write(f"hospes: {path}: {reason}\n")
            worst = os.EX_TEMPFAIL if os.EX_TEMPFAIL in (code, worst) else code
    return worst


def _deliver(path: str, address: str) -> tuple[int, str]:
    try:
        body = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG):
            return os.EX_NOINPUT, error.strerror or "cannot be read"
        return os.EX_TEMPFAIL, str(error)
    except ValueError as error:  # a NUL in the name
        return os.EX_USAGE, str(error)
    if not body.strip():
        return os.EX_DATAERR, "the mail is empty"
    try:
        chosen = _inbox(address)
        if address and chosen is None:
            return os.EX_NOUSER, f"no inbox has the address {address}"
        accept(body, mail_from=_envelope_sender(body), rcpt_to=_recipients(address), inbox=chosen, via="pipe",
               now=clock.now())  # fmt: skip
    except UnknownRecipient:
        return os.EX_NOUSER, "no inbox here is among the recipients; name one with --inbox"
    except (DatabaseError, OSError) as error:
        return os.EX_TEMPFAIL, " ".join(str(error).split())
    return os.EX_OK, ""


def _inbox(address: str) -> Inbox | None:
    found = routes.load().of(address) if address else None
    return get_inbox(found) if found is not None else None


def _recipients(address: str) -> list[str]:
    """Postfix and others tell a pipe the recipient by environment."""
    named = [address, os.environ.get("ORIGINAL_RECIPIENT", ""), os.environ.get("RECIPIENT", "")]
    return list(dict.fromkeys(name for name in named if "@" in name))


def _envelope_sender(body: bytes) -> str:
    """From the environment, or the mbox line that some servers put in front."""
    if sender := os.environ.get("SENDER"):
        return sender
    if body.startswith(_MBOX):
        parts = body.partition(b"\n")[0].split()
        return parts[1].decode("utf-8", "replace") if len(parts) > 1 else ""
    return ""
