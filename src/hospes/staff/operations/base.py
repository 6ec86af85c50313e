"""What the operations on plans and presence share: who may plan for whom, and checks of spans of time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.clock import time_zones
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.core.text import storable
from hospes.staff.models import Agent, Membership, Team
from hospes.staff.policies import Span, may_staff

PLANNABLE = timedelta(days=3 * 366)


def require_planning(actor: Actor, agent: Agent, *, own: str = "") -> None:
    """Raise NotAllowed unless the actor may plan for this agent; `own` is the right that suffices for oneself."""
    if actor.kind == "system" or (own and actor.kind == "agent" and actor.id == agent.pk and actor.may(own)):
        return
    if actor.may("staffing.all"):
        return
    actor.require("staffing.team")
    places = list(Membership.objects.filter(agent_id__in=(actor.own_id, agent.pk)).values_list("agent_id", "team_id"))
    mine = [team for who, team in places if who == actor.id]
    theirs = [team for who, team in places if who == agent.pk]
    if not may_staff(actor.rights, mine, theirs, agent.role):
        raise NotAllowed(_("You plan for your own teams. A manager can do this."), right="staffing.all")


def require_roster(actor: Actor, team: Team | None) -> None:
    """Raise NotAllowed unless the actor may say who is on call: managers for all, leads for their own teams."""
    if actor.may("staffing.all"):
        return
    actor.require("staffing.team")
    if team is None or not Membership.objects.filter(agent_id=actor.own_id, team=team).exists():
        raise NotAllowed(_("You plan for your own teams. A manager can do this."), right="staffing.all")


def check_spans(spans: Sequence[Span], *, longest: timedelta, now: datetime) -> None:
    """Raise InvalidInput unless there are spans, each ends after it begins, none is longer than that, and all lie
    within the years for which somebody plans."""
    if any(abs(moment - now) > PLANNABLE for span in spans for moment in span):
        raise InvalidInput(_("Choose dates within the next years."), field="starts_at")
    if not spans or any(end <= start for start, end in spans):
        raise InvalidInput(_("The end must lie after the beginning."), field="ends_at")
    if any(end - start > longest for start, end in spans):
        raise InvalidInput(_("This is too long. Look at the dates again."), field="ends_at")


def check_weeks(weeks: int) -> int:
    """How often something is repeated."""
    if not 1 <= weeks <= 53:
        raise InvalidInput(_("Choose between 1 and 53 weeks."), field="weeks")
    return weeks


def check_working(agent: Agent | None, field: str = "agent") -> None:
    """Raise InvalidInput for somebody who no longer works here."""
    if agent is not None and not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field=field)


def zone_of(agent: Agent, team: Team | None = None) -> ZoneInfo:
    """The clock on the wall where somebody works: their own, else their team's, else the server's UTC."""
    names = (agent.time_zone, team.time_zone if team else "")
    return ZoneInfo(next((name for name in names if name in time_zones()), "UTC"))


def tidy(text: str, length: int) -> str:
    """One line of text as it may be kept."""
    return " ".join(storable(text).split())[:length]
