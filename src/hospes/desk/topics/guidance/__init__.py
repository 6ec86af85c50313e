"""Playbooks, ready answers and their use, refusal of service."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.topics import Panel, Setting, Topic

if TYPE_CHECKING:
    from hospes.desk.access import DeskRequest
    from hospes.desk.shapes.changes import Names
    from hospes.tickets.models import Ticket

Data = Mapping[str, Any]


def _kind(data: Data) -> str:
    from hospes.guidance.models import Kind

    return str(dict(Kind.choices).get(data.get("kind", ""), data.get("kind", "")))


def _reason(data: Data) -> str:
    from hospes.guidance.models import Refusal

    return str(dict(Refusal.Reason.choices).get(data.get("reason", ""), data.get("reason", "")))


def _used(data: Data, _names: "Names") -> str:
    # Translators: after somebody's name, in the timeline of a ticket
    return _("used the answer “%(name)s”") % {"name": data.get("label", "")}


def _signs(data: Data, _names: "Names") -> str:
    # Translators: after “Hospes”, in the timeline; the kind is “Rude”, “Offended” …
    return _("saw signs of a difficult talk: %(kind)s") % {"kind": _kind(data)}


def _dismissed(data: Data, _names: "Names") -> str:
    # Translators: after somebody's name; the kind is “Rude”, “Offended” …
    return _("said that this was misread: %(kind)s") % {"kind": _kind(data)}


def _opened(data: Data, _names: "Names") -> str:
    # Translators: after somebody's name; the kind is “Rude”, “Offended” …
    return _("called up the playbook: %(kind)s") % {"kind": _kind(data)}


def _asked(data: Data, _names: "Names") -> str:
    return _("asked to refuse service: %(reason)s") % {"reason": _reason(data)}


def _approved(data: Data, _names: "Names") -> str:
    return _("approved the refusal of service: %(reason)s") % {"reason": _reason(data)}


def _appeal_decided(data: Data, _names: "Names") -> str:
    return _("lifted the refusal after the appeal") if data.get("lifted") else _("kept the refusal after the appeal")


def _saved(data: Data) -> str:
    said = _("saved the playbook “%(kind)s” (%(language)s), version %(version)s")
    return said % {"kind": _kind(data), "language": data.get("language", ""), "version": data.get("version", "")}


def _panel(request: "DeskRequest", ticket: "Ticket") -> dict[str, Any] | None:
    from hospes.desk.topics.guidance.panel import context

    return context(request, ticket)


TOPIC = Topic(
    panel=Panel("desk/guidance/panel.html", _panel),
    timeline={
        "MacroUsed": _used,
        "SignsFound": _signs,
        "SignsDismissed": _dismissed,
        "PlaybookOpened": _opened,
        "RefusalAsked": _asked,
        "RefusalApproved": _approved,
        "RefusalDeclined": lambda data, _names: _("declined to refuse service"),
        "RefusalWithdrawn": lambda data, _names: _("took back the request to refuse service"),
        "RefusalAppealed": lambda data, _names: _("noted an appeal against the refusal of service"),
        "RefusalAppealDecided": _appeal_decided,
        "RefusalEnded": lambda data, _names: _("ended the refusal of service"),
        "RefusedCustomerWrote": lambda data, _names: _("gave this to whoever decided on the refusal of service"),
    },
    audit={"PlaybookSaved": _saved},
    group=("guidance", gettext_lazy("Guidance")),
    settings=(
        Setting("service", "playbooks", gettext_lazy("Playbooks"), "life-buoy", "desk:playbooks", "macro.own"),
        Setting(
            "care", "refusals", gettext_lazy("Refusals of service"), "shield-alert", "desk:refusals", "refusal.ask"
        ),
    ),
)
