"""What several operations share: an incident under its lock, words of a limited length, languages."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.text import storable
from hospes.incidents.models import Incident
from hospes.incidents.policies import cleaned

MAX_TEXT = 10_000
# Control characters have no place in a word to customers, and no feed could carry them.
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF))


def lock_incident(incident: Incident, actor: Actor, *, right: str) -> Incident:
    """The row under its lock, as it now is. Raises NotAllowed, NotFound."""
    actor.require(right)
    found = Incident.objects.select_for_update(no_key=True).filter(pk=incident.pk).first()
    if found is None:
        raise NotFound
    return found


def languages() -> list[str]:
    """The languages that we speak, in their order."""
    return [code for code, _name in settings.LANGUAGES]


def one_line(value: object, *, field: str, length: int = 200, needed: bool = True) -> str:
    """A line as it is kept. Raises InvalidInput when it is needed and empty."""
    line = " ".join(storable(str(value or "")).translate(_CONTROL).split())[:length]
    if needed and not line:
        raise InvalidInput(_("Write a title."), field=field)
    return line


def texts_of(texts: Mapping[str, object], *, field: str = "texts", needed: bool = True) -> dict[str, str]:
    """Texts by language as they are kept. Raises InvalidInput for unknown languages and when all are empty."""
    known = languages()
    if any(language not in known for language in texts):
        raise InvalidInput(_("Choose one of the languages."), field=field)
    kept = cleaned(
        {language: storable(str(text or "")).translate(_CONTROL)[:MAX_TEXT] for language, text in texts.items()}, known
    )
    if needed and not kept:
        raise InvalidInput(_("Write something first."), field=field)
    return kept
