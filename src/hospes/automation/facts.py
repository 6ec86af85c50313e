"""What rules can ask about besides the ticket: the event itself, what went before, a call from outside."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from hospes.automation.models import InboundCall, InboundHook
from hospes.core.conditions import Field
from hospes.core.facts import About, provide
from hospes.tickets.models import Message

EVENT = _("What happened")
HISTORY = _("What went before")
CALL = _("A call from outside")


def _doers() -> list[tuple[Any, str]]:
    return [
        ("agent", str(_("somebody here"))),
        ("customer", str(_("the customer"))),
        ("rule", str(_("a rule"))),
        ("system", str(_("Hospes itself"))),
    ]


def _event_fields() -> list[Field]:
    return [
        Field("event.by", _("who did it"), "choice", _doers, group=EVENT),
        Field("event.before", _("the value before"), "text", group=EVENT),
        Field("event.after", _("the value after"), "text", group=EVENT),
        Field("event.channel", _("the channel it came by"), "text", group=EVENT),
    ]


def _event_facts(about: About) -> Mapping[str, Any]:
    return {f"event.{name}": value for name, value in (about.event or {}).items()}


def _history_fields() -> list[Field]:
    return [
        Field("history.status_since", _("the last change of its status"), "moment", group=HISTORY),
        Field("history.owner_since", _("the last change of its owner"), "moment", group=HISTORY),
        Field("history.answered_at", _("our last answer"), "moment", group=HISTORY),
        Field("history.customer_wrote_at", _("the customer’s last message"), "moment", group=HISTORY),
        Field("history.reopened", _("the number of times it was reopened"), "number", group=HISTORY),
        Field("history.answers", _("the number of our answers"), "number", group=HISTORY),
        Field("history.customer_messages", _("the number of the customer’s messages"), "number", group=HISTORY),
    ]


_CHANGES = """SELECT max(at) FILTER (WHERE name = 'TicketChanged' AND data->>'field' = 'status'),
    max(at) FILTER (WHERE name = 'TicketChanged' AND data->>'field' = 'assignee'),
    count(*) FILTER (WHERE name = 'TicketReopened')
    FROM core_event WHERE subject = 'ticket' AND subject_id = %s AND at <= %s"""
_TALK = """SELECT max(created_at) FILTER (WHERE kind = 'reply' AND NOT automatic),
    max(created_at) FILTER (WHERE kind = 'incoming' AND NOT automatic),
    count(*) FILTER (WHERE kind = 'reply' AND NOT automatic),
    count(*) FILTER (WHERE kind = 'incoming' AND NOT automatic)
    FROM tickets_message WHERE ticket_id = %s AND created_at <= %s"""


def _history_facts(about: About) -> Mapping[str, Any]:
    """As of the moment asked about, so that a rule can be tried on the past."""
    if about.ticket is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [about.ticket.pk, about.now])
        status, owner, reopened = cursor.fetchone() or (None, None, 0)
        cursor.execute(_TALK, [about.ticket.pk, about.now])
        answered, wrote, answers, messages = cursor.fetchone() or (None, None, 0, 0)
    return {
        "history.status_since": status or about.ticket.created_at,
        "history.owner_since": owner,
        "history.answered_at": answered,
        "history.customer_wrote_at": wrote,
        "history.reopened": reopened,
        "history.answers": answers,
        "history.customer_messages": messages,
    }


def _hooks() -> list[tuple[Any, str]]:
    return list(InboundHook.objects.filter(archived_at=None).values_list("pk", "name"))


def _call_fields() -> list[Field]:
    return [
        Field("call.hook", _("the address that was called"), "choice", _hooks, group=CALL),
        Field("call.text", _("the words of the call"), "words", group=CALL),
    ]


def _call_facts(about: About) -> Mapping[str, Any]:
    call_id = (about.event or {}).get("call_id")
    call = InboundCall.objects.filter(pk=call_id).first() if call_id else None
    if call is None:
        return {}
    return {"call.hook": call.hook_id, "call.text": call.words} | {f"call.{k}": v for k, v in call.data.items()}


def message_of(event: Mapping[str, Any]) -> Message | None:
    """The message that an event is about."""
    pk = event.get("message_id")
    return Message.objects.filter(pk=pk).first() if pk else None


provide("event", _event_fields, _event_facts)
provide("history", _history_fields, _history_facts)
provide("call", _call_fields, _call_facts)
