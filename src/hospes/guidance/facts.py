"""What conditions can ask about the signs of a talk, and about a refusal of service."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from hospes.core.conditions import Field
from hospes.core.facts import About, provide
from hospes.guidance.models import Kind
from hospes.guidance.queries.refusals import in_force_for
from hospes.guidance.queries.signs import newest_signs

GROUP = gettext_lazy("Signs")


def _kinds() -> list[tuple[Any, str]]:
    return [(value, str(label)) for value, label in Kind.choices]


def _fields() -> list[Field]:
    return [
        Field("signs.kind", gettext_lazy("the kind of difficult talk"), "choice", _kinds, group=GROUP),
        Field("signs.upset", gettext_lazy("the customer is upset"), "yes_no", group=GROUP),
        Field("signs.refused", gettext_lazy("service is refused to the customer"), "yes_no", group=GROUP),
    ]


def _facts(about: About) -> Mapping[str, Any]:
    if about.ticket is None:
        return {}
    signs = newest_signs(about.ticket)
    shown = signs is not None and signs.dismissed_at is None
    refusal = in_force_for(about.ticket.customer_id, channel=about.ticket.channel, now=about.now)
    return {
        "signs.kind": signs.kind if signs is not None and shown else "",
        "signs.upset": bool(signs is not None and shown and signs.upset),
        "signs.refused": refusal is not None,
    }


provide("signs", _fields, _facts)
