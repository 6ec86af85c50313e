"""What the composer begins with: the newest draft of each kind, and who will get a reply."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hospes.core.actors import Actor
from hospes.customers.models import ContactPoint
from hospes.desk.shapes.thread import File, file_of
from hospes.desk.shapes.ways import Shown, ways_shown
from hospes.tickets.models import Participant, Ticket
from hospes.tickets.queries import screen
from hospes.tickets.queries.ways import ways_of


@dataclass(frozen=True, slots=True)
class Composer:
    """The composer as it opens; `drafts` holds the text of each kind that has one."""

    kind: str
    to: str
    cc: str
    html: str
    version: int
    forward_subject: str
    files: tuple[File, ...]
    ways: str
    drafts: dict[str, dict[str, Any]]

    @property
    def reply(self) -> bool:
        """Whether it opens as a reply."""
        return self.kind == "reply"

    @property
    def note(self) -> bool:
        """Whether it opens as a note."""
        return self.kind == "note"


def composer_of(
    actor: Actor, ticket: Ticket, people: Sequence[Participant], *, points: Sequence[ContactPoint], now: datetime
) -> Composer:
    """One query for drafts, one for their files when there are any, and the ways to answer (see queries.ways)."""
    found = screen.drafts_of(actor, ticket)
    tokens = [token for draft in found for token in draft.attachments]
    uploads = {upload.token: file_of(upload) for upload in screen.uploads_of(actor, tokens)}
    drafts: dict[str, dict[str, Any]] = {
        draft.kind: {
            "html": draft.html,
            "version": draft.version,
            "to": ", ".join(draft.to),
            "cc": ", ".join(draft.cc),
            "files": [
                {"token": t, "name": uploads[t].name, "size": uploads[t].size}
                for t in draft.attachments
                if t in uploads
            ],
        }
        for draft in found
    }
    kind = found[0].kind if found else "reply"
    if kind == "reply" and not actor.may("ticket.reply"):
        kind = "note"
    current = drafts.get(kind, {})
    return Composer(
        kind=kind,
        to=", ".join(p.address for p in people if p.kind == Participant.Kind.REQUESTER),
        cc=", ".join(p.address for p in people if p.kind == Participant.Kind.CC),
        html=current.get("html", ""),
        version=current.get("version", 0),
        forward_subject=ticket.subject,
        files=tuple(uploads[f["token"]] for f in current.get("files", [])),
        ways=json.dumps(_ways(actor, ticket, people, points, now), ensure_ascii=False, separators=(",", ":")),
        drafts=drafts,
    )


def _ways(
    actor: Actor, ticket: Ticket, people: Sequence[Participant], points: Sequence[ContactPoint], now: datetime
) -> list[Shown]:
    """Nothing for those who do not answer."""
    if not actor.may("ticket.reply"):
        return []
    return ways_shown(ticket, ways_of(ticket, now=now, places=people, points=points), now=now)
