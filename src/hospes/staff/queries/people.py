"""Every read of the staff room."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import JSONField, QuerySet

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


def leads_of(team_id: int | None) -> QuerySet[Agent]:
    """Those who lead a team; for no team those who lead any."""
    found = Agent.objects.filter(is_active=True, role="lead")
    return found.filter(memberships__team_id=team_id) if team_id else found


def teams() -> QuerySet[Team]:
    """Teams in use, by name."""
    return Team.objects.filter(archived_at=None)


def anyone_at_all() -> bool:
    """Whether the first admin has been made."""
    return Agent.objects.exists()


@cache
def _token_sql() -> tuple[str, int]:
    """(SQL of a token with its agent, how many of its columns are the token's). It is asked with every call of the
    API, and putting it together anew takes longer than running it."""
    token, agent = ([field.column for field in model._meta.concrete_fields] for model in (ApiToken, Agent))
    columns = [f't."{name}"' for name in token] + [f'a."{name}"' for name in agent]
    sql = (
        f"SELECT {', '.join(columns)} FROM staff_apitoken t JOIN staff_agent a ON a.id = t.agent_id "  # noqa: S608
        "WHERE t.token_hash = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %s) "
        "AND a.is_active"
    )
    return sql, len(token)


def agent_of_token(token: str, *, now: datetime) -> tuple[Agent, ApiToken] | None:
    """Whose API token this is, if it is good. The use is noted at most once a minute."""
    sql, width = _token_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, [ids.token_hash(token), now])
        row = cursor.fetchone()
    if row is None:
        return None
    found = ApiToken.from_db(DEFAULT_DB_ALIAS, [f.attname for f in ApiToken._meta.concrete_fields], row[:width])
    agent = Agent.from_db(DEFAULT_DB_ALIAS, [f.attname for f in Agent._meta.concrete_fields], _loaded(row[width:]))
    found.agent = agent
    if found.last_used_at is None or now - found.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return agent, found


def _loaded(values: Sequence[Any]) -> list[Any]:
    """An agent's columns as the model has them: a plain cursor hands JSON out as text."""
    fields = zip(Agent._meta.concrete_fields, values, strict=True)
    return [json.loads(v) if isinstance(f, JSONField) and isinstance(v, str) else v for f, v in fields]


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
