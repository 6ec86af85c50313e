"""Calls of Viber's REST Bot API, and what its status numbers mean (Viber Bot API: Common Errors).

Every answer comes with HTTP 200; whether it went well is in its `status`.
"""

from collections.abc import Mapping
from typing import Any, Final

from hospes.channels import calling
from hospes.channels.adapter import ChannelError

OFFICIAL: Final = "https://chatapi.viber.com"
PREFIX: Final = "viber:"
TOO_MANY: Final = 12
# An admin has to do something at Viber or here: token, webhook, blocked or suspended bot, authorisation, payment.
_ADMIN: Final = frozenset({2, 7, 8, 9, 10, 15, 23, 24})
# It will never arrive: bad data, not on Viber, not subscribed, no fitting device or version, unsupported country.
_NEVER: Final = frozenset({1, 3, 4, 5, 6, 11, 13, 14, 16, 17, 19, 20, 21, 22})
# After a hundred messages without an answer Viber takes no more for this person within the hour.
_PATIENCE: Final = 300.0


def call(method: str, credential: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A method's answer. Raises ChannelError."""
    token = str(credential.get("token") or "")
    if not token:
        raise ChannelError("The bot's token is missing in the inbox's settings.", permanent=False, set_up=False)
    base = str(credential.get("api") or OFFICIAL).rstrip("/")
    said = calling.ask("POST", f"{base}/pa/{method}", headers={"X-Viber-Auth-Token": token}, data=dict(data or {}))
    answer = calling.good(said).data
    status = answer.get("status") if isinstance(answer, dict) else None
    if status == 0:
        found: dict[str, Any] = answer
        return found
    raise refusal(status, str(answer.get("status_message") or "") if isinstance(answer, dict) else "")


def refusal(told: Any, message: str) -> ChannelError:
    """What a status other than 0 means."""
    status = told if isinstance(told, int) else -1
    words = f"{told} {message}".strip()[:400]
    if status == TOO_MANY:
        return ChannelError(words, permanent=False, retry_after=_PATIENCE)
    if status in _ADMIN:
        return ChannelError(words, permanent=False, set_up=False)
    return ChannelError(words, permanent=status in _NEVER)
