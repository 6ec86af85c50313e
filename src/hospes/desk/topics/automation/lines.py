"""What rules and webhooks did, as lines of the timeline and of the audit log."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Line

Data = Mapping[str, Any]
_RULE: Final[dict[str, Promise]] = {
    "created": gettext_lazy("made the rule %(name)s"),
    "changed": gettext_lazy("changed the rule %(name)s"),
    "switched-on": gettext_lazy("switched the rule %(name)s on"),
    "switched-off": gettext_lazy("switched the rule %(name)s off"),
    "moved": gettext_lazy("moved the rule %(name)s"),
    "archived": gettext_lazy("put the rule %(name)s away"),
}
_WEBHOOK: Final[dict[str, Promise]] = {
    "created": gettext_lazy("made the webhook %(name)s"),
    "changed": gettext_lazy("changed the webhook %(name)s"),
    "rotated": gettext_lazy("gave the webhook %(name)s a new secret"),
    "disabled": gettext_lazy("switched the webhook %(name)s off because it failed"),
    "replayed": gettext_lazy("sent a delivery of the webhook %(name)s once more"),
    "archived": gettext_lazy("put the webhook %(name)s away"),
}


def _stopped(data: dict[str, Any], names: Names) -> str:
    rules = {"rules": isolated(str(data.get("rules", "")))}
    if data.get("why") == "depth":
        return _("stopped rules that went round in a circle: %(rules)s") % rules
    return _("stopped rules that ran too often in an hour: %(rules)s") % rules


def _called(data: dict[str, Any], names: Names) -> str:
    return _("was called from outside through %(name)s") % {"name": isolated(str(data.get("hook_name", "")))}


def _rule(data: Data) -> str:
    words = _RULE.get(str(data.get("what")), _RULE["changed"])
    return str(words) % {"name": isolated(f"“{data.get('label', '')}”")}


def _webhook(data: Data) -> str:
    words = _WEBHOOK.get(str(data.get("what")), _WEBHOOK["changed"])
    return str(words) % {"name": isolated(f"“{data.get('label', '')}”")}


def _ran(data: Data) -> str:
    return _("the rule %(name)s ran") % {"name": isolated(f"“{data.get('rule_name', '')}”")}


TIMELINE: Final[dict[str, Line]] = {"RuleStopped": _stopped, "CalledFromOutside": _called}
AUDIT: Final[dict[str, Callable[[Data], str]]] = {"RuleRan": _ran, "RuleChanged": _rule, "WebhookChanged": _webhook}
