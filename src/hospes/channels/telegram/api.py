"""Calls of the Bot API's methods, and what their refusals mean (Telegram Bot API: Making requests).

The bot's token is part of every address, so no address ever gets into words that a person sees.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hospes.channels import calling
from hospes.channels.adapter import ChannelError

OFFICIAL: Final = "https://api.telegram.org"
PREFIX: Final = "telegram:"
# What a person did, after which nothing that we send arrives any more.
_GONE: Final = ("bot was blocked", "user is deactivated", "can't initiate conversation", "bots can't send messages")


def bot_id(credential: Mapping[str, Any]) -> int:
    """The bot's own number: what stands before the colon of its token; 0 when there is none."""
    number = str(credential.get("token", "")).partition(":")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0


def address_of(method: str, credential: Mapping[str, Any], *, folder: str = "") -> str:
    """Where a method, or a file below the folder "file/", is asked for. Raises ChannelError without a token."""
    token = str(credential.get("token") or "")
    if not token:
        raise ChannelError("The bot's token is missing in the inbox's settings.", permanent=False, set_up=False)
    base = str(credential.get("api") or OFFICIAL).rstrip("/")
    return f"{base}/{folder}bot{token}/{method}"


def call(
    method: str,
    credential: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    *,
    files: Mapping[str, tuple[str, str, bytes]] | None = None,
    timeout: float | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Any:
    """A method's result. Raises ChannelError. With `files`, every value of `data` is text already."""
    url = address_of(method, credential)
    timeout = timeout or (60.0 if files else calling.TIMEOUT)
    if files:
        said = calling.ask("POST", url, form=dict(data or {}), files=files, timeout=timeout)
    else:
        said = calling.ask("POST", url, data=dict(data or {}), timeout=timeout, stopped=stopped)
    answer = said.data if isinstance(said.data, dict) else {}
    if said.status == 200 and answer.get("ok") is True:
        return answer.get("result")
    raise refusal(said, answer)


def refusal(said: calling.Said, answer: Mapping[str, Any]) -> ChannelError:
    """What a refusal means: later (429, 5xx), once an admin has put the token right (401, 404), or never."""
    given = answer.get("error_code")
    status = given if isinstance(given, int) and 400 <= given < 600 else said.status
    described = str(answer.get("description") or "")[:400]
    words = f"{status} {described}".strip()
    if status == 429:
        return ChannelError(words, permanent=False, retry_after=_retry_after(said, answer))
    if status < 400 or status >= 500 or status == 408:  # a 200 that is no answer of theirs comes from something between
        return ChannelError(words, permanent=False, retry_after=calling.retry_after(said.headers))
    if status in {401, 404}:  # a token that was revoked, or that never was one
        return ChannelError(f"{words} (is the bot's token right?)", permanent=False, set_up=False)
    return ChannelError(words, permanent=True, opted_out=status == 403 and any(w in described for w in _GONE))


def _retry_after(said: calling.Said, answer: Mapping[str, Any]) -> float:
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(seconds, int | float) and seconds > 0:
        return min(float(seconds), 86_400.0)
    return calling.retry_after(said.headers)
