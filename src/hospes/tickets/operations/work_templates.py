"""Templates of work orders: made, changed, put away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff.models import Team
from hospes.tickets import events
from hospes.tickets.models import WorkOrderTemplate
from hospes.tickets.operations.addresses import check_addresses
from hospes.tickets.work_orders import LATEST_DUE

MOST_FIELDS = 20


@transaction.atomic
def save_work_template(
    *,
    name: str,
    actor: Actor,
    now: datetime,
    template: WorkOrderTemplate | None = None,
    team: Team | None = None,
    address: str = "",
    contact_name: str = "",
    language: str = "",
    text: str = "",
    fields: Sequence[Mapping[str, Any]] = (),
    due_seconds: int = 8 * 3600,
    business: bool = False,
) -> WorkOrderTemplate:
    """Make or change one. It goes to a team or to an outside address. Raises InvalidInput, NotAllowed."""
    actor.require("work.manage")
    made = template is None
    kept = template or WorkOrderTemplate()
    kept.name = " ".join(storable(name).split())[:100]
    if not kept.name:
        raise InvalidInput(_("Give it a name."), field="name")
    checked = check_addresses([address], field="address")
    kept.team, kept.address = team, checked[0] if checked else ""
    if (team is None) == (not kept.address):
        raise InvalidInput(_("Choose a team, or write an outside address; one of the two."), field="team")
    if team is not None and team.archived_at is not None:
        raise InvalidInput(_("Choose one of the teams."), field="team")
    kept.contact_name = " ".join(storable(contact_name).split())[:200]
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    kept.language = language
    kept.text = storable(text).strip()[:10_000]
    kept.fields = _checked_fields(fields)
    if not 0 < due_seconds <= LATEST_DUE.total_seconds():
        raise InvalidInput(_("Give a time of up to a year."), field="due_seconds")
    kept.due_seconds, kept.business = due_seconds, business
    kept.save()
    _tell(kept, "created" if made else "changed", actor=actor, now=now)
    return kept


def _checked_fields(fields: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(fields) > MOST_FIELDS:
        raise InvalidInput(_("At most %(n)d fields.") % {"n": MOST_FIELDS}, field="fields")
    kept: list[dict[str, Any]] = []
    for number, field in enumerate(fields, start=1):
        label = " ".join(storable(str(field.get("label", ""))).split())[:100]
        if label:
            kept.append({"key": f"f{number}", "label": label, "required": bool(field.get("required"))})
    if len({f["label"].casefold() for f in kept}) < len(kept):
        raise InvalidInput(_("Two fields have the same name."), field="fields")
    return kept


@transaction.atomic
def archive_work_template(*, template: WorkOrderTemplate, actor: Actor, now: datetime) -> None:
    """Put one away; orders that were made from it stay."""
    actor.require("work.manage")
    if template.archived_at is None:
        template.archived_at = now
        template.save(update_fields=["archived_at"])
        _tell(template, "archived", actor=actor, now=now)


def _tell(template: WorkOrderTemplate, what: str, *, actor: Actor, now: datetime) -> None:
    event = events.SetupChanged(thing="work-template", thing_id=template.pk, what=what, label=template.name)
    emit(event, actor=actor, now=now)
