"""Beside the talk: the call-back that waits, and the means to call or to promise one."""

from typing import Any

from hospes.calls import numbers
from hospes.calls.models import Callback
from hospes.calls.phones import phone_inbox
from hospes.customers.models import ContactPoint
from hospes.desk.access import DeskRequest
from hospes.tickets.models import Ticket


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """At most three queries; None while no inbox makes calls and nobody waits for one."""
    found = list(Callback.objects.filter(ticket=ticket).order_by("-id")[:5])
    place = phone_inbox(ticket)
    if place is None and not found:
        return None
    phones = ContactPoint.objects.filter(customer_id=ticket.customer_id, kind="phone").order_by("id")
    known = found[0].number if found else phones.values_list("value", flat=True).first() or ""
    rows = [{"it": one, "number": numbers.shown(one.number)} for one in found]
    return {
        "ticket": ticket, "rows": rows, "known": known, "number": numbers.shown(known),
        "may": request.actor.may("ticket.reply") and place is not None,
        "mine": bool(getattr(request.user, "phone", "")),
        "waiting": any(one.state == Callback.State.WAITING for one in found),
    }  # fmt: skip
