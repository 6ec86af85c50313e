"""Invitations: mailed links that make their holder an agent, once."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import Conflict
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff import events, queries
from hospes.staff.models import Agent, Invitation, Team
from hospes.staff.operations.agents import check_role, clean_email, create_agent

INVITATION_LIFE = timedelta(hours=24)


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    role: str,
    actor: Actor,
    now: datetime,
    teams: Collection[Team] = (),
    only_own_teams: bool = False,
) -> tuple[Invitation, str]:
    """Invite somebody; returns the invitation and its token, which the caller mails and nobody keeps."""
    actor.require("staff.manage")
    email = clean_email(email)
    if Agent.objects.filter(email__iexact=email).exists():
        raise Conflict(_("Somebody with this address is already here."), field="email")
    queries.open_invitations(now=now).filter(email__iexact=email).update(withdrawn_at=now)
    token = ids.token()
    invitation = Invitation.objects.create(
        email=email,
        name=" ".join(storable(name).split())[:150],
        role=check_role(role),
        only_own_teams=only_own_teams,
        token_hash=ids.token_hash(token),
        invited_by_id=actor.id if actor.kind == "agent" else None,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    invitation.teams.set(teams)
    emit(events.AgentInvited(invitation_id=invitation.pk, email=email, role=role), actor=actor, now=now)
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: Actor, now: datetime) -> None:
    """Make an invitation's link useless."""
    actor.require("staff.manage")
    if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now):
        return
    emit(events.InvitationWithdrawn(invitation_id=invitation.pk), actor=actor, now=now)


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, now: datetime, language: str = "") -> Agent:
    """Turn a good invitation into an agent, once. Raises NotFound, InvalidInput, Conflict."""
    found = queries.invitation_of_token(token, now=now)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    if invitation.accepted_at or invitation.withdrawn_at:
        raise Conflict(_("This invitation has been used."))
    host = Actor(kind="system", name=invitation.email, via="invitation")
    agent = create_agent(
        email=invitation.email,
        name=name or invitation.name,
        role=invitation.role,
        password=password,
        teams=list(invitation.teams.all()),
        only_own_teams=invitation.only_own_teams,
        language=language,
        actor=host,
        now=now,
    )
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    queries.open_invitations(now=now).filter(email__iexact=invitation.email).update(withdrawn_at=now)
    return agent
