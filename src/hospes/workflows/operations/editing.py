"""Workflows made, edited, published, put away and imported."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.core.facts import all_fields
from hospes.core.text import fold, storable_json
from hospes.staff.models import Team
from hospes.tickets.models import Macro
from hospes.workflows import events
from hospes.workflows.models import Workflow, WorkflowVersion
from hospes.workflows.policies.checking import Fault, faults
from hospes.workflows.policies.definition import Plan, plan_of
from hospes.workflows.policies.texts import say

MAX_BYTES = 1_000_000
NAMESPACES = ("ticket", "customer", "order", "time", "message")


def all_faults(definition: Mapping[str, Any]) -> list[Fault]:
    """What keeps a definition from being published, also what only this company's teams and macros tell."""
    found = faults(definition, all_fields(*NAMESPACES))
    plan = plan_of(definition)
    found += _unknown_names(plan)
    if definition.get("open_to") == "guests" and not any(a.get("kind") == "email" for _s, a in plan.inputs()):
        words = _("Guests may start it, so it has to ask for the e-mail address: add a question of kind e-mail.")
        found.append(Fault("", words, "open_to"))
    return found


def _unknown_names(plan: Plan) -> list[Fault]:
    teams = {name.casefold() for name in Team.objects.filter(archived_at=None).values_list("name", flat=True)}
    macros: set[str] | None = None
    found = []
    for step in plan.steps.values():
        wanted = [str(step.raw.get("team") or "")] if step.kind == "hand_over" else []
        actions = step.raw.get("actions")
        for action in actions if isinstance(actions, list) else ():
            if not isinstance(action, Mapping):
                continue
            if action.get("do") == "team":
                wanted.append(str(action.get("name") or ""))
            if action.get("do") == "macro":
                macros = macros if macros is not None else set(Macro.objects.values_list("name", flat=True))
                if action.get("name") not in macros:
                    words = _("There is no macro “%(name)s”.") % {"name": action.get("name")}
                    found.append(Fault(step.key, words, step.place))
        for name in wanted:
            if name and name.casefold() not in teams:
                words = _("There is no team “%(name)s”. Choose one of the teams.") % {"name": name}
                found.append(Fault(step.key, words, step.place))
    return found


def _head(workflow: Workflow, definition: Mapping[str, Any]) -> None:
    """Copy what lists need out of the definition."""
    fallback = str(definition.get("language") or "en")
    workflow.name = (say(definition.get("name"), fallback).text or workflow.key)[:200]
    texts = [definition.get("name"), definition.get("summary")]
    words = [str(t) for text in texts for t in (text.values() if isinstance(text, Mapping) else [text or ""])]
    workflow.search = fold(" ".join([*words, str(definition.get("group") or "")]))[:1000]
    workflow.group = str(definition.get("group") or "")[:100]


def _checked(definition: Any) -> dict[str, Any]:
    if not isinstance(definition, dict):
        raise InvalidInput(_("A workflow is an object with name and steps."), field="definition")
    if len(json.dumps(definition)) > MAX_BYTES:
        raise InvalidInput(_("This workflow is too large. Split it."), field="definition")
    kept: dict[str, Any] = storable_json(definition)
    return kept


@transaction.atomic
def create_workflow(
    *, name: str, actor: Actor, now: datetime, key: str = "", definition: Mapping[str, Any] | None = None
) -> Workflow:
    """Begin a workflow with an empty draft, or with a given one. Raises InvalidInput, Conflict."""
    actor.require("workflow.manage")
    name = " ".join(name.split())[:200]
    if not name:
        raise InvalidInput(_("Give the workflow a name."), field="name")
    key = slugify(key or name)[:80] or "workflow"
    taken = set(Workflow.objects.filter(key__startswith=key[:70]).values_list("key", flat=True))
    if key in taken:
        if definition is not None:
            raise Conflict(_("There is a workflow of this key already."), field="key")
        key = next(f"{key[:70]}-{n}" for n in range(2, 10_000) if f"{key[:70]}-{n}" not in taken)
    draft = _checked(dict(definition) if definition is not None else {"name": {"en": name}, "steps": []})
    workflow = Workflow(key=key, draft=draft, created_at=now, updated_at=now)
    _head(workflow, draft)
    workflow.save(force_insert=True)
    _tell(workflow, "created", actor, now)
    return workflow


def _tell(workflow: Workflow, what: str, actor: Actor, now: datetime, number: int = 0) -> None:
    emit(
        events.WorkflowChanged(workflow_id=workflow.pk, what=what, label=workflow.name[:100], number=number),
        actor=actor,
        now=now,
    )


def _lock(workflow: Workflow) -> Workflow:
    return Workflow.objects.select_for_update(no_key=True, of=("self",)).get(pk=workflow.pk)


@transaction.atomic
def save_draft(
    *, workflow: Workflow, definition: Mapping[str, Any], actor: Actor, now: datetime, number: int | None = None
) -> Workflow:
    """Keep a draft; it may be unfinished. With `number`, raises Conflict when somebody else changed it since."""
    actor.require("workflow.manage")
    workflow = _lock(workflow)
    if number is not None and number != workflow.draft_number:
        raise Conflict(_("Somebody else changed this draft meanwhile. Load it again."), number=workflow.draft_number)
    draft = _checked(dict(definition))
    if draft == workflow.draft:
        return workflow
    workflow.draft = draft
    workflow.draft_number += 1
    workflow.changed = workflow.published is None or draft != workflow.published.definition
    workflow.updated_at = now
    _head(workflow, draft)
    workflow.save()
    return workflow


@transaction.atomic
def publish(*, workflow: Workflow, actor: Actor, now: datetime) -> WorkflowVersion:
    """Make the draft the version that new runs follow. Raises InvalidInput (details: faults) when something is wrong;
    the same as the newest version makes no new one."""
    actor.require("workflow.manage")
    workflow = _lock(workflow)
    newest = workflow.published
    if newest is not None and newest.definition == workflow.draft:
        return newest
    found = all_faults(workflow.draft)
    if found:
        raise InvalidInput(str(found[0]), field=found[0].place or "steps", faults=[str(fault) for fault in found])
    last = workflow.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = WorkflowVersion.objects.create(
        workflow=workflow, number=last + 1, definition=workflow.draft, by_name=actor.name[:200], published_at=now
    )
    workflow.published = version
    workflow.open_to = str(workflow.draft.get("open_to") or "agents")
    workflow.changed = False
    workflow.updated_at = now
    workflow.save()
    _tell(workflow, "published", actor, now, version.number)
    return version


@transaction.atomic
def archive_workflow(*, workflow: Workflow, actor: Actor, now: datetime) -> None:
    """Put a workflow away: nobody starts it any more, its runs go on."""
    actor.require("workflow.manage")
    workflow = _lock(workflow)
    if workflow.archived_at is None:
        workflow.archived_at = now
        workflow.save(update_fields=["archived_at"])
        _tell(workflow, "archived", actor, now)


@transaction.atomic
def restore_workflow(*, workflow: Workflow, actor: Actor, now: datetime) -> None:
    """Bring a workflow back that was put away."""
    actor.require("workflow.manage")
    workflow = _lock(workflow)
    if workflow.archived_at is not None:
        workflow.archived_at = None
        workflow.save(update_fields=["archived_at"])
        _tell(workflow, "restored", actor, now)


@transaction.atomic
def import_workflow(
    *, key: str, definition: Mapping[str, Any], actor: Actor, now: datetime
) -> tuple[WorkflowVersion, str]:
    """Take in a definition under its key and publish it; returns the version and "new", "changed" or "same"."""
    actor.require("workflow.manage")
    found = Workflow.objects.filter(key=key).first()
    if found is None:
        name = say(definition.get("name"), str(definition.get("language") or "en")).text
        made = create_workflow(name=name or key, key=key, definition=definition, actor=actor, now=now)
        return publish(workflow=made, actor=actor, now=now), "new"
    before = found.published_id
    saved = save_draft(workflow=found, definition=definition, actor=actor, now=now)
    version = publish(workflow=saved, actor=actor, now=now)
    return version, "same" if version.pk == before else "changed"
