"""Which numbers may be called: pure. A form that calls any number is what toll fraud lives on.

Attackers enter expensive numbers of their own (premium rate, satellite, far countries) and earn from each call. So
only ordinary numbers of countries on the inbox's list are ever called.
"""

from collections.abc import Collection
from typing import Final

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberType

from hospes.core.errors import InvalidInput

# Numbers on which whoever owns them may earn, or which reach no person.
NEVER: Final = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)


def region_of(number: str) -> str:
    """The country (ISO code) of a number in E.164; "" when it has none."""
    try:
        return str(phonenumbers.region_code_for_number(phonenumbers.parse(number)) or "")
    except NumberParseException:
        return ""


def checked_number(text: str, *, region: str, countries: Collection[str], field: str = "number") -> str:
    """A number as somebody typed it, in E.164. `region` is the country of numbers without a + in front. Raises
    InvalidInput, which names the field and the cure."""
    try:
        parsed = phonenumbers.parse(text.strip()[:60], region or None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            words = _("Write the number with its country code, such as +371 2000 0001.")
        else:
            words = _("This is no phone number. Write it with its country code, such as +371 2000 0001.")
        raise InvalidInput(words, field=field) from error
    if not phonenumbers.is_valid_number(parsed):
        raise InvalidInput(_("There is no such phone number. Please check the digits."), field=field)
    where = str(phonenumbers.region_code_for_number(parsed) or "")
    if phonenumbers.number_type(parsed) in NEVER:
        raise InvalidInput(_("We cannot call this kind of number. Please give an ordinary one."), field=field)
    if where not in countries:  # satellites and the like have no country, and so are never called
        raise InvalidInput(_("We cannot call numbers of this country."), field=field, code="country")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def shown(number: str) -> str:
    """A number as people read it."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def hidden(number: str) -> str:
    """Whether a caller hides their number, or has none that can be called: then the empty string, else E.164."""
    digits = number.strip().removeprefix("+")
    known_as_none = digits in {"266696687", "86282452253", "7378742833", "2562533", "8656696", "464"}
    if known_as_none or not digits.isdigit() or not (6 <= len(digits) <= 15):
        return ""
    return f"+{digits}"
