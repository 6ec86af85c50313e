"""Ready rules and files of rules become rules of this installation: switched off, to be tried first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.automation import carrying, library
from hospes.automation.content import checked, fingerprint
from hospes.automation.models import Rule
from hospes.automation.operations.rules import save_rule
from hospes.automation.references import REFERENCES
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound


def add_from_library(
    *, key: str, actor: Actor, now: datetime, instead: Mapping[tuple[str, str], Any] | None = None
) -> Rule:
    """Add a ready rule, switched off. `instead` gives ids for what it names and does not exist here; raises
    InvalidInput (details: missing) when something is still missing, Conflict when it was added before."""
    ready = library.BY_KEY.get(key)
    if ready is None:
        raise NotFound
    if Rule.objects.filter(library_key=key, archived_at=None).exists():
        raise Conflict(_("This rule was added before."), field="key")
    content, missing = carrying.found_names(library.content_of(ready), instead)
    if missing:
        (kind, name), _place = next(iter(missing.items()))
        words = _("%(kind)s “%(name)s” does not exist here.") % {"kind": REFERENCES[kind].label, "name": name}
        raise InvalidInput(words, field=f"{kind}.{name}", code="missing", missing=[list(one) for one in missing])
    return save_rule(content=content, actor=actor, now=now, library_key=key)


@transaction.atomic
def import_rules(
    *, text: str, actor: Actor, now: datetime, instead: Mapping[tuple[str, str], Any] | None = None
) -> list[Rule]:
    """Make rules of a YAML text, all or none, switched off. A rule of the same name is changed when it is off; one
    that does the same already is left alone; one that is on and differs is refused: switch it off first."""
    actor.require("rule.manage")
    return [_import_one(content, n, actor, now) for n, content in enumerate(carrying.imported(text, instead=instead))]


def _import_one(content: Mapping[str, Any], number: int, actor: Actor, now: datetime) -> Rule:
    known = Rule.objects.filter(name=content["name"], archived_at=None).first()
    if known is None:
        return save_rule(content=content, actor=actor, now=now)
    parts = {name: getattr(known, name) for name in content}
    if fingerprint(parts) == fingerprint(checked(content)) and known.description == content["description"]:
        return known
    if known.active and fingerprint(parts) != fingerprint(content):
        words = _("The rule “%(name)s” is on and does something else. Switch it off first.") % {"name": known.name}
        raise Conflict(words, field=f"rules.{number}")
    return save_rule(rule=known, content=content, actor=actor, now=now)


def export_rules(rules: Sequence[Rule]) -> str:
    """Rules as YAML text."""
    from hospes.automation.content import content_of

    return carrying.exported(content_of(rule) for rule in rules)
