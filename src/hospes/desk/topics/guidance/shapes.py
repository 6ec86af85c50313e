"""What the screens of guidance print, from what the queries give."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from hospes.core.html import html_to_text
from hospes.core.text import shorten
from hospes.guidance.models import Signs
from hospes.guidance.queries import MacroFigures, Suggestion
from hospes.tickets.models import Macro, Ticket

SEARCHED = 400
GAP = re.compile(r"\{\{[^{}]{0,300}\}\}")
BLOCK = re.compile(r"\{%[^{}]{0,300}%\}")


@dataclass(frozen=True, slots=True)
class Offered:
    """A ready answer as a line of the picker."""

    pk: int
    title: str
    why: str
    language: str
    words: str
    changes: bool


def offered(one: Suggestion, ticket: Ticket) -> Offered:
    """A suggestion with its reason in words."""
    macro = one.macro
    names = {code: str(name) for code, name in settings.LANGUAGES}
    text = html_to_text(macro.body_html)
    return Offered(
        pk=macro.pk,
        title=one.title,
        why=_why(one),
        language=names.get(macro.language, macro.language) if one.fell_back else "",
        words=shorten(f"{macro.name} {text}", SEARCHED),
        changes=bool(macro.actions),
    )


def _why(one: Suggestion) -> str:
    codes = one.ranked.why
    if "words" in codes and one.ranked.shared:
        # Translators: why an answer is suggested; the words occur in the customer's message
        return _("fits “%(words)s”") % {"words": _(", ").join(one.ranked.shared)}
    if "used" in codes:
        return _("often used for such tickets")
    return _("made for such tickets") if "conditions" in codes else ""


def why_words(signs: Signs) -> list[str]:
    """The reasons for a reading, in words."""
    said: list[str] = []
    phrases = [words for code, words in signs.why if code == "words"]
    if phrases:
        said.append(_("Words: %(words)s") % {"words": _(", ").join(f"“{one}”" for one in phrases)})
    for code, words in signs.why:
        if code == "sentence":
            said.append(_("A sentence that reads like it: “%(sentence)s”") % {"sentence": words})
        elif code == "capitals":
            said.append(_("Mostly capital letters"))
        elif code == "marks":
            said.append(_("Rows of exclamation or question marks"))
        elif code == "repeated":
            said.append(_("%(n)s messages in a row without an answer") % {"n": words})
        elif code == "long":
            said.append(_("An unusually long message"))
        elif code == "question":
            said.append(_("A question that names nothing"))
    return said


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a ready answer in the settings, with how it fared."""

    macro: Macro
    language: str
    channel: str
    words: str
    figures: MacroFigures


@dataclass(frozen=True, slots=True)
class Situation:
    """All forms of one ready answer, side by side."""

    title: str
    named: bool
    forms: tuple[Form, ...]
    missing: tuple[tuple[str, str], ...]
    n: int


def situations(macros: Sequence[Macro], figures: dict[int, MacroFigures], channels: dict[str, str]) -> list[Situation]:
    """Ready answers by situation, the most used first."""
    names: dict[str, str] = {code: str(name) for code, name in settings.LANGUAGES}
    families: dict[str, list[Macro]] = {}
    for macro in macros:
        families.setdefault(macro.situation.casefold() or f"#{macro.pk}", []).append(macro)
    found = [_situation(family, figures, names, channels) for family in families.values()]
    return sorted(found, key=lambda one: (-one.n, one.title.casefold()))


def _situation(
    family: list[Macro], figures: dict[int, MacroFigures], names: dict[str, str], channels: dict[str, str]
) -> Situation:
    order = {code: at for at, code in enumerate(["", *names])}
    family.sort(key=lambda m: (order.get(m.language, 99), m.channel))
    forms = tuple(
        Form(
            macro=m,
            language=names.get(m.language, ""),
            channel=channels.get(m.channel, m.channel) if m.channel else "",
            words=shorten(GAP.sub("…", BLOCK.sub("", html_to_text(m.body_html))), 160),
            figures=figures.get(m.pk, MacroFigures()),
        )
        for m in family
    )
    has = {m.language for m in family}
    missing = () if "" in has else tuple((code, name) for code, name in names.items() if code not in has)
    named = bool(family[0].situation)
    return Situation(
        family[0].situation or family[0].name, named, forms, missing if named else (),
        sum(form.figures.n for form in forms),
    )  # fmt: skip


def lines_of(text: str) -> list[str]:
    """A text area's lines."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def first_lines(parts: Any) -> dict[str, str]:
    """A playbook's lists as text areas begin with them."""
    return {name: "\n".join(getattr(parts, name)) for name in ("signs", "do", "do_not", "sentences")}
