"""Playbooks as a company edits them: each save is a new version, and the older ones stay."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import wording
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.guidance import events
from hospes.guidance.models import Kind, PlaybookVersion
from hospes.guidance.queries.playbooks import newest_version
from hospes.tickets.queries.macros import FREE, macro_fields

MAX_LINES = 20
MAX_LINE = 600


@transaction.atomic
def save_playbook(
    *,
    kind: str,
    language: str,
    signs: Sequence[str],
    do: Sequence[str],
    do_not: Sequence[str],
    sentences: Sequence[str],
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> PlaybookVersion:
    """Keep a playbook in one language. Raises Conflict when somebody saved another version since `seen_version`
    (0 is the default that Hospes brings)."""
    actor.require("playbook.change")
    if kind not in Kind.values:
        raise InvalidInput(_("Choose one of the four kinds."), field="kind")
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    lines = {
        "signs": _lines(signs, "signs"),
        "do": _lines(do, "do"),
        "do_not": _lines(do_not, "do_not"),
        "sentences": _lines(sentences, "sentences"),
    }
    if not lines["sentences"]:
        raise InvalidInput(_("Write at least one sentence to use."), field="sentences")
    _check_gaps(lines["sentences"])
    newest = newest_version(kind, language, lock=True)
    before = newest.version if newest else 0
    if seen_version is not None and seen_version != before:
        raise Conflict(_("Somebody else changed this playbook meanwhile. Look at it again."))
    made = PlaybookVersion.objects.create(
        kind=kind,
        language=language,
        version=before + 1,
        by_id=actor.id if actor.kind == "agent" else None,
        at=now,
        **lines,
    )
    emit(
        events.PlaybookSaved(playbook_id=made.pk, kind=kind, language=language, version=made.version),
        actor=actor,
        now=now,
    )
    return made


def _lines(given: Sequence[str], field: str) -> list[str]:
    found = [line for one in given if (line := " ".join(storable(one).split()))]
    if len(found) > MAX_LINES:
        raise InvalidInput(_("At most %(n)d lines.") % {"n": MAX_LINES}, field=field)
    if any(len(line) > MAX_LINE for line in found):
        raise InvalidInput(_("A line may have at most %(n)d characters.") % {"n": MAX_LINE}, field=field)
    return found


def _check_gaps(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        if wrong := wording.problems(sentence, macro_fields(), free=FREE):
            raise InvalidInput(wrong[0], field="sentences")
