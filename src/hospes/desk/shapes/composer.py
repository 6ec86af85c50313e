"""What the composer begins with: the newest draft of each kind, and who will get a reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hospes.core.actors import Actor
from hospes.desk.shapes.thread import File, file_of
from hospes.tickets.models import Participant, Ticket
from hospes.tickets.queries import screen


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
    drafts: dict[str, dict[str, Any]]

    @property
    def reply(self) -> bool:
        """Whether it opens as a reply."""
        return self.kind == "reply"

    @property
    def note(self) -> bool:
        """Whether it opens as a note."""
        return self.kind == "note"


def composer_of(actor: Actor, ticket: Ticket, people: Sequence[Participant]) -> Composer:
    """One query for drafts, and one for their files when there are any."""
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
        drafts=drafts,
    )
