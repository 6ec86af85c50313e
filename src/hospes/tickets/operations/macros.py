"""Ready answers: made, changed, put away, filled in from a ticket, and applied to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from hospes.core import conditions as language_of_conditions
from hospes.core import wording
from hospes.core.actors import Actor
from hospes.core.conditions import Condition, Field, moment_of
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.facts import About, LazyFacts, all_fields
from hospes.core.html import clean_html
from hospes.core.text import storable, storable_json
from hospes.staff.models import Team
from hospes.staff.queries import active_agents, teams
from hospes.tickets import events
from hospes.tickets.models import Macro, Ticket
from hospes.tickets.operations.base import ids_after
from hospes.tickets.operations.change import change_ticket
from hospes.tickets.operations.setup import named, tell
from hospes.tickets.policies import agent_may_see
from hospes.tickets.queries.macros import FREE, macro_fields, macros_for
from hospes.tickets.ways import all_traits

ACTIONS: Final = frozenset({"status", "priority", "type", "tags", "assignee", "team"})
PREVIEWED: Final = frozenset({"customer.name", "customer.first_name", "agent.name", "agent.first_name"})


@transaction.atomic
def save_macro(
    *,
    name: str,
    body_html: str,
    actor: Actor,
    now: datetime,
    macro: Macro | None = None,
    language: str = "",
    channel: str = "",
    situation: str = "",
    conditions: Condition | None = None,
    actions: dict[str, Any] | None = None,
    sharing: str = "private",
    team: Team | None = None,
) -> Macro:
    """Make or change a macro; sharing it needs the right to. Raises InvalidInput for variables that nobody knows,
    blocks that are not closed and conditions that cannot be asked."""
    actor.require("macro.own" if sharing == "private" else "macro.share")
    if macro is not None and macro.owner_id != actor.id:
        actor.require("macro.share")
    if sharing not in Macro.Sharing.values or (sharing == "team" and team is None):
        raise InvalidInput(_("Choose who may use it."), field="sharing")
    if unknown := set(actions or {}) - ACTIONS:
        raise InvalidInput(_("A macro cannot change this."), field=min(unknown))
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    if channel and channel not in all_traits():
        raise InvalidInput(_("Choose one of the channels."), field="channel")
    body = clean_html(storable(body_html))
    if wrong := wording.problems(body, macro_fields(), free=FREE):
        raise InvalidInput(" ".join(wrong[:5]), field="body_html")
    if conditions:
        language_of_conditions.check(conditions, all_fields())
    macro = macro or Macro(owner_id=actor.id if actor.kind == "agent" else None)
    macro.name, macro.body_html, macro.language, macro.channel = named(name), body, language, channel
    macro.situation = " ".join(storable(situation).split())[:100]
    macro.conditions = storable_json(dict(conditions or {}))
    macro.actions, macro.sharing, macro.team = storable_json(actions or {}), sharing, team
    macro.save()
    tell("macro", macro.pk, "saved", macro.name, actor, now)
    return macro


@transaction.atomic
def archive_macro(*, macro: Macro, actor: Actor, now: datetime) -> None:
    """Put a macro away."""
    if macro.owner_id != actor.id or macro.sharing != "private":
        actor.require("macro.share")
    Macro.objects.filter(pk=macro.pk).update(archived_at=now)
    tell("macro", macro.pk, "archived", macro.name, actor, now)


def render_macro(*, macro: Macro, ticket: Ticket, actor: Actor, now: datetime) -> str:
    """The macro's HTML filled in from the ticket, in its own language; unknown gaps stay visible to the writer."""
    return preview_macro(
        body_html=macro.body_html, language=macro.language or ticket.language, ticket=ticket, actor=actor, now=now
    )


def preview_macro(*, body_html: str, language: str, ticket: Ticket, actor: Actor, now: datetime) -> str:
    """Words filled in from a ticket as a macro's would be, also before they are saved."""
    filled = fill_texts([clean_html(storable(body_html))], language=language, ticket=ticket, actor=actor, now=now)
    return clean_html(filled[0])


def fill_texts(
    texts: Sequence[str], *, language: str, ticket: Ticket, actor: Actor, now: datetime, html: bool = True
) -> list[str]:
    """Texts with gaps, filled in from one ticket; what is looked up is looked up once for all of them."""
    fields = macro_fields()
    facts = LazyFacts(About(now=now, ticket=ticket, extra=_OwnFacts(ticket, actor)))
    say = _speaker(facts, fields, _zone_of(ticket))
    code = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    def holds(condition: Condition) -> bool:
        return language_of_conditions.matches(condition, facts, now=now)

    with translation.override(code):
        return [wording.fill(text, fields, value=say, holds=holds, html=html) for text in texts]


class _OwnFacts(Mapping[str, Any]):
    """What no namespace gives: who writes, for whom, and names as one says them. Looked up when asked for."""

    def __init__(self, ticket: Ticket, actor: Actor) -> None:
        self._said: dict[str, Callable[[], Any]] = {
            "customer.first_name": lambda: _first(ticket.customer.name),
            "ticket.number": lambda: f"#{ticket.shown_number}",
            "ticket.promise": lambda: ticket.promised_at,
            "agent.name": lambda: actor.name,
            "agent.first_name": lambda: _first(actor.name),
            "company": lambda: ticket.inbox.name,
            "inbox.name": lambda: ticket.inbox.name,
        }

    def __getitem__(self, name: str) -> Any:
        return self._said[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._said

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


def _first(name: str) -> str:
    parts = name.split()
    return parts[0] if parts and "@" not in parts[0] else ""


def _zone_of(ticket: Ticket) -> ZoneInfo:
    """The customer's time zone, else the company's: the reader of the words is not the agent."""
    try:
        return ZoneInfo(ticket.customer.time_zone or settings.TIME_ZONE)
    except (ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


def _speaker(facts: LazyFacts, fields: Mapping[str, Field], zone: ZoneInfo) -> Callable[[str], str | None]:
    """Facts as words of the active language. None for what is unknown, or known to be empty without a default."""

    def say(name: str) -> str | None:
        try:
            known = facts[name]
        except KeyError:
            return None
        words = _in_words(known, fields.get(name), zone)
        if not words and name in PREVIEWED:
            return None
        return words

    return say


def _in_words(known: Any, field: Field | None, zone: ZoneInfo) -> str:
    if known is None or known == "":
        return ""
    if isinstance(known, bool):
        return str(_("yes")) if known else str(_("no"))
    if field is not None and field.kind == "moment":
        moment = moment_of(known)
        if moment is not None:
            local = timezone.localtime(moment, zone)
            return f"{formats.date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"
    if field is not None and field.choices is not None and not isinstance(known, list):
        return {str(value): str(label) for value, label in field.choices()}.get(str(known), str(known))
    if isinstance(known, list | tuple | set | frozenset):
        return str(_(", ")).join(str(one) for one in known)
    return str(known)


@transaction.atomic
def apply_macro(*, macro: Macro, ticket: Ticket, actor: Actor, now: datetime) -> str:
    """Make a macro's changes, where the actor may, and return its filled-in words for the composer. Raises NotFound
    when either is hidden."""
    actor.require("ticket.note")
    seen = agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id)
    if not seen or not macros_for(actor).filter(pk=macro.pk).exists():
        raise NotFound
    changes = _changes_of(macro, actor) if actor.may("ticket.change") else {}
    if changes:
        ticket = change_ticket(ticket=ticket, actor=actor, now=now, **changes)
    Macro.objects.filter(pk=macro.pk).update(uses=F("uses") + 1)
    emit(events.MacroUsed(**ids_after(ticket), macro_id=macro.pk, label=macro.name[:100]), actor=actor, now=now)
    return render_macro(macro=macro, ticket=ticket, actor=actor, now=now)


def _changes_of(macro: Macro, actor: Actor) -> dict[str, Any]:
    """A macro's actions as changes; a team or person that is gone changes nothing."""
    changes: dict[str, Any] = {}
    for field, value in macro.actions.items():
        if field == "tags":
            changes["add_tags"] = value
        elif field == "assignee":
            me = active_agents().filter(pk=actor.own_id).first() if value == "me" else None
            if me is not None or value in {None, ""}:
                changes["assignee"] = me
        elif field == "team":
            team = teams().filter(pk=value).first() if str(value).isdecimal() else None
            if team is not None:
                changes["team"] = team
        else:
            changes[field] = value
    return changes
