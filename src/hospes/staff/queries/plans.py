"""Plans as screens and the API show them: skills, shifts, absences, the roster, lines of business."""

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from hospes.core.actors import Actor
from hospes.staff.models import Absence, Agent, Line, Membership, OnCall, Presence, Shift, Skill, Team
from hospes.staff.policies import UP_TO_LEAD


def database_now() -> datetime:
    """The database's clock: the one clock that all processes on all machines share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment


def skills() -> QuerySet[Skill]:
    """Skills in use, by name."""
    return Skill.objects.filter(archived_at=None)


def lines() -> QuerySet[Line]:
    """Lines of business in use, by name."""
    return Line.objects.filter(archived_at=None)


def own_presence(agent_id: int) -> Presence | None:
    """What is known of one agent's being here; None for somebody who never opened a desk."""
    return Presence.objects.filter(pk=agent_id).first()


def presences() -> QuerySet[Presence]:
    """Everybody's, with the agents, by name."""
    return Presence.objects.filter(agent__is_active=True).select_related("agent").order_by("agent__name", "pk")


def may_plan_for(actor: Actor) -> QuerySet[Agent]:
    """Whom the actor may plan for, by name: managers for all, leads for their teams and for
    agents without one."""
    people = Agent.objects.filter(is_active=True)
    if actor.may("staffing.all"):
        return people
    if not actor.may("staffing.team"):
        return people.none()
    mine = Membership.objects.filter(agent_id=actor.own_id).values("team_id")
    placed = Membership.objects.values("agent_id")
    beside = Q(pk__in=Membership.objects.filter(team_id__in=mine).values("agent_id"))
    return people.filter(beside | Q(role__in=UP_TO_LEAD) & ~Q(pk__in=placed))


def rosters_of(actor: Actor) -> QuerySet[Team]:
    """Teams whose roster the actor may write."""
    teams = Team.objects.filter(archived_at=None)
    if actor.may("staffing.all"):
        return teams
    if not actor.may("staffing.team"):
        return teams.none()
    return teams.filter(pk__in=Membership.objects.filter(agent_id=actor.own_id).values("team_id"))


def shifts(start: datetime, end: datetime) -> QuerySet[Shift]:
    """Shifts that touch a span of time, in order, with agent and team."""
    return Shift.objects.filter(starts_at__lt=end, ends_at__gt=start).select_related("agent", "team")


def find_shift(shift_id: int) -> Shift | None:
    """One shift with agent and team."""
    return Shift.objects.filter(pk=shift_id).select_related("agent", "team").first()


def find_duty(duty_id: int) -> OnCall | None:
    """One duty of the roster with agent and team."""
    return OnCall.objects.filter(pk=duty_id).select_related("agent", "team").first()


def absences(start: datetime, end: datetime | None = None) -> QuerySet[Absence]:
    """Absences that touch a span of time, in order, with agent and substitute."""
    found = Absence.objects.filter(ends_at__gt=start, agent__is_active=True).select_related("agent", "substitute")
    return found if end is None else found.filter(starts_at__lt=end)


def on_call(start: datetime, end: datetime) -> QuerySet[OnCall]:
    """Duties that touch a span of time, in order, with agent and team."""
    return OnCall.objects.filter(starts_at__lt=end, ends_at__gt=start).select_related("agent", "team")
