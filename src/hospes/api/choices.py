"""Things that a request names by id: found, or refused in words that name the field."""

from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.customers import queries as customer_queries
from hospes.customers.models import Customer
from hospes.staff import queries as staff
from hospes.staff.models import Agent, Team
from hospes.tickets import queries
from hospes.tickets.models import Inbox, Status


def agent(pk: int | None, *, field: str = "assignee") -> Agent | None:
    """Somebody who works here, or nobody."""
    if pk is None:
        return None
    found = staff.active_agents().filter(pk=pk).first()
    if found is None:
        raise InvalidInput(_("Choose somebody who works here."), field=field)
    return found


def team(pk: int | None, *, field: str = "team") -> Team | None:
    """A team in use, or none."""
    if pk is None:
        return None
    found = staff.teams().filter(pk=pk).first()
    if found is None:
        raise InvalidInput(_("Choose one of the teams."), field=field)
    return found


def inbox(pk: int | None) -> Inbox:
    """An inbox in use; without an id the first one for e-mail."""
    found = queries.active_inboxes()
    chosen = found.filter(pk=pk).first() if pk else found.filter(kind="email").order_by("pk").first() or found.first()
    if chosen is None:
        raise InvalidInput(_("Choose one of the inboxes."), field="inbox")
    return chosen


def status(pk: int) -> Status:
    """A status in use."""
    found = queries.statuses().filter(pk=pk).first()
    if found is None:
        raise InvalidInput(_("Choose one of the statuses."), field="status_id")
    return found


def customer(actor: Actor, pk: int, *, field: str = "customer") -> Customer:
    """A customer, where they were merged the one that they were merged into."""
    try:
        return customer_queries.get_customer(actor, pk)
    except NotFound:
        raise InvalidInput(_("There is no such customer."), field=field) from None
