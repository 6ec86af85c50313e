"""What happened to workflows, runs and orders, in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data, Line


def _name(data: Data) -> dict[str, Any]:
    return {"name": isolated(str(data.get("label") or "")), "number": data.get("number") or 0}


def _changed(data: Data) -> str:
    words = {
        "created": _("made the workflow “%(name)s”"),
        "published": _("published version %(number)s of the workflow “%(name)s”"),
        "archived": _("put the workflow “%(name)s” away"),
        "restored": _("brought the workflow “%(name)s” back"),
    }
    return words.get(str(data.get("what")), words["published"]) % _name(data)


def _started(data: Data, _names: Any) -> str:
    return _("started “%(name)s”") % _name(data)


def _ended(data: Data, _names: Any) -> str:
    words = {
        "done": _("finished “%(name)s”"),
        "refused": _("finished “%(name)s”: refused"),
        "not_applicable": _("finished “%(name)s”: it did not apply"),
        "stopped": _("stopped “%(name)s”"),
        "handed_over": _("finished “%(name)s”: a person has it"),
    }
    return words.get(str(data.get("outcome")), words["done"]) % _name(data)


def _handed_over(data: Data, _names: Any) -> str:
    if data.get("asked"):
        return _("asked for a person in “%(name)s”") % _name(data)
    return _("handed “%(name)s” over to a person") % _name(data)


def _stepped(data: Data) -> str:
    return _("did a step of “%(name)s”") % _name(data)


def _saved_order(data: Data) -> str:
    return _("saved the order %(number)s") % {"number": isolated(str(data.get("number") or ""))}


TIMELINE: Final[Mapping[str, Line]] = {
    "WorkflowStarted": _started,
    "WorkflowStepped": lambda _data, _names: "",
    "WorkflowHandedOver": _handed_over,
    "WorkflowEnded": _ended,
}
AUDIT: Final[Mapping[str, Callable[[Data], str]]] = {
    "WorkflowChanged": _changed,
    "WorkflowStepped": _stepped,
    "OrderSaved": _saved_order,
}
GROUP: Final = ("workflows", gettext_lazy("Workflows and orders"))
