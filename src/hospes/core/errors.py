"""The few ways in which an operation can say no. Screens and the API turn them into answers, in one place each."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class HospesError(Exception):
    """Base of all refusals. `code` is stable for programs, `message` is for people, `field` names the input."""

    code = "error"
    status = 400

    def __init__(self, message: Text = "", *, field: str = "", code: str = "", **details: Any) -> None:
        self.message: Text = message or self.default_message()
        self.field = field
        self.code = code or type(self).code
        self.details: Mapping[str, Any] = details
        super().__init__(str(self.message))

    def default_message(self) -> Text:
        """What to say when the raiser said nothing better."""
        return _("That did not work.")


class InvalidInput(HospesError):
    """The input cannot be used; the message names the cure."""

    code = "invalid"
    status = 422


class NotAllowed(HospesError):
    """The actor lacks a right that somebody else in the company could give."""

    code = "not-allowed"
    status = 403

    def default_message(self) -> Text:
        return _("You are not allowed to do this. An administrator can give you the right.")


class NotFound(HospesError):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not-found"
    status = 404

    def default_message(self) -> Text:
        return _("This does not exist, or you may not see it.")


class Conflict(HospesError):
    """Somebody else changed it meanwhile; `details` tells what came in between."""

    code = "conflict"
    status = 409

    def default_message(self) -> Text:
        return _("Somebody else changed this meanwhile.")


class TooLarge(HospesError):
    """Over a size limit that the message names."""

    code = "too-large"
    status = 413


class RateLimited(HospesError):
    """Too many in too short a time; `details["retry_after"]` is in seconds."""

    code = "rate-limited"
    status = 429

    def default_message(self) -> Text:
        return _("Too many attempts. Please wait a little and try again.")
