"""What kinds of steps, questions and actions are called, with their signs."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEP_KINDS: Final[dict[str, tuple[str | Promise, str]]] = {
    "show": (_("Text"), "file-text"),
    "ask": (_("Questions"), "circle-help"),
    "look_up": (_("Look up"), "search"),
    "decide": (_("Decide"), "git-branch"),
    "act": (_("Do"), "zap"),
    "wait": (_("Wait"), "hourglass"),
    "hand_over": (_("Hand over"), "headset"),
    "call": (_("Call an address"), "globe"),
    "end": (_("End"), "flag"),
}
INPUT_KINDS: Final[dict[str, str | Promise]] = {
    "text": _("Text"),
    "long": _("Long text"),
    "number": _("Number"),
    "money": _("Amount of money"),
    "date": _("Date"),
    "yes_no": _("Yes or no"),
    "choice": _("One of several"),
    "choices": _("Several of several"),
    "email": _("E-mail address"),
    "phone": _("Phone number"),
    "order": _("Order number"),
    "file": _("File"),
}
OUTCOMES: Final[dict[str, str | Promise]] = {
    "done": _("Done"),
    "refused": _("Refused"),
    "not_applicable": _("Not applicable"),
}
OPEN_TO: Final[dict[str, str | Promise]] = {
    "agents": _("Agents only"),
    "customers": _("Agents and signed-in customers"),
    "guests": _("Everybody, also without signing in"),
}
STATUSES: Final[dict[str, str | Promise]] = {
    "": _("as it is"),
    "open": _("Open"),
    "waiting": _("Waiting for the customer"),
    "on_hold": _("On hold"),
    "solved": _("Solved"),
}
