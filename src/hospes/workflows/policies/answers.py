"""What an answer may be: read from a form or from JSON, checked against its input, and put into words. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from hospes.core.conditions import compiled
from hospes.core.errors import InvalidInput
from hospes.core.text import digits, storable
from hospes.workflows.policies.texts import say

MAX_SHORT: Final = 500
MAX_LONG: Final = 20_000
MAX_CHOSEN: Final = 200
YES: Final = frozenset({"yes", "true", "1", "on"})
NO: Final = frozenset({"no", "false", "0", "off"})
NUMBER = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,6})?")
Options = Sequence[tuple[str, str]]


def is_blank(value: Any) -> bool:
    """Whether nothing was answered."""
    return value in (None, "", []) or (isinstance(value, str) and not value.strip())


def clean(asked: Mapping[str, Any], value: Any, options: Options) -> Any:
    """The answer as it is kept. `options` are the (value, label) pairs that may be chosen. Raises InvalidInput with
    the words for whoever answers; the field is the input's key."""
    key = str(asked.get("key"))
    if is_blank(value):
        if asked.get("required", True):
            raise InvalidInput(_missing(str(asked.get("kind"))), field=key)
        return None
    try:
        cleaned = _CLEANERS[str(asked.get("kind", "text"))](asked, value, options)
    except InvalidInput as error:
        raise InvalidInput(str(error.message), field=key) from None
    pattern = asked.get("pattern")
    if pattern and isinstance(cleaned, str) and not compiled(str(pattern)).fullmatch(cleaned):
        words = say(asked.get("pattern_help"), _language())
        raise InvalidInput(words.text or _("This is not in the expected form."), field=key)
    return cleaned


def _language() -> str:
    from django.utils.translation import get_language

    return get_language() or "en"


def _missing(kind: str) -> str:
    if kind in {"choice", "choices", "yes_no"}:
        return _("Choose an answer.")
    if kind == "file":
        return _("Add a file.")
    return _("Fill this in.")


def _text(asked: Mapping[str, Any], value: Any, _options: Options) -> str:
    most = MAX_LONG if asked.get("kind") == "long" else MAX_SHORT
    text = storable(str(value)).strip()
    if asked.get("kind") != "long":
        text = " ".join(text.split())
    longest = min(most, int(asked.get("max") or most))
    if len(text) > longest:
        raise InvalidInput(_("This is too long: at most %(n)d characters.") % {"n": longest})
    shortest = int(asked.get("min") or 0)
    if len(text) < shortest:
        raise InvalidInput(_("This is too short: at least %(n)d characters.") % {"n": shortest})
    return text


def _number(asked: Mapping[str, Any], value: Any, _options: Options) -> int | float:
    if isinstance(value, bool):
        raise InvalidInput(_("Give a number."))
    if not isinstance(value, int | float):
        text = "".join(digits(c) or c for c in str(value)).replace("٫", ".").replace(",", ".").replace(" ", "")
        if not NUMBER.fullmatch(text):
            raise InvalidInput(_("Give a number."))
        value = float(text)
    if not abs(value) <= 10**12:  # nor is what is no number at all
        raise InvalidInput(_("Give a number."))
    if asked.get("min") is not None and value < float(asked["min"]):
        raise InvalidInput(_("At least %(n)s.") % {"n": asked["min"]})
    if asked.get("max") is not None and value > float(asked["max"]):
        raise InvalidInput(_("At most %(n)s.") % {"n": asked["max"]})
    if asked.get("kind") == "money":
        return round(float(value), 2)
    return int(value) if float(value).is_integer() else float(value)


def _day(asked: Mapping[str, Any], value: Any, _options: Options) -> str:
    text = "".join(digits(c) or c for c in str(value))
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput(_("Give a date such as 2026-05-04.")) from None
    for name, wrong in (("min", _("Not before %(day)s.")), ("max", _("Not after %(day)s."))):
        if asked.get(name):
            edge = date.fromisoformat(str(asked[name]))
            if (found < edge) if name == "min" else (found > edge):
                raise InvalidInput(wrong % {"day": edge.isoformat()})
    return found.isoformat()


def _yes_no(_asked: Mapping[str, Any], value: Any, _options: Options) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in YES | NO:
        return text in YES
    raise InvalidInput(_("Choose yes or no."))


def _choice(_asked: Mapping[str, Any], value: Any, options: Options) -> str:
    for known, label in options:
        if str(value) == known or str(value).casefold() in {known.casefold(), label.casefold()}:
            return known
    raise InvalidInput(_("Choose one of the answers."))


def _choices(asked: Mapping[str, Any], value: Any, options: Options) -> list[str]:
    many = value if isinstance(value, list | tuple) else [value]
    if len(many) > MAX_CHOSEN:
        raise InvalidInput(_("Choose some of the answers."))
    chosen = list(dict.fromkeys(_choice(asked, one, options) for one in many))
    if asked.get("max") and len(chosen) > int(asked["max"]):
        raise InvalidInput(_("Choose at most %(n)d.") % {"n": int(asked["max"])})
    if asked.get("min") and len(chosen) < int(asked["min"]):
        raise InvalidInput(_("Choose at least %(n)d.") % {"n": int(asked["min"])})
    return chosen


def _email(_asked: Mapping[str, Any], value: Any, _options: Options) -> str:
    text = storable(str(value)).strip()
    try:
        validate_email(text)
    except ValidationError:
        raise InvalidInput(_("Write a full e-mail address, such as anna@example.com.")) from None
    if len(text) > 254:
        raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."))
    return text


def _phone(_asked: Mapping[str, Any], value: Any, _options: Options) -> str:
    text = storable(str(value)).strip()[:40]
    if not 6 <= len(digits(text)) <= 16:
        raise InvalidInput(_("Write a phone number with its area code."))
    return text


def _order(_asked: Mapping[str, Any], value: Any, _options: Options) -> str:
    text = " ".join(storable(str(value)).split())[:60]
    if not any(c.isalnum() for c in text):
        raise InvalidInput(_("Write the order number as it stands in your e-mail or on the invoice."))
    return text


def _file(asked: Mapping[str, Any], value: Any, _options: Options) -> list[dict[str, Any]]:
    """Files are kept before; the answer tells which."""
    many = value if isinstance(value, list | tuple) else [value]
    found = []
    for one in many:
        if not isinstance(one, Mapping) or not isinstance(one.get("token"), str):
            raise InvalidInput(_("Add a file."))
        found.append(
            {
                "token": one["token"][:64],
                "name": storable(str(one.get("name") or ""))[:255],
                "size": one["size"] if isinstance(one.get("size"), int) else 0,
                "type": storable(str(one.get("type") or ""))[:120],
            }
        )
    if len(found) > int(asked.get("max") or 10):
        raise InvalidInput(_("At most %(n)d files.") % {"n": int(asked.get("max") or 10)})
    return found


_CLEANERS: Final[dict[str, Callable[[Mapping[str, Any], Any, Options], Any]]] = {
    "text": _text,
    "long": _text,
    "number": _number,
    "money": _number,
    "date": _day,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "email": _email,
    "phone": _phone,
    "order": _order,
    "file": _file,
}


def in_words(asked: Mapping[str, Any], value: Any, options: Options) -> str:
    """An answer as people read it; "" for none."""
    if is_blank(value):
        return ""
    kind = asked.get("kind")
    if kind == "yes_no":
        return _("Yes") if value else _("No")
    if kind in {"choice", "choices"}:
        labels = dict(options)
        many = value if isinstance(value, list) else [value]
        return _(", ").join(labels.get(str(one), str(one)) for one in many)
    if kind == "file":
        return _(", ").join(str(one.get("name")) for one in value if isinstance(one, Mapping))
    if kind == "money":
        currency = asked.get("currency") or ""
        return f"{value:.2f} {currency}".strip() if isinstance(value, int | float) else str(value)
    return str(value)


def as_fact(asked: Mapping[str, Any], value: Any) -> Any:
    """An answer as conditions compare it."""
    if asked.get("kind") == "file":
        return [one.get("name") for one in value or () if isinstance(one, Mapping)]
    return value
