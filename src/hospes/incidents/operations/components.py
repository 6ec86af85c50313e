"""The parts of the service: naming them, telling how they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.incidents import events
from hospes.incidents.models import Component, Incident
from hospes.incidents.models.incident import ComponentState
from hospes.incidents.operations.base import languages, one_line, texts_of
from hospes.incidents.policies import component_state


@transaction.atomic
def save_component(
    *,
    component: Component | None = None,
    name: str,
    actor: Actor,
    now: datetime,
    names: Mapping[str, str] | None = None,
    keywords: Mapping[str, Sequence[str]] | None = None,
    position: int | None = None,
    state: str | None = None,
) -> Component:
    """Make or change a part of the service; what is None stays. Raises InvalidInput, NotAllowed."""
    actor.require("incident.manage")
    made = component is None
    kept = component or Component()
    kept.name = one_line(name, field="name", length=100)
    if Component.objects.filter(name=kept.name).exclude(pk=kept.pk).exists():
        raise InvalidInput(_("There is one with this name already."), field="name")
    if names is not None:
        kept.names = {code: text[:100] for code, text in texts_of(names, field="names", needed=False).items()}
    if keywords is not None:
        kept.keywords = _words(keywords)
    if position is not None:
        kept.position = max(0, min(30_000, position))
    if state is not None:
        if state not in ComponentState.values:
            raise InvalidInput(_("Choose one of the states."), field="state")
        kept.state = state
    kept.save()
    _told(kept, what="created" if made else "changed", actor=actor, now=now)
    return kept


def _words(keywords: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Words by language, each once, at most fifty."""
    kept = {}
    for language in languages():
        said = [" ".join(storable(str(word)).split())[:60] for word in keywords.get(language, [])]
        if words := list(dict.fromkeys(word for word in said if word))[:50]:
            kept[language] = words
    return kept


@transaction.atomic
def archive_component(*, component: Component, actor: Actor, now: datetime) -> None:
    """Take a part off the status page; incidents of the past keep it."""
    actor.require("incident.manage")
    component.archived_at = now
    component.save(update_fields=["archived_at"])
    _told(component, what="archived", actor=actor, now=now)


def bring_up_to_date(components: Iterable[Component], *, actor: Actor, now: datetime) -> None:
    """Have the state of parts follow from the active incidents that touch them; maintenance is ended by hand."""
    for component in components:
        if component.state == ComponentState.MAINTENANCE:
            continue
        touched = Incident.objects.filter(components=component).exclude(state="resolved")
        state = component_state(touched.values_list("severity", flat=True))
        if state != component.state:
            component.state = state
            component.save(update_fields=["state"])
            _told(component, what="changed", actor=actor, now=now)


def _told(component: Component, *, what: str, actor: Actor, now: datetime) -> None:
    emit(
        events.ComponentChanged(component_id=component.pk, label=component.name, state=component.state, what=what),
        actor=actor,
        now=now,
    )
