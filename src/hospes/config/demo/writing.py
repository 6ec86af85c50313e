"""Turns phrases into messages: greeting, what is the matter, order number, a closing word, with each person's habits.

Variety comes from composition: an opening is one of several greetings, openings, order lines and endings, with the
customer's own facts in it, in the customer's own hand (careful, or with thumbs on a small phone).
"""

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Final

from hospes.config.demo.people import Person
from hospes.config.demo.texts import common, situation
from hospes.config.demo.wares import COURIERS, KINDS, MODELS, written_date, written_number, written_sum

_TURKISH_PLAIN: Final = str.maketrans("çğışöüÇĞİŞÖÜ", "cgisouCGISOU")
_LATVIAN_PLAIN: Final = str.maketrans("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "acegiklnsuzACEGIKLNSUZ")
_UZBEK_TYPED: Final = str.maketrans("ʻʼ", "''")
_ARABIC_KEYS: Final = str.maketrans("یک\u200c", "يك ")


@dataclass(frozen=True, slots=True)
class Matter:
    """What one ticket is about: the situation's key and the facts that fill its phrases."""

    key: str
    person: Person
    facts: dict[str, str]
    dice: random.Random = field(repr=False)


def matter_of(dice: random.Random, person: Person, key: str, kinds: tuple[str, ...], at: datetime) -> Matter:
    """Think up the facts: which order, what was bought, when, for how much."""
    language, country = person.language, person.country
    kind = dice.choice(kinds)
    model, euros = dice.choice(MODELS[kind])
    first = f"{dice.choice('ABCDEFGHJKMNPRSTVWXYZ')}{dice.choice('ABCDEFGHJKMNPRSTVWXYZ')}"
    facts = {
        "model": model,
        "product": f"{model}, {KINDS[kind][language]}",
        "order": f"SC-{dice.randint(100_200, 989_900)}",
        "amount": written_sum(euros * dice.choice([1, 1, 1, 2]), country.money, country.rate, language),
        "date": written_date(at - timedelta(days=dice.randint(3, 12)), language),
        "later": written_date(at + timedelta(days=dice.randint(3, 16)), language),
        "days": written_number(dice.randint(3, 9), language),
        "city": person.city,
        "address": person.street,
        "courier": dice.choice(COURIERS[language]),
        "track": f"{first}{dice.randint(100_000_000, 999_999_999)}{country.language.upper()}",
        "code": dice.choice(["TEA", "SALE", "CUP", "RMA-", "Q-"]) + str(dice.randint(100, 9999)),
    }
    return Matter(key, person, facts, dice)


def subject_of(matter: Matter) -> str:
    """A subject as the customer would put it."""
    return _customers_hand(matter, _filled(matter, _pick(matter, "subject"))).replace("\n", " ")


def opening(matter: Matter) -> str:
    """The customer's first message."""
    dice, language = matter.dice, matter.person.language
    sentences = [_pick(matter, "open")]
    if "{order}" not in sentences[0] and matter.key not in NO_ORDER and dice.random() < 0.6:
        sentences.insert(dice.choice([0, 1, 1]), dice.choice(common(language, "order_line")))
    if matter.key not in CALM and dice.random() < 0.4:
        sentences.append(dice.choice(common(language, "urge")))
    short = matter.person.sloppy > 0.6 and dice.random() < 0.5
    parts = [] if short else [dice.choice(common(language, "hello"))]
    parts += [_joined(dice, sentences), *([] if short else [_goodbye(matter)])]
    return _customers_hand(matter, _filled(matter, "\n\n".join(p for p in parts if p)))


def customer_turn(matter: Matter, turn: str, agent: str) -> str:
    """A customer's later message: told, nudge, thanks, unhappy."""
    dice = matter.dice
    words = _pick(matter, turn) if turn == "told" else dice.choice(common(matter.person.language, turn))
    if turn == "told" and not words:
        words = dice.choice(common(matter.person.language, "told_order"))
    parts = [words]
    if dice.random() < 0.45:
        parts.append(_goodbye(matter))
    called = agent.partition(" ")[0]
    return _customers_hand(matter, _filled(matter, "\n\n".join(p for p in parts if p), agent=called))


def agent_turn(matter: Matter, turn: str, agent: str, *, first: bool) -> str:
    """An agent's message: ask, checking, answer, sorry, welcome."""
    dice, language = matter.dice, matter.person.language
    words = _pick(matter, turn) if turn in {"ask", "answer"} else dice.choice(common(language, turn))
    if turn == "ask" and not words:
        words = dice.choice(common(language, "ask_order"))
    parts = [dice.choice(common(language, "dear"))] if first or dice.random() < 0.6 else []
    parts.append(words)
    if turn == "answer" and dice.random() < 0.5:
        parts.append(dice.choice(common(language, "offer")))
    parts.append(dice.choice(common(language, "regards")) + "\n" + agent)
    return _filled(matter, "\n\n".join(parts), to=matter.person.formal)


def note(matter: Matter, language: str) -> str:
    """An internal note in the agent's language."""
    return _filled(matter, matter.dice.choice(common(language, "notes")))


def out_of_office(matter: Matter, subject: str) -> tuple[str, str]:
    """(subject, words) of an automatic reply."""
    language = matter.person.language
    title = matter.dice.choice(common(language, "ooo_subject"))
    return _filled(matter, title, subject=subject), _filled(matter, matter.dice.choice(common(language, "ooo")))


def phone_signature(matter: Matter) -> str:
    """What a telephone adds below."""
    return matter.dice.choice(common(matter.person.language, "phone_sign"))


def as_html(text: str) -> str:
    """Plain words as the HTML that our editor makes of them."""
    paragraphs = (escape(p, quote=False).replace("\n", "<br>") for p in text.split("\n\n") if p.strip())
    return "".join(f"<p>{p}</p>" for p in paragraphs)


NO_ORDER: Final = frozenset(
    {"praise", "idea", "discount", "wholesale", "account", "stock", "howto", "choice", "data", "spam", "parts"}
)
CALM: Final = frozenset({"praise", "idea", "spam", "choice", "howto"})


def _pick(matter: Matter, what: str) -> str:
    phrases = situation(matter.person.language, matter.key, what)
    return matter.dice.choice(phrases) if phrases else ""


def _joined(dice: random.Random, sentences: list[str]) -> str:
    return dice.choice([" ", " ", "\n", "\n\n"]).join(sentences)


def _goodbye(matter: Matter) -> str:
    bye = matter.dice.choice(common(matter.person.language, "bye"))
    name = matter.dice.choice([matter.person.name.full, matter.person.name.first])
    if matter.person.sloppy > 0.6:
        return matter.dice.choice([bye, name, ""])
    return f"{bye}\n{name}" if bye else name


def _filled(matter: Matter, text: str, **more: str) -> str:
    facts = {**matter.facts, **more}
    filled = re.sub(r"\{(\w+)\}", lambda m: facts.get(m[1], m[0]), text)
    return re.sub(r"(?<=\d)\.\.(?!\.)", ".", filled)  # a Latvian date ends in a full stop, as the sentence may


def _customers_hand(matter: Matter, text: str) -> str:
    """What a keyboard and its owner make of a text."""
    person, dice = matter.person, matter.dice
    if person.language == "uz" and dice.random() < 0.7:
        text = text.translate(_UZBEK_TYPED)  # nearly everybody types the straight apostrophe
    if person.sloppy < 0.45:
        return text
    if person.language == "tr":
        text = text.translate(_TURKISH_PLAIN)
    elif person.language == "lv":
        text = text.translate(_LATVIAN_PLAIN)
    elif person.language == "fa":
        text = text.translate(_ARABIC_KEYS)
    if person.sloppy > 0.6:
        text = re.sub(r"\b(?!SC-)\w+", lambda m: m[0].lower() if m[0].istitle() else m[0], text)
        text = re.sub(r"[.]$", "", text)
    return text
