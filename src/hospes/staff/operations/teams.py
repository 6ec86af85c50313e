"""Teams and lines of business."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff import events
from hospes.staff.models import Team


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
