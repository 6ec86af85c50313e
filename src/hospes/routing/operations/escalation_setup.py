"""Setting up escalation: policies with their steps, and whether customers are told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.conditions import check
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.facts import all_fields
from hospes.core.text import storable
from hospes.routing import events, tiers
from hospes.routing.models import EscalationPolicy, EscalationRun, HandOverNotice
from hospes.staff.models import Team
from hospes.tickets.models import Inbox


@transaction.atomic
def save_escalation_policy(
    *,
    name: str,
    steps: Sequence[Mapping[str, Any]],
    actor: Actor,
    now: datetime,
    policy: EscalationPolicy | None = None,
    conditions: Mapping[str, Any] | None = None,
    on_breach: bool = True,
    tell_customer: bool = True,
    active: bool = True,
) -> EscalationPolicy:
    """Make or change one. Chains that run go on by the new steps from their next one. Raises InvalidInput,
    NotAllowed."""
    actor.require("escalation.manage")
    made = policy is None
    kept = policy or EscalationPolicy(position=EscalationPolicy.objects.count())
    kept.name = " ".join(storable(name).split())[:100]
    if not kept.name:
        raise InvalidInput(_("Give it a name."), field="name")
    if EscalationPolicy.objects.filter(name=kept.name, archived_at=None).exclude(pk=kept.pk).exists():
        raise InvalidInput(_("There is one of this name already."), field="name")
    try:
        tiers.steps_of(steps)
    except ValueError:
        raise InvalidInput(_("Each step needs a time of up to 30 days and somewhere to go."), field="steps") from None
    kept.steps = [dict(step) for step in steps]
    kept.conditions = dict(conditions or {})
    check(kept.conditions, all_fields())
    kept.on_breach, kept.tell_customer, kept.active = on_breach, tell_customer, active
    kept.save()
    _tell(kept.pk, "created" if made else "changed", kept.name, actor=actor, now=now)
    return kept


@transaction.atomic
def archive_escalation_policy(*, policy: EscalationPolicy, actor: Actor, now: datetime) -> None:
    """Put one away; chains that run by it stop."""
    actor.require("escalation.manage")
    if policy.archived_at is None:
        policy.archived_at = now
        policy.save(update_fields=["archived_at"])
        EscalationRun.objects.filter(policy=policy, running=True).update(
            running=False, ended_at=now, ended_by="policy", next_at=None
        )
        _tell(policy.pk, "archived", policy.name, actor=actor, now=now)


@transaction.atomic
def order_escalation_policies(*, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Put policies in this order; the first that fits counts."""
    actor.require("escalation.manage")
    known = set(EscalationPolicy.objects.filter(archived_at=None).values_list("pk", flat=True))
    if set(ids) != known or len(ids) != len(known):
        raise InvalidInput(_("Name every policy once."), field="ids")
    for position, pk in enumerate(ids):
        EscalationPolicy.objects.filter(pk=pk).update(position=position)
    if ids:
        _tell(ids[0], "moved", "", actor=actor, now=now)


@transaction.atomic
def set_notice(
    *, tell: bool, actor: Actor, now: datetime, inbox: Inbox | None = None, team: Team | None = None
) -> None:
    """Whether customers of an inbox, or of those that a team takes over, are told who has their request now."""
    actor.require("escalation.manage")
    if (inbox is None) == (team is None):
        raise InvalidInput(_("Choose an inbox or a team."), field="inbox")
    HandOverNotice.objects.update_or_create(inbox=inbox, team=team, defaults={"tell": tell})
    thing = inbox or team
    assert thing is not None
    _tell(thing.pk, "told" if tell else "not-told", thing.name, actor=actor, now=now)


def _tell(thing_id: int, what: str, label: str, *, actor: Actor, now: datetime) -> None:
    emit(events.EscalationSetUp(thing_id=thing_id, what=what, label=label), actor=actor, now=now)
