"""Agents join, change, leave and come back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.clock import time_zones
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.events import emit
from hospes.core.html import clean_html
from hospes.core.text import storable, storable_json
from hospes.staff import events, queries
from hospes.staff.models import Agent, ApiToken, Membership, Role, Team


def clean_email(email: str) -> str:
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


def check_role(role: str) -> str:
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
        email=clean_email(email),
        name=_check_name(name),
        role=check_role(role),
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
        check_role(changes["role"])
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
def note_security(*, agent: Agent, what: str, actor: Actor, now: datetime) -> None:
    """Write what happened to an agent's sign-in (see events.AgentSecurity) into the audit log."""
    emit(events.AgentSecurity(agent_id=agent.pk, what=what), actor=actor, now=now)
