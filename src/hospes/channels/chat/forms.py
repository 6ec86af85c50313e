"""The fields of the chat's two forms: known ones have labels of ours in every language, own ones their own."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KNOWN: Final[dict[str, "str | Promise"]] = {
    "name": _("Name"),
    "email": _("E-mail address"),
    "phone": _("Phone number"),
    "order": _("Order number"),
    "topic": _("What is it about?"),
}
KINDS: Final = ("text", "email", "phone", "choice", "area")


def label_of(field: Mapping[str, Any]) -> str:
    """What stands above a field."""
    own = str(field.get("label") or "")
    return own or str(KNOWN.get(str(field.get("name")), field.get("name", "")))
