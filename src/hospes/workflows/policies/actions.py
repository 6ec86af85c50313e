"""What an act step can do: a table of actions, each with the check of what it is given. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Action → what it is given, and how it is read aloud.
ACTIONS: Final[dict[str, tuple[frozenset[str], str | Promise]]] = {
    "field": (frozenset({"name", "value"}), gettext_lazy("Set a field of the ticket")),
    "tags": (frozenset({"add", "remove"}), gettext_lazy("Add or take off tags")),
    "priority": (frozenset({"value"}), gettext_lazy("Set the priority")),
    "type": (frozenset({"value"}), gettext_lazy("Set the type")),
    "status": (frozenset({"value"}), gettext_lazy("Set the status")),
    "team": (frozenset({"name"}), gettext_lazy("Give it to a team")),
    "note": (frozenset({"text"}), gettext_lazy("Write an internal note")),
    "reply": (frozenset({"text"}), gettext_lazy("Send a message to the customer")),
    "refund": (frozenset({"amount", "currency", "way", "reason"}), gettext_lazy("Record a refund")),
    "work_order": (frozenset({"template", "text"}), gettext_lazy("Create a work order")),
    "macro": (frozenset({"name"}), gettext_lazy("Apply a macro")),
}
NEEDED: Final[dict[str, str]] = {
    "field": "name", "priority": "value", "type": "value", "status": "value", "team": "name", "note": "text",
    "reply": "text", "macro": "name", "work_order": "template",
}  # fmt: skip
PRIORITIES: Final = (1, 2, 3, 4)
TYPES: Final = ("question", "problem", "request", "complaint", "praise", "idea")
STATUSES: Final = ("new", "open", "waiting", "on_hold", "solved", "closed")


def fault_of(action: Any) -> str:
    """What is wrong with an action and how to cure it; "" for nothing."""
    if not isinstance(action, Mapping) or action.get("do") not in ACTIONS:
        return _("Choose one of: %(names)s.") % {"names": ", ".join(ACTIONS)}
    kind = str(action["do"])
    allowed, _label = ACTIONS[kind]
    if unknown := sorted(str(name) for name in set(action) - allowed - {"do"}):
        return _("Unknown: %(names)s.") % {"names": ", ".join(unknown)}
    needed = NEEDED.get(kind)
    if needed and not action.get(needed):
        return _("“%(action)s” needs “%(name)s”.") % {"action": kind, "name": needed}
    if kind == "priority" and action["value"] not in PRIORITIES:
        return _("Choose a priority from 1 (low) to 4 (urgent).")
    if kind == "type" and action["value"] not in TYPES:
        return _("Choose one of the types.")
    if kind == "status" and action["value"] not in STATUSES:
        return _("Choose one of the statuses.")
    if kind == "tags" and not all(_is_list_of_words(action.get(name) or []) for name in ("add", "remove")):
        return _("Give tags as a list of words.")
    return ""


def _is_list_of_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)
