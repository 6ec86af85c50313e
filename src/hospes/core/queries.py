"""Reads of the core room: the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.models import EventRow


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; None and empty mean everything. `until` is exclusive."""

    names: Sequence[str] = ()
    actor_kind: str = ""
    actor_id: int | None = None
    subject: str = ""
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def audit_log(actor: Actor, wanted: AuditFilter, *, before: int | None = None) -> QuerySet[EventRow]:
    """What happened, newest first, from before the event `before` on. Somebody limited to teams sees tickets of
    those alone."""
    actor.require("audit.see")
    found = EventRow.objects.exclude(name="Notified").order_by("-id")
    if actor.team_ids is not None:
        found = found.filter(~Q(subject="ticket") | Q(team_id__in=actor.team_ids))
    if before is not None:
        found = found.filter(pk__lt=before)
    conditions = {
        "name__in": list(wanted.names) or None,
        "actor_kind": wanted.actor_kind or None,
        "actor_id": wanted.actor_id,
        "subject": wanted.subject or None,
        "subject_id": wanted.subject_id,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    return found.filter(**{key: value for key, value in conditions.items() if value is not None})
