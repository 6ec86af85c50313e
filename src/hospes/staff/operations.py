"""Every write of the staff room."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.clock import time_zones
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.events import emit
from hospes.core.html import clean_html
from hospes.core.text import storable, storable_json
from hospes.staff import events, queries
from hospes.staff.models import Agent, ApiToken, Invitation, Membership, Role, Team

INVITATION_LIFE = timedelta(hours=24)


def _clean_email(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    local, _at, domain = email.rpartition("@")
    return f"{local}@{domain.lower()}"


def _check_name(name: str) -> str:
    name = " ".join(storable(name).split())[:150]
    if not name:
        raise InvalidInput(_("Write the person's name."), field="name")
    return name


def _check_language(language: str) -> str:
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    return language


def _check_password(password: str, agent: Agent) -> None:
    try:
        validate_password(password, agent)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from None


def _check_role(role: str) -> str:
    if role not in Role.values:
        raise InvalidInput(_("Choose one of the roles."), field="role")
    return role


@transaction.atomic
def create_agent(
    *,
    email: str,
    name: str,
    role: str,
    actor: Actor,
    now: datetime,
    password: str | None = None,
    teams: Collection[Team] = (),
    only_own_teams: bool = False,
    language: str = "",
) -> Agent:
    """Make an agent. Without a password they can sign in only through an invitation. Raises InvalidInput, Conflict."""
    actor.require("staff.manage")
    agent = Agent(
        email=_clean_email(email),
        name=_check_name(name),
        role=_check_role(role),
        only_own_teams=only_own_teams,
        language=_check_language(language),
        created_at=now,
    )
    if password is None:
        agent.set_unusable_password()
    else:
        _check_password(password, agent)
        agent.set_password(password)
    try:
        with transaction.atomic():
            agent.save()
    except IntegrityError:
        raise Conflict(_("Somebody with this address is already here."), field="email") from None
    Membership.objects.bulk_create(Membership(agent=agent, team=team) for team in teams)
    emit(events.AgentJoined(agent_id=agent.pk, role=agent.role), actor=actor, now=now)
    return agent


def create_first_admin(
    *, email: str, name: str, password: str, actor: Actor, now: datetime, language: str = ""
) -> Agent:
    """The first-run set-up: works once, while nobody is here yet. Raises NotAllowed afterwards."""
    with transaction.atomic():
        _one_at_a_time("hospes first admin")  # two set-up pages sent at once: the second waits, then finds somebody
        if queries.anyone_at_all():
            raise NotAllowed(_("Hospes is already set up. Sign in instead."))
        return create_agent(
            email=email,
            name=name,
            role=Role.ADMIN,
            password=password,
            actor=actor,
            now=now,
            language=language,
        )


def _one_at_a_time(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [what])


@transaction.atomic
def change_agent(*, agent: Agent, actor: Actor, now: datetime, **changes: Any) -> Agent:
    """Change name, role, only_own_teams or teams (a collection). Rights count anew everywhere within seconds."""
    actor.require("staff.manage")
    teams: Collection[Team] | None = changes.pop("teams", None)
    unknown = set(changes) - {"name", "role", "only_own_teams"}
    if unknown:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    if "name" in changes:
        changes["name"] = _check_name(changes["name"])
    if "role" in changes:
        _check_role(changes["role"])
        _one_at_a_time("hospes admins")
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if "role" in changes:
        _keep_an_admin(agent, becomes=changes["role"])
    for field, value in changes.items():
        setattr(agent, field, value)
    agent.rights_version += 1
    agent.save()
    if teams is not None:
        agent.memberships.exclude(team__in=teams).delete()
        Membership.objects.bulk_create((Membership(agent=agent, team=team) for team in teams), ignore_conflicts=True)
    what = ", ".join(sorted([*changes, *(["teams"] if teams is not None else [])]))
    emit(events.AgentChanged(agent_id=agent.pk, what=what), actor=actor, now=now)
    return agent


def _keep_an_admin(agent: Agent, *, becomes: str) -> None:
    """Callers stand in line at "hospes admins" first, so that two admins cannot dismiss each other at once."""
    if agent.role != Role.ADMIN or becomes == Role.ADMIN:
        return
    if not Agent.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=agent.pk).exists():
        raise InvalidInput(_("Somebody has to stay admin. Make another person admin first."), field="role")


@transaction.atomic
def change_own_preferences(*, agent: Agent, actor: Actor, now: datetime, **changes: Any) -> Agent:
    """An agent's own wishes: name, language, time_zone, theme, single_keys, signature_html, notify."""
    if actor.kind != "agent" or actor.id != agent.pk:
        raise NotAllowed
    allowed = {"name", "language", "time_zone", "theme", "single_keys", "signature_html", "notify"}
    if unknown := set(changes) - allowed:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    changes = {field: _own_wish(field, value) for field, value in changes.items()}
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    for field, value in changes.items():
        setattr(agent, field, value)
    agent.save(update_fields=sorted(changes))
    emit(events.AgentChanged(agent_id=agent.pk, what=", ".join(sorted(changes))), actor=actor, now=now)
    return agent


def _own_wish(field: str, value: Any) -> Any:
    """A preference as it may be kept; pages of the agent must never fail because of one."""
    if field == "name":
        return _check_name(str(value))
    if field == "language":
        return _check_language(str(value))
    if field == "time_zone" and value and value not in time_zones():
        raise InvalidInput(_("Choose one of the time zones."), field=field)
    if field == "theme" and value not in {"", "auto", "light", "dark"}:
        raise InvalidInput(_("Choose light or dark."), field=field)
    if field == "signature_html":
        return clean_html(storable(str(value))[:20_000])
    if field == "single_keys":
        return bool(value)
    if field == "notify":
        if not isinstance(value, dict):
            raise InvalidInput(_("This cannot be kept."), field=field)
        return storable_json(value)
    return value


@transaction.atomic
def deactivate_agent(*, agent: Agent, actor: Actor, now: datetime) -> Agent:
    """Somebody leaves: sessions and tokens stop working at once, history stays."""
    actor.require("staff.manage")
    _one_at_a_time("hospes admins")
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if not agent.is_active:
        return agent
    _keep_an_admin(agent, becomes="")
    agent.is_active = False
    agent.rights_version += 1
    agent.save(update_fields=["is_active", "rights_version"])
    ApiToken.objects.filter(agent=agent, revoked_at=None).update(revoked_at=now)
    emit(events.AgentDeactivated(agent_id=agent.pk), actor=actor, now=now)
    return agent


@transaction.atomic
def reactivate_agent(*, agent: Agent, actor: Actor, now: datetime) -> Agent:
    """Somebody comes back."""
    actor.require("staff.manage")
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if agent.is_active:
        return agent
    agent.is_active = True
    agent.rights_version += 1
    agent.save(update_fields=["is_active", "rights_version"])
    emit(events.AgentReactivated(agent_id=agent.pk), actor=actor, now=now)
    return agent


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
    email = _clean_email(email)
    if Agent.objects.filter(email__iexact=email).exists():
        raise Conflict(_("Somebody with this address is already here."), field="email")
    queries.open_invitations(now=now).filter(email__iexact=email).update(withdrawn_at=now)
    token = ids.token()
    invitation = Invitation.objects.create(
        email=email,
        name=" ".join(storable(name).split())[:150],
        role=_check_role(role),
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


@transaction.atomic
def create_team(*, name: str, actor: Actor, now: datetime, tier: int = 1) -> Team:
    """Make a team. Raises Conflict when the name is taken."""
    actor.require("staff.manage")
    if not 1 <= tier <= 3:
        raise InvalidInput(_("Choose a tier from 1 to 3."), field="tier")
    team, made = Team.objects.get_or_create(name=_team_name(name), defaults={"tier": tier})
    if not made:
        raise Conflict(_("There is a team of this name."), field="name")
    emit(events.TeamChanged(changed_team_id=team.pk, what="created"), actor=actor, now=now)
    return team


def _team_name(name: str) -> str:
    name = " ".join(storable(name).split())[:100]
    if not name:
        raise InvalidInput(_("Write the team's name."), field="name")
    return name


@transaction.atomic
def change_team(
    *, team: Team, actor: Actor, now: datetime, name: str | None = None, archived: bool | None = None
) -> Team:
    """Rename a team, put it away or take it back."""
    actor.require("staff.manage")
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if name is not None:
        team.name = _team_name(name)
    if archived is not None:
        team.archived_at = now if archived else None
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise Conflict(_("There is a team of this name."), field="name") from None
    emit(events.TeamChanged(changed_team_id=team.pk, what="changed"), actor=actor, now=now)
    return team


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


@transaction.atomic
def note_security(*, agent: Agent, what: str, actor: Actor, now: datetime) -> None:
    """Write what happened to an agent's sign-in (see events.AgentSecurity) into the audit log."""
    emit(events.AgentSecurity(agent_id=agent.pk, what=what), actor=actor, now=now)
