"""Incidents, bursts and updates as the desk's templates print them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hospes.desk.shapes.times import ago, span
from hospes.incidents.models import Burst, Incident, IncidentUpdate
from hospes.incidents.models.incident import ComponentState, IncidentState, Severity
from hospes.incidents.policies import chosen_language
from hospes.incidents.queries import Audience, Progress, components
from hospes.incidents.queries.incidents import shown_words
from hospes.incidents.queries.review import Moment, Review
from hospes.tickets.models import Ticket

STATES: Final = {
    "investigating": ("search", "bad"),
    "identified": ("circle-dot", "warn"),
    "monitoring": ("eye", "info"),
    "resolved": ("circle-check", "good"),
}
SEVERITIES: Final = {"minor": "info", "major": "warn", "critical": "bad"}


@dataclass(frozen=True, slots=True)
class Line:
    """An incident in the list and at the head of its page."""

    it: Incident
    state: str
    icon: str
    kind: str
    severity: str
    severity_kind: str
    since: str
    parts: tuple[str, ...]


def line_of(incident: Incident, *, now: datetime) -> Line:
    """An incident as a line; its parts are prefetched."""
    icon, kind = STATES[incident.state]
    end = incident.resolved_at or now
    return Line(
        it=incident,
        state=str(IncidentState(incident.state).label),
        icon=icon,
        kind=kind,
        severity=str(Severity(incident.severity).label),
        severity_kind=SEVERITIES[incident.severity],
        since=span((end - incident.began_at).total_seconds(), length="short"),
        parts=tuple(part.called(get_language() or "en") for part in incident.components.all()),
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed burst: why it stands out, and some of its tickets."""

    it: Burst
    words: tuple[str, ...]
    why: str
    ago: str
    tickets: tuple[Ticket, ...]
    size: int


def part_names() -> dict[int, str]:
    """What parts of the service are called, by id."""
    return {part.pk: part.called(get_language() or "en") for part in components()}


def proposal_of(burst: Burst, tickets: Sequence[Ticket], names: Mapping[int, str], *, now: datetime) -> Proposal:
    """A burst with its reason in words."""
    usual = f"{burst.expected:.1f}" if burst.expected >= 0.05 else "0"
    why = _("%(seen)s tickets in %(span)s where %(usual)s are usual; chance does that once in %(odds)s times.") % {
        "seen": burst.seen,
        "span": span(burst.window, length="short"),
        "usual": usual,
        "odds": _odds(burst.p_value),
    }
    return Proposal(
        it=burst,
        words=tuple(shown_words(burst.words, dict(names))),
        why=why,
        ago=ago(burst.proposed_at, now=now),
        tickets=tuple(tickets),
        size=int(getattr(burst, "size", 0)),
    )


def _odds(p_value: float) -> str:
    """1/p to one digit: 3 000 000 rather than 2 871 034."""
    times = 1 / max(p_value, 1e-15)
    power = 10 ** (len(str(int(times))) - 1)
    return f"{int(times // power) * power:,}".replace(",", "\u202f")


@dataclass(frozen=True, slots=True)
class Word:
    """One update with how far it has come."""

    it: IncidentUpdate
    state: str
    kind: str
    icon: str
    text: str
    language: str
    others: tuple[str, ...]
    progress: Progress | None


def word_of(update: IncidentUpdate, progress: Progress | None) -> Word:
    """An update in the reader's language, or the one that it has."""
    language = chosen_language(update.texts, get_language() or "en")
    names = dict(settings.LANGUAGES)
    icon, kind = STATES[update.state]
    return Word(
        it=update,
        state=str(IncidentState(update.state).label),
        kind=kind,
        icon=icon if update.public else "lock",
        text=update.texts.get(language, ""),
        language=language,
        others=tuple(names[code] for code in update.texts if code != language and code in names),
        progress=progress if update.public and progress and progress.total else None,
    )


def audience_lines(audience: Audience, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """By language: how many, and which text they get."""
    names = dict(settings.LANGUAGES)
    everybody: dict[str, list[int]] = {}
    for code, many in audience.languages.items():
        everybody.setdefault(code, [0, 0])[0] += many
    for code, many in audience.subscriber_languages.items():
        everybody.setdefault(code, [0, 0])[1] += many
    rows = []
    for code, (customers, followers) in sorted(everybody.items(), key=lambda pair: -sum(pair[1])):
        told = chosen_language(texts, code)
        rows.append(
            {
                "name": names.get(code, code or _("unknown")),
                "customers": customers,
                "followers": followers,
                "gets": names.get(told, told),
                "own": told == code,
            }
        )
    return rows


def moment_words(moment: Moment) -> str:
    """A step of the time line in words."""
    if moment.kind == "state" and moment.words in IncidentState.values:
        return _("State: %(state)s") % {"state": IncidentState(moment.words).label}
    if moment.kind == "severity" and moment.words in Severity.values:
        return _("Severity: %(severity)s") % {"severity": Severity(moment.words).label}
    fixed = {
        "first_ticket": _("The first customer wrote"),
        "proposed": _("The burst was noticed, after %(number)s tickets") % {"number": moment.words},
        "declared": _("Declared"),
        "update": _("Everybody was told"),
        "internal": _("Internal update"),
        "owner": _("Led by %(name)s") % {"name": moment.words},
        "components": _("Parts of the service: %(names)s") % {"names": moment.words},
    }
    return fixed.get(moment.kind, moment.kind)


def spans_of(review: Review) -> list[tuple[str, str]]:
    """The figures above the time line: (what, how long)."""
    wanted: list[tuple[str, timedelta | None]] = [
        (_("Until noticed"), review.to_detect),
        (_("Until declared"), review.to_declare),
        (_("Until the first word to customers"), review.to_first_word),
        (_("Until resolved"), review.to_resolve),
    ]
    return [
        (label, span(value.total_seconds(), length="short") if value is not None else "–") for label, value in wanted
    ]


def state_choices() -> list[tuple[str, str]]:
    """Every state that an incident can have."""
    return [(value, str(label)) for value, label in IncidentState.choices]


def component_label(state: str) -> str:
    """How a part is, in words."""
    return str(ComponentState(state).label)
