"""Who is told inside the house that something is going on."""

from datetime import datetime

from django.utils.translation import gettext as _

from hospes.incidents.events import BurstProposed
from hospes.staff.models import Agent, OnCall
from hospes.tickets import operations as tickets


def call_leads(*, event: BurstProposed, event_id: int, now: datetime) -> None:
    """Notify leads, managers, admins and those on call for management, once each."""
    on_call = OnCall.objects.filter(team=None, starts_at__lte=now, ends_at__gt=now)
    leads = Agent.objects.filter(is_active=True, role__in=["lead", "manager", "admin"]).values_list("pk", flat=True)
    for agent_id in sorted({*leads, *on_call.values_list("agent_id", flat=True)}):
        tickets.notify(
            agent_id=agent_id,
            ticket_id=event.ticket_id,
            kind="burst",
            event_id=event_id,
            by_name=_("Hospes"),
            words=event.words,
            now=now,
        )
