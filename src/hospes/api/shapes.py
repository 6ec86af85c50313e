"""Rows as the API shows them, made by hand: this is the hot path of every list."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from hospes.api.inputs import PRIORITIES
from hospes.core.models import EventRow
from hospes.customers.models import Customer
from hospes.staff.models import Agent
from hospes.tickets.models import Attachment, Message, Participant, Ticket, TicketLink
from hospes.tickets.queries.rows import TicketRow

Json = dict[str, Any]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def respond(body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """JSON as bytes, once."""
    return HttpResponse(
        _encode(body).encode(), status=status, content_type="application/json", headers=dict(headers or {})
    )


def page(items: list[Json], following: str | None) -> HttpResponse:
    """A page of a list."""
    return respond({"items": items, "next": following})


def stamp(moment: datetime | str | None) -> str | None:
    """RFC 3339 in UTC, of a time or of its text as PostgreSQL writes it in UTC."""
    if moment is None:
        return None
    if isinstance(moment, str):
        return f"{moment[:10]}T{moment[11:-3]}Z"
    text = moment.astimezone(UTC).isoformat()[:-6]
    return f"{text.rstrip('0') if '.' in text else text}Z"


def ticket(row: TicketRow) -> Json:
    """A ticket of a list."""
    return {
        "id": row.id,
        "number": row.number,
        "subject": row.subject,
        "status": row.category,
        "status_id": row.status_id,
        "status_name": row.status_name,
        "priority": PRIORITIES[row.priority],
        "type": row.type,
        "tags": row.tags,
        "assignee": {"id": row.assignee_id, "name": row.assignee_name} if row.assignee_id else None,
        "team": {"id": row.team_id, "name": row.team_name} if row.team_id else None,
        "customer": {"id": row.customer_id, "name": row.customer_name, "vip": row.customer_vip},
        "inbox_id": row.inbox_id,
        "channel": row.channel,
        "language": row.language,
        "fields": row.fields,
        "spam": row.spam,
        "last_message": {"text": row.last_words, "from_customer": row.last_from_customer},
        "message_count": row.message_count,
        "version": row.version,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "waiting_since": stamp(row.waiting_since),
        "first_response_at": stamp(row.first_response_at),
        "solved_at": stamp(row.solved_at),
        "closed_at": stamp(row.closed_at),
        "promised_at": stamp(row.promised_at),
        "due_at": stamp(row.due_at),
        "first_response_due_at": stamp(row.first_response_due_at),
        "next_response_due_at": stamp(row.next_response_due_at),
        "resolution_due_at": stamp(row.resolution_due_at),
        "snoozed_until": stamp(row.snoozed_until),
    }


def ticket_details(
    found: Ticket,
    participants: Iterable[Participant],
    links: Iterable[tuple[TicketLink, Ticket]],
    split_from: str | None,
) -> Json:
    """A ticket with all around it."""
    return {
        **ticket(TicketRow.of(found)),
        "inbox": {"id": found.inbox_id, "name": found.inbox.name},
        "merged_into": found.merged_into.number if found.merged_into else None,
        "split_from": split_from,
        "participants": [participant(place) for place in participants],
        "links": [
            {"id": link.pk, "kind": link.kind, "number": other.number, "subject": other.subject}
            for link, other in links
        ],
    }


def participant(place: Participant) -> Json:
    """Somebody who takes part."""
    return {
        "id": place.pk,
        "kind": place.kind,
        "address": place.address,
        "name": place.name,
        "customer_id": place.customer_id,
    }


def attachment(found: Attachment) -> Json:
    """A file's facts."""
    return {
        "token": found.token,
        "name": found.name,
        "content_type": found.content_type,
        "size": found.size,
        "inline": found.inline,
        "content_id": found.content_id,
        "created_at": stamp(found.created_at),
    }


def _people(places: Iterable[Mapping[str, str]]) -> list[Json]:
    return [{"name": place.get("name", ""), "address": place.get("address", "")} for place in places]


def message(found: Message, files: Iterable[Attachment]) -> Json:
    """One message, as agents see it."""
    return {
        "id": found.pk,
        "kind": found.kind,
        "channel": found.channel,
        "author": {"name": found.author_name, "address": found.author_address},
        "agent_id": found.agent_id,
        "customer_id": found.customer_id,
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
        "quoted": found.quoted,
        "signature": found.signature,
        "to": _people(found.to),
        "cc": _people(found.cc),
        "message_id": found.external_id,
        "automatic": found.automatic,
        "delivery": found.delivery,
        "delivery_words": found.delivery_words,
        "created_at": stamp(found.created_at),
        "sent_at": stamp(found.sent_at),
        "inbox_id": found.inbox_id,
        "public": found.extra.get("public") is True,
        "delivered_at": stamp(found.delivered_at),
        "read_at": stamp(found.read_at),
        "edited_at": stamp(found.edited_at),
        "withdrawn_at": stamp(found.withdrawn_at),
        "reactions": [str(emoji) for emoji in (found.extra.get("reactions") or {}).values()],
        "attachments": [attachment(file) for file in files],
    }


def event(row: EventRow) -> Json:
    """One thing that happened."""
    return {
        "id": row.pk,
        "name": row.name,
        "at": stamp(row.at),
        "actor": {"kind": row.actor_kind, "id": row.actor_id, "name": row.actor_name},
        "via": row.via,
        "data": row.data,
    }


def customer(found: Customer) -> Json:
    """A customer with their contact points (prefetched)."""
    return {
        "id": found.pk,
        "name": found.name,
        "company": {"id": found.company.pk, "name": found.company.name} if found.company else None,
        "language": found.language,
        "time_zone": found.time_zone,
        "vip": found.vip,
        "notes": found.notes,
        "fields": found.fields,
        "contact_points": [
            {
                "id": point.pk,
                "kind": point.kind,
                "value": point.value,
                "verified_at": stamp(point.verified_at),
                "bounced_at": stamp(point.bounced_at),
            }
            for point in found.contact_points.all()
        ],
        "preferred_channel": found.preferred_channel,
        "preferred_by": found.preferred_by,
        "merged_into_id": found.merged_into_id,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
    }


def agent(found: Agent) -> Json:
    """Somebody who works here (teams prefetched)."""
    return {
        "id": found.pk,
        "name": found.name,
        "email": found.email,
        "role": found.role,
        "active": found.is_active,
        "language": found.language,
        "team_ids": [team.pk for team in found.teams.all()],
    }
