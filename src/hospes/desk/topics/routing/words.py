"""Reasons of routing in the reader's language: each fact is a phrase of its own."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import formats, timezone
from django.utils.translation import get_language_info, ngettext, pgettext
from django.utils.translation import gettext as _

from hospes.core.text import shorten
from hospes.desk.shapes.times import isolated
from hospes.desk.topics.staffing.lines import state_word

Fact = Mapping[str, Any]


def language(code: Any) -> str:
    """A language's name in the reader's language; its code when Django does not know it."""
    try:
        return str(get_language_info(str(code))["name_translated"])
    except KeyError:
        return str(code)


def moment(value: Any) -> str:
    """A time of today as "14:00", of another day with the day, on the reader's clock."""
    try:
        at = timezone.localtime(datetime.fromisoformat(str(value)))
    except ValueError:
        return ""
    same_day = at.date() == timezone.localdate()
    return str(formats.date_format(at, "TIME_FORMAT" if same_day else "SHORT_DATETIME_FORMAT"))


def _name(fact: Fact, key: str = "name") -> str:
    return isolated(shorten(str(fact.get(key, "")), 80))


def _int(fact: Fact, key: str) -> int:
    value = fact.get(key, 0)
    return value if isinstance(value, int) else 0


def _busy(fact: Fact) -> str:
    # Translators: how many tickets somebody has, and how many they can have
    return _("%(used)d of %(of)d busy") % {"used": _int(fact, "used"), "of": _int(fact, "of")}


def _absent(fact: Fact) -> str:
    return _("out of office until %(time)s") % {"time": moment(fact.get("at"))}


def _off_shift(fact: Fact) -> str:
    return _("not on shift before %(time)s") % {"time": moment(fact["at"])} if fact.get("at") else _("not on shift")


def _all_away(fact: Fact) -> str:
    n = _int(fact, "people")
    return ngettext("%(n)d person is away", "%(n)d people are away", n) % {"n": n}


def _all_busy(fact: Fact) -> str:
    n = _int(fact, "people")
    return ngettext("%(n)d person has enough to do", "%(n)d people have enough to do", n) % {"n": n}


def _said_no(fact: Fact) -> str:
    n = _int(fact, "people")
    return ngettext("%(n)d person left it to others", "%(n)d people left it to others", n) % {"n": n}


def _few_speak(fact: Fact) -> str:
    n = _int(fact, "people")
    said = ngettext("only %(n)d person here speaks %(language)s", "only %(n)d people here speak %(language)s", n)
    return said % {"n": n, "language": language(fact.get("language"))}


_SAYINGS: Final[dict[str, Callable[[Fact], str]]] = {
    # Why somebody.
    "queue": lambda f: _("queue %(name)s") % {"name": _name(f)},
    "speaks": lambda f: _("speaks %(language)s") % {"language": language(f.get("language"))},
    "nobody_speaks": lambda f: _("nobody free speaks %(language)s") % {"language": language(f.get("language"))},
    "knows": lambda f: _("%(skill)s %(level)d of 5") % {"skill": _name(f, "skill"), "level": _int(f, "level")},
    "busy": _busy,
    "had_it": lambda f: _("had it before"),
    "helped_last": lambda f: _("last helped this customer"),
    "substitute": lambda f: _("stands in for %(name)s") % {"name": _name(f)},
    "only_one": lambda f: _("the only one free"),
    "round_robin": lambda f: _("next in turn"),
    "least_load": lambda f: _("has the least to do"),
    "best_skill": lambda f: _("knows most about it"),
    "vip": lambda f: _("VIP customer"),
    # Why nobody.
    "empty_team": lambda f: _("nobody is in this team"),
    "nobody_language": lambda f: _("nobody here speaks %(language)s") % {"language": language(f.get("language"))},
    "nobody_skill": lambda f: (
        _("nobody here knows %(skill)s well enough: %(needed)d of 5 is asked for")
        % {"skill": _name(f, "skill"), "needed": _int(f, "needed")}
    ),
    "nobody_tier": lambda f: _("nobody here is of tier %(needed)d") % {"needed": _int(f, "needed")},
    "few_speak": _few_speak,
    "all_away": _all_away,
    "all_busy": _all_busy,
    "said_no": _said_no,
    "back_at": lambda f: _("%(name)s is back at %(time)s") % {"name": _name(f), "time": moment(f.get("at"))},
    # Why not this one.
    "team": lambda f: _("not in the team"),
    "tier": lambda f: (
        _("of tier %(tier)d, %(needed)d is needed") % {"tier": _int(f, "tier"), "needed": _int(f, "needed")}
    ),
    "skill": lambda f: (
        _("%(skill)s %(level)d of 5, %(needed)d is needed")
        % {"skill": _name(f, "skill"), "level": _int(f, "level"), "needed": _int(f, "needed")}
    ),
    "language": lambda f: _("does not speak %(language)s") % {"language": language(f.get("language"))},
    "absent": _absent,
    "off_shift": _off_shift,
    "presence": lambda f: state_word(f.get("state")),
    "channel_off": lambda f: _("has switched this channel off"),
    "declined": lambda f: _("left it to others"),
    "channel_full": _busy,
    "full": _busy,
    "not_theirs": lambda f: _("somebody else knows this customer"),
    "not_their_turn": lambda f: _("not their turn yet"),
    "knows_less": lambda f: _("knows less about it"),
    "busier": _busy,
}


def said(fact: Fact) -> str:
    """One fact; an empty string for one that this version does not know."""
    saying = _SAYINGS.get(str(fact.get("code")))
    return saying(fact) if saying else ""


def phrases(facts: Iterable[Fact], *, but: frozenset[str] = frozenset()) -> list[str]:
    """Facts as phrases, each with a capital letter."""
    found = [said(fact) for fact in facts if fact.get("code") not in but]
    return [words[:1].upper() + words[1:] for words in found if words]


def sentence(facts: Iterable[Fact], *, but: frozenset[str] = frozenset({"queue"})) -> str:
    """All facts on one line: "speaks Latvian · Returns 3 of 5 · 2 of 6 busy"."""
    return " · ".join(words for fact in facts if fact.get("code") not in but and (words := said(fact)))


def how_given(how: str) -> str:
    """How somebody came by a ticket."""
    return {
        "hand": pgettext("assignment", "Given by hand"),
        "accepted": pgettext("assignment", "Taken when offered"),
    }.get(how, "")
