"""API tokens."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff import events
from hospes.staff.models import Agent, ApiToken


@transaction.atomic
def create_api_token(
    *, agent: Agent, name: str, actor: Actor, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make an API token with the agent's rights; returns it and its text, which is shown once and never kept."""
    if not (actor.kind == "agent" and actor.id == agent.pk):
        actor.require("token.manage")
    if not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(_("Choose a time that lies ahead."), field="expires_at")
    text = f"hsp_{ids.token(30)}"
    token = ApiToken.objects.create(
        agent=agent,
        name=(" ".join(storable(name).split()) or "API")[:100],
        prefix=text[:10],
        token_hash=ids.token_hash(text),
        created_at=now,
        expires_at=expires_at,
    )
    emit(events.TokenCreated(agent_id=agent.pk, token_id=token.pk, token_name=token.name), actor=actor, now=now)
    return token, text


@transaction.atomic
def revoke_api_token(*, token: ApiToken, actor: Actor, now: datetime) -> None:
    """Make a token useless at once."""
    if not (actor.kind == "agent" and actor.id == token.agent_id):
        actor.require("token.manage")
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        return
    emit(
        events.TokenRevoked(agent_id=token.agent_id, token_id=token.pk, token_name=token.name),
        actor=actor,
        now=now,
    )
