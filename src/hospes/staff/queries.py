"""Every read of the staff room."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.staff.models import Agent, ApiToken, Invitation, Team
from hospes.staff.policies import rights_of


def actor_of(agent: Agent, *, via: str) -> Actor:
    """The actor that an agent is in operations: rights by role, teams when limited to them. One query at most."""
    team_ids = None
    if agent.only_own_teams:
        team_ids = frozenset(agent.memberships.values_list("team_id", flat=True))
    return Actor(
        kind="agent",
        id=agent.pk,
        name=agent.name,
        rights=rights_of(agent.role) if agent.is_active else frozenset(),
        team_ids=team_ids,
        via=via,
    )


def active_agents() -> QuerySet[Agent]:
    """Agents who may sign in, by name."""
    return Agent.objects.filter(is_active=True)


def agents() -> QuerySet[Agent]:
    """All agents, also those who left."""
    return Agent.objects.prefetch_related("teams")


def get_agent(agent_id: int) -> Agent:
    """One agent. Raises NotFound."""
    try:
        return Agent.objects.get(pk=agent_id)
    except Agent.DoesNotExist:
        raise NotFound from None


def agent_by_email(email: str) -> Agent | None:
    """The active agent with this address, whatever its case."""
    return Agent.objects.filter(email__iexact=email, is_active=True).first()


def teams() -> QuerySet[Team]:
    """Teams in use, by name."""
    return Team.objects.filter(archived_at=None)


def anyone_at_all() -> bool:
    """Whether the first admin has been made."""
    return Agent.objects.exists()


def agent_of_token(token: str, *, now: datetime) -> tuple[Agent, ApiToken] | None:
    """Whose API token this is, if it is good. The use is noted at most once a minute."""
    found = (
        ApiToken.objects.select_related("agent")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), token_hash=ids.token_hash(token), revoked_at=None)
        .filter(agent__is_active=True)
        .first()
    )
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.agent, found


def tokens_of(agent: Agent) -> QuerySet[ApiToken]:
    """An agent's tokens that still work, newest first."""
    return ApiToken.objects.filter(agent=agent, revoked_at=None)


def open_invitations(*, now: datetime) -> QuerySet[Invitation]:
    """Invitations that may still be accepted."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)


def invitation_of_token(token: str, *, now: datetime) -> Invitation:
    """The invitation behind a mailed link. Raises NotFound when used, withdrawn or too old."""
    found = open_invitations(now=now).filter(token_hash=ids.token_hash(token)).first()
    if found is None:
        raise NotFound
    return found
