"""`hospes mail parse FILE...|-`: what Hospes understands of raw mails, one JSON object a line. No database needed."""

import json
import sys
from pathlib import Path
from typing import Any

from hospes.channels.email.parse import parse
from hospes.tickets.incoming import IncomingMessage, Person

EX_OK, EX_NOINPUT = 0, 66


def main(paths: list[str]) -> int:
    """Print one line for each readable file, in the order given; `-` is one mail on standard input.

    A file that cannot be read is named on standard error and makes the exit code 66 (sysexits.h EX_NOINPUT),
    after all others were done. An mbox is taken for one mail: split it first (`formail -s`).
    """
    code = EX_OK
    out = sys.stdout.buffer
    for path in paths or ["-"]:
        try:
            raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        except OSError as error:
            sys.stderr.write(f"hospes mail parse: {path}: {error.strerror or error}\n")
            code = EX_NOINPUT
            continue
        line = json.dumps(as_dict(parse(raw)), ensure_ascii=False)
        out.write(line.encode("utf-8", "replace") + b"\n")
        out.flush()
    return code


def as_dict(message: IncomingMessage) -> dict[str, Any]:
    """The message as plain values for JSON."""
    return {
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "subject": message.subject,
        "from": _person(message.sender),
        "to": [_person(p) for p in message.to],
        "cc": [_person(p) for p in message.cc],
        "reply_to": [_person(p) for p in message.reply_to],
        "date": message.sent_at.isoformat() if message.sent_at else None,
        "text": message.text,
        "html": message.html,
        "reply": message.reply,
        "quoted": message.quoted,
        "signature": message.signature,
        "attachments": [
            {
                "name": a.name,
                "content_type": a.content_type,
                "size": len(a.content),
                "inline": a.inline,
                "content_id": a.content_id,
            }
            for a in message.attachments
        ],
        "auto_reply": message.auto_reply,
        "bounce": _bounce(message),
        "defects": list(message.defects),
    }


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "address": person.address}


def _bounce(message: IncomingMessage) -> dict[str, Any] | None:
    found = message.bounce
    if found is None:
        return None
    return {
        "recipients": list(found.recipients),
        "status": found.status,
        "diagnostic": found.diagnostic,
        "permanent": found.permanent,
        "original_message_id": found.original_message_id,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
