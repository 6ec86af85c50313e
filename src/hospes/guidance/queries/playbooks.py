"""Reads of playbooks: the company's own newest version, or the default that Hospes brings, by kind and language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from django.db.models import Count, Q

from hospes.guidance.models import Kind, PlaybookUse, PlaybookVersion, Signs

LANGUAGES: Final = ("en", "uz", "lv", "fa", "tr", "hy")
PARTS: Final = ("signs", "do", "do_not", "sentences")


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook in one language. `version` is 0 for the default that Hospes brings."""

    kind: str
    language: str
    version: int
    signs: tuple[str, ...]
    do: tuple[str, ...]
    do_not: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def label(self) -> str:
        """The kind's name in the reader's language."""
        return str(Kind(self.kind).label)


@cache
def defaults(language: str) -> Mapping[str, Playbook]:
    """The playbooks that Hospes brings in one language, by kind."""
    place = files("hospes.guidance").joinpath(f"data/playbooks/{language}.yaml")
    kept: dict[str, dict[str, list[str]]] = yaml.safe_load(place.read_text(encoding="utf-8"))
    return {
        kind: Playbook(kind, language, 0, **{part: tuple(parts[part]) for part in PARTS})
        for kind, parts in kept.items()
    }


def newest_version(kind: str, language: str, *, lock: bool = False) -> PlaybookVersion | None:
    """The company's own newest version."""
    found = PlaybookVersion.objects.filter(kind=kind, language=language).order_by("-version")
    return (found.select_for_update() if lock else found).first()


def playbooks(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Playbook]:
    """Playbooks by (kind, language), English where a language is not one of ours. One query."""
    given = list(wanted)
    asked = [(kind, language if language in LANGUAGES else "en") for kind, language in given]
    where = Q(pk__in=[])
    for kind, language in set(asked):
        where |= Q(kind=kind, language=language)
    own = {
        (v.kind, v.language): _shaped(v)
        for v in PlaybookVersion.objects.filter(where)
        .order_by("kind", "language", "-version")
        .distinct("kind", "language")
    }
    return {
        key: own.get((kind, language)) or defaults(language)[kind]
        for key, (kind, language) in zip(given, asked, strict=True)
    }


def _shaped(version: PlaybookVersion) -> Playbook:
    parts: dict[str, Any] = {part: tuple(getattr(version, part)) for part in PARTS}
    return Playbook(version.kind, version.language, version.version, **parts)


def versions(kind: str, language: str) -> list[PlaybookVersion]:
    """All versions that the company saved, newest first."""
    return list(PlaybookVersion.objects.filter(kind=kind, language=language).select_related("by")[:50])


@dataclass(frozen=True, slots=True)
class PlaybookFigures:
    """How a playbook fared: offers, how many of them were used or dismissed, and openings by hand."""

    kind: str
    offered: int
    used: int
    dismissed: int
    by_hand: int
    sentences: int

    @property
    def label(self) -> str:
        """The kind's name in the reader's language."""
        return str(Kind(self.kind).label)

    def share(self, part: int) -> int | None:
        """A part of the offers in percent; None without any."""
        return round(100 * part / self.offered) if self.offered else None

    @property
    def used_share(self) -> int | None:
        """How many of a hundred offers were used."""
        return self.share(self.used)

    @property
    def dismissed_share(self) -> int | None:
        """How many of a hundred offers were misread."""
        return self.share(self.dismissed)


def playbook_figures(*, since: datetime) -> list[PlaybookFigures]:
    """Figures of the four playbooks since a moment. Two queries."""
    seen: dict[str, dict[str, Any]] = {
        row["kind"]: dict(row)
        for row in Signs.objects.filter(at__gte=since)
        .exclude(kind="")
        .values("kind")
        .annotate(
            offered=Count("id"),
            used=Count("id", filter=Q(used_at__isnull=False)),
            dismissed=Count("id", filter=Q(dismissed_at__isnull=False)),
        )
    }
    hand: dict[str, dict[str, Any]] = {
        row["kind"]: dict(row)
        for row in PlaybookUse.objects.filter(at__gte=since)
        .values("kind")
        .annotate(by_hand=Count("id", filter=Q(what="opened")), sentences=Count("id", filter=Q(what="sentence")))
    }
    nothing: dict[str, Any] = {}
    return [
        PlaybookFigures(
            kind=kind,
            **{name: seen.get(kind, nothing).get(name, 0) for name in ("offered", "used", "dismissed")},
            **{name: hand.get(kind, nothing).get(name, 0) for name in ("by_hand", "sentences")},
        )
        for kind in Kind.values
    ]
