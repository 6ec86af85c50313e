"""The desk's topics: a folder for each, with all that it adds to the desk, put together here in one fixed order.

A topic's `__init__.py` has `TOPIC`: its panel beside the talk, its lines in the timeline and in the audit log, its
entries in the settings. Its addresses are the `urlpatterns` of its `urls.py`, its templates are in
`templates/desk/<topic>/`, its tests in `tests/`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from django.urls import URLPattern
from django.utils.functional import Promise

if TYPE_CHECKING:
    from hospes.desk.access import DeskRequest
    from hospes.desk.shapes.changes import Names
    from hospes.tickets.models import Ticket

Data = Mapping[str, Any]
Line = Callable[[dict[str, Any], "Names"], str]

# In the order in which their panels stand beside a talk.
NAMES: Final = (
    "calls", "callbacks", "channels", "chat", "incidents", "guidance", "service_levels", "workflows", "routing",
    "escalation", "staffing", "automation", "contact_points",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the customer pane. `context` returns what `template` prints, or None when there is nothing to show.
    At most three queries each. Forms in it with `data-panel` are sent by panels.js, which then draws all anew."""

    template: str
    context: "Callable[[DeskRequest, Ticket], dict[str, Any] | None]"


@dataclass(frozen=True, slots=True)
class Setting:
    """A line in the settings' side list. `heading` is "yours", "company", "service" or "care"."""

    heading: str
    key: str
    label: str | Promise
    icon: str
    url: str
    right: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic adds to the desk, besides its addresses.

    `timeline` are lines of a ticket's timeline by the event's name: the words after the actor's name, "" for none;
    they serve the audit log too. `audit` are lines of the audit log alone. `group` is (key, label) of the group of
    these events in the audit log's filter, `groups` names all events of the topic.
    """

    panel: Panel | None = None
    timeline: Mapping[str, Line] = field(default_factory=dict)
    audit: Mapping[str, Callable[[Data], str]] = field(default_factory=dict)
    group: tuple[str, str | Promise] | None = None
    settings: tuple[Setting, ...] = ()
    rail: tuple[Setting, ...] = ()


@cache
def topics() -> dict[str, Topic]:
    """Every topic by its name, in order."""
    found: dict[str, Topic] = {}
    for name in NAMES:
        found[name] = import_module(f"hospes.desk.topics.{name}").TOPIC
    return found


def addresses() -> list[URLPattern]:
    """Every topic's addresses, below desk/. They import the views, so only the resolver asks for them."""
    return [one for name in NAMES for one in import_module(f"hospes.desk.topics.{name}.urls").urlpatterns]
