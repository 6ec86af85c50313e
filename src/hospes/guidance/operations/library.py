"""The ready answers that Hospes brings: twelve situations in six languages, for e-mail and for chat, made a company's
own with one step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from django.db import transaction
from django.utils import translation
from django.utils.html import escape

from hospes.core.actors import Actor
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro

LANGUAGES: Final = ("en", "uz", "lv", "fa", "tr", "hy")
FORMS: Final = (("email", ""), ("chat", "chat"))
ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "need_photo": {"status": "waiting"},
    "warranty": {"status": "waiting"},
    "out_of_stock": {"status": "waiting"},
    "delay": {"status": "on_hold"},
    "closing": {"status": "solved"},
    "thanks": {"type": "praise", "status": "solved"},
    "apology": {"type": "complaint"},
}


@cache
def library(language: str) -> Mapping[str, Mapping[str, str]]:
    """The answers of one language: key of the situation to title, email, chat."""
    place = files("hospes.guidance").joinpath(f"data/answers/{language}.yaml")
    kept: dict[str, dict[str, str]] = yaml.safe_load(place.read_text(encoding="utf-8"))
    return kept


@transaction.atomic
def take_library(*, languages: Sequence[str], actor: Actor, now: datetime) -> int:
    """Make the library's answers the company's own, shared with everybody; returns how many were made. A situation
    is named in the actor's language; forms that are there already stay as they are."""
    actor.require("macro.share")
    own = (translation.get_language() or "en").partition("-")[0]
    titles = library(own if own in LANGUAGES else "en")
    known = {
        (situation.casefold(), language, channel)
        for situation, language, channel in Macro.objects.filter(archived_at=None, sharing="all")
        .exclude(situation="")
        .values_list("situation", "language", "channel")
    }
    made = 0
    for language in [code for code in LANGUAGES if code in languages]:
        for key, texts in library(language).items():
            situation = titles[key]["title"]
            for form, channel in FORMS:
                if (situation.casefold(), language, channel) in known:
                    continue
                tickets.save_macro(
                    name=texts["title"],
                    body_html=as_html(texts[form]),
                    language=language,
                    channel=channel,
                    situation=situation,
                    actions=ACTIONS.get(key, {}),
                    sharing="all",
                    actor=actor,
                    now=now,
                )
                made += 1
    return made


def as_html(text: str) -> str:
    """Paragraphs of a plain text; its gaps and blocks stay as they are."""
    paragraphs = escape(text).replace("\n\n", "</p><p>").replace("\n", "<br>")
    return f"<p>{paragraphs}</p>"
