"""Rules are made, changed, switched, moved and put away. What an active rule does changes only with a preview."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from hospes.automation import events, policies
from hospes.automation.compiled import forget
from hospes.automation.content import DOING, checked, content_of, fingerprint
from hospes.automation.models import Handling, Hold, Rule, RuleVersion
from hospes.automation.preview import require_preview
from hospes.automation.triggers import TIME
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import emit

MOST_RULES = 2_000


def _tell(rule: Rule, what: str, actor: Actor, now: datetime) -> None:
    emit(events.RuleChanged(rule_id=rule.pk, what=what, label=rule.name[:100]), actor=actor, now=now)


def _locked(rule: Rule) -> Rule:
    found = Rule.objects.select_for_update().filter(pk=rule.pk, archived_at=None).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def save_rule(
    *,
    content: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    rule: Rule | None = None,
    token: str = "",
    version: int | None = None,
    library_key: str = "",
) -> Rule:
    """Make a rule (switched off) or change one. Changing what an active one does needs the token of a preview of the
    new content. With `version`, raises Conflict when somebody changed it meanwhile."""
    actor.require("rule.manage")
    made = checked(content)
    if rule is None:
        if Rule.objects.filter(archived_at=None).count() >= MOST_RULES:
            raise InvalidInput(_("There are too many rules."), field="name")
        last = Rule.objects.filter(archived_at=None).aggregate(last=Max("position"))["last"] or 0
        rule = Rule(position=last + 10, created_at=now, version=0, library_key=library_key)
        changed = True
    else:
        rule = _locked(rule)
        if version is not None and version != rule.version:
            raise Conflict(field="version", version=rule.version)
        changed = fingerprint(content_of(rule)) != fingerprint(made)
        if changed and rule.active:
            require_preview(token, made, actor=actor)
    what = "changed" if rule.pk else "created"
    rule.version += 1 if changed else 0
    for name, value in made.items():
        setattr(rule, name, value)
    rule.updated_at = now
    if changed:
        _begin_anew(rule, now)
    _save_named(rule)
    if changed:
        RuleVersion.objects.create(rule=rule, version=rule.version, content=made, at=now, by_name=actor.name[:200])
    forget()
    _tell(rule, what, actor, now)
    return rule


def _begin_anew(rule: Rule, now: datetime) -> None:
    """A time rule waits for its time and forgets how far it had come; what fitted before is a new case."""
    rule.sweep_after = rule.sweep_at = None
    rule.next_run_at = policies.next_run(rule.schedule, after=now) if rule.trigger == TIME else None
    if rule.pk:
        Hold.objects.filter(rule=rule).delete()


def _save_named(rule: Rule) -> None:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise Conflict(_("Another rule has this name."), field="name") from None


@transaction.atomic
def switch_on(*, rule: Rule, token: str, actor: Actor, now: datetime) -> Rule:
    """Let a rule run. `token` proves that the actor was shown what exactly this rule would have done."""
    actor.require("rule.manage")
    rule = _locked(rule)
    made = checked(content_of(rule))  # what it names may be gone since it was saved
    require_preview(token, made, actor=actor)
    if not rule.active:
        rule.active, rule.updated_at = True, now
        _begin_anew(rule, now)
        rule.save()
        forget()
        _tell(rule, "switched-on", actor, now)
    return rule


@transaction.atomic
def switch_off(*, rule: Rule, actor: Actor, now: datetime) -> Rule:
    """Let a rule rest; at once and without questions."""
    actor.require("rule.manage")
    rule = _locked(rule)
    if rule.active:
        rule.active, rule.updated_at = False, now
        rule.sweep_after = rule.next_run_at = None
        rule.save()
        forget()
        _tell(rule, "switched-off", actor, now)
    return rule


@transaction.atomic
def move_rule(*, rule: Rule, before: Rule | None, actor: Actor, now: datetime) -> None:
    """Put a rule before another one in the order in which they run; None puts it last."""
    actor.require("rule.manage")
    order = list(Rule.objects.select_for_update().filter(archived_at=None).order_by("position", "id"))
    moved = next((one for one in order if one.pk == rule.pk), None)
    if moved is None:
        raise NotFound
    order.remove(moved)
    at = next((n for n, one in enumerate(order) if before is not None and one.pk == before.pk), len(order))
    order.insert(at, moved)
    for number, one in enumerate(order, start=1):
        one.position = number * 10
    Rule.objects.bulk_update(order, ["position"], batch_size=500)
    forget()
    _tell(moved, "moved", actor, now)


def duplicate_rule(*, rule: Rule, actor: Actor, now: datetime) -> Rule:
    """A copy, switched off, right behind the first one."""
    taken = set(Rule.objects.filter(archived_at=None).values_list("name", flat=True))
    # Translators: the name of a copied rule
    first = _("%(name)s (copy)") % {"name": rule.name[:100]}
    name = next(n for n in (first, *(f"{first} {i}" for i in range(2, 3_000))) if n not in taken)
    with transaction.atomic():
        made = save_rule(content={**content_of(rule), "name": name}, actor=actor, now=now)
        following = Rule.objects.filter(archived_at=None, position__gt=rule.position).exclude(pk=made.pk)
        move_rule(rule=made, before=following.order_by("position", "id").first(), actor=actor, now=now)
        made.refresh_from_db()
    return made


def restore_version(*, rule: Rule, version: int, actor: Actor, now: datetime, token: str = "") -> Rule:
    """Bring a former version back, as a new one."""
    kept = RuleVersion.objects.filter(rule=rule, version=version).first()
    if kept is None:
        raise NotFound
    doing = {name: kept.content[name] for name in DOING}
    content = {**content_of(rule), **doing}
    return save_rule(rule=rule, content=content, actor=actor, now=now, token=token)


@transaction.atomic
def archive_rule(*, rule: Rule, actor: Actor, now: datetime) -> None:
    """Put a rule away; what it did stays in the log."""
    actor.require("rule.manage")
    rule = _locked(rule)
    rule.active, rule.archived_at, rule.updated_at = False, now, now
    rule.sweep_after = rule.next_run_at = None
    rule.save()
    forget()
    _tell(rule, "archived", actor, now)


def look_at_stop(*, handling_id: int, actor: Actor, now: datetime) -> None:
    """Somebody has looked at a circle that was cut: it no longer needs attention."""
    actor.require("rule.manage")
    if not Handling.objects.exclude(stopped="").filter(pk=handling_id).update(looked_at=F("looked_at")):
        raise NotFound
    Handling.objects.filter(pk=handling_id, looked_at=None).update(looked_at=now)
