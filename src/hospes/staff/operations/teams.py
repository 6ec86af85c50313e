"""Teams and lines of business."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.clock import time_zones
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff import events
from hospes.staff.models import Line, Team


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
def change_team(*, team: Team, actor: Actor, now: datetime, **changes: Any) -> Team:
    """Change name, tier (1 to 3), line (or None for all), back_office or time_zone; `archived` puts a team away or
    takes it back."""
    actor.require("staff.manage")
    if unknown := set(changes) - {"name", "archived", "tier", "line", "back_office", "time_zone"}:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    for field, value in changes.items():
        if value is None and field != "line":
            continue
        if field == "name":
            team.name = _team_name(value)
        elif field == "archived":
            team.archived_at = now if value else None
        else:
            setattr(team, field, value)
    if not 1 <= team.tier <= 3:
        raise InvalidInput(_("Choose a tier from 1 to 3."), field="tier")
    if team.time_zone and team.time_zone not in time_zones():
        raise InvalidInput(_("Choose one of the time zones."), field="time_zone")
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise Conflict(_("There is a team of this name."), field="name") from None
    emit(events.TeamChanged(changed_team_id=team.pk, what="changed"), actor=actor, now=now)
    return team


@transaction.atomic
def save_line(
    *, name: str, actor: Actor, now: datetime, line: Line | None = None, archived: bool | None = None
) -> Line:
    """Make or rename a line of business, put it away or take it back."""
    actor.require("staff.manage")
    name = " ".join(storable(name).split())[:100]
    if not name:
        raise InvalidInput(_("Write the name of the line of business."), field="name")
    found = line or Line.objects.filter(name__iexact=name, archived_at__isnull=False).first() or Line()
    what = "changed" if found.pk else "created"
    found.name = name
    if line is None:
        found.archived_at = None
    if archived is not None:
        found.archived_at = now if archived else None
        what = "archived" if archived else what
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError:
        raise Conflict(_("There is a line of this name."), field="name") from None
    emit(events.LineChanged(line_id=found.pk, line_name=name, what=what), actor=actor, now=now)
    return found
