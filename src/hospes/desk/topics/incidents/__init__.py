"""Outages and crises: declaring, linking, telling all, reviewing."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data, Panel, Setting, Topic


def _about(data: Data) -> dict[str, str]:
    return {"title": isolated(f"“{data.get('title', '')}”")}


def _joined(data: dict[str, Any], names: Any) -> str:
    words = {
        "automatic": _("linked it to the incident %(title)s, because it looks the same"),
        "burst": _("linked it to the incident %(title)s, with the others of its burst"),
    }
    return words.get(str(data.get("way")), _("linked it to the incident %(title)s")) % _about(data)


def _updated(data: Data) -> str:
    if data.get("public"):
        return _("told everybody behind the incident %(title)s") % _about(data)
    return _("wrote an internal update on the incident %(title)s") % _about(data)


def _changed(data: Data) -> str:
    return _("changed the incident %(title)s: %(what)s") % {**_about(data), "what": data.get("field", "")}


def _decided(data: Data) -> str:
    if data.get("state") == "dismissed":
        return _("dismissed a burst of tickets")
    return _("said that a burst of tickets is an incident")


def _component(data: Data) -> str:
    return _("changed the part of the service %(name)s") % {"name": isolated(f"“{data.get('label', '')}”")}


def _panel(request: Any, ticket: Any) -> dict[str, Any] | None:
    from hospes.desk.topics.incidents.panel import context

    return context(request, ticket)


TOPIC = Topic(
    panel=Panel("desk/incidents/panel.html", _panel),
    # Translators: in the rail; outages and crises
    rail=(Setting("", "incidents", gettext_lazy("Incidents"), "activity", "desk:incidents", "desk.enter"),),
    settings=(
        Setting("service", "parts", gettext_lazy("Parts of the service"), "layers", "desk:parts", "incident.manage"),
    ),
    timeline={
        "TicketJoinedIncident": _joined,
        "TicketLeftIncident": lambda data, names: _("took it off the incident %(title)s") % _about(data),
        "TicketLooksLikeIncident": lambda data, names: "",
    },
    audit={
        "IncidentDeclared": lambda d: _("declared the incident %(title)s") % _about(d),
        "IncidentChanged": _changed,
        "IncidentUpdated": _updated,
        "IncidentResolved": lambda d: _("resolved the incident %(title)s") % _about(d),
        "IncidentReopened": lambda d: _("reopened the incident %(title)s") % _about(d),
        "IncidentReviewed": lambda d: _("wrote the review of the incident %(title)s") % _about(d),
        "UpdateProgressed": lambda d: _("an update of the incident %(title)s is under way") % _about(d),
        "TicketLooksLikeIncident": lambda d: _("looks like the incident %(title)s") % _about(d),
        "BurstProposed": lambda d: _("many tickets with the same words: %(words)s") % {"words": d.get("words", "")},
        "BurstDecided": _decided,
        "ComponentChanged": _component,
        "StatusSubscription": lambda d: (
            _("follows the service's state by mail")
            if d.get("what") == "confirmed"
            else _("no longer follows the service's state by mail")
        ),
    },
    group=("incidents", gettext_lazy("Incidents")),
)
