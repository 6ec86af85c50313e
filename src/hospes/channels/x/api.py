"""Signed calls of X's API, and what its refusals mean (X API: Creating a signature, Response codes, Rate limits)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from oauthlib.oauth1 import Client

from hospes.channels import calling
from hospes.channels.adapter import ChannelError
from hospes.core import clock

OFFICIAL: Final = "https://api.x.com"
PREFIX: Final = "x:"
SIGNED: Final = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
# Problems of the app's own access (X API: Response codes, Problem types); everything else that is forbidden stays so.
_ADMIN: Final = (
    "client-not-enrolled",
    "client-forbidden",
    "client-suspended",
    "unsupported-authentication",
    "oauth1-permissions",
    "usage-capped",
    "official-client-forbidden",
)


def account_id(credential: Mapping[str, Any]) -> str:
    """The company's own user id: what stands before the hyphen of its access token; "" when there is none."""
    number = str(credential.get("access_token") or "").partition("-")[0]
    return number if number.isascii() and number.isdigit() else ""


def base_of(credential: Mapping[str, Any]) -> str:
    """Where the API is."""
    return str(credential.get("api") or OFFICIAL).rstrip("/")


def authorization(method: str, url: str, credential: Mapping[str, Any], *, nonce: str = "", at: str = "") -> str:
    """The Authorization header of a request whose body is no form: OAuth 1.0a, HMAC-SHA1. Raises ChannelError when a
    key is missing. `nonce` and `at` are set by tests alone."""
    if missing := [name for name in SIGNED if not credential.get(name)]:
        words = f"The inbox's settings lack {', '.join(missing)}."
        raise ChannelError(words, permanent=False, set_up=False)
    key, secret, token, token_secret = (str(credential[name]) for name in SIGNED)
    client = Client(key, secret, token, token_secret, nonce=nonce or None, timestamp=at or None)
    _url, headers, _body = client.sign(url, http_method=method)
    return str(headers["Authorization"])


def call(
    method: str,
    path: str,
    credential: Mapping[str, Any],
    *,
    data: Any = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, str, bytes]] | None = None,
    bearer: str = "",
) -> dict[str, Any]:
    """What a call gives, as the `data` of its answer (a list below "list"). Raises ChannelError."""
    url = f"{base_of(credential)}{path}"
    header = f"Bearer {bearer}" if bearer else authorization(method, url, credential)
    timeout = 60.0 if files else calling.TIMEOUT
    said = calling.ask(
        method, url, headers={"Authorization": header}, data=data, form=form, files=files, timeout=timeout
    )
    if not 200 <= said.status < 300:
        raise refusal(said, now=clock.now())
    found = said.data.get("data") if isinstance(said.data, dict) else None
    if isinstance(found, dict):
        return found
    return {"list": found if isinstance(found, list) else []}


def refusal(said: calling.Said, *, now: datetime) -> ChannelError:
    """What a refusal means: later (429 and its x-rate-limit-reset, 5xx), once an admin has put the access right, or
    never (a person who takes no messages, a post that is gone)."""
    answer = said.data if isinstance(said.data, dict) else {}
    words = f"{said.status} {_words(answer)}".strip()[:400]
    if said.status == 429:
        return ChannelError(words, permanent=False, retry_after=wait_of(said.headers, now=now))
    if said.status >= 500 or said.status in {408, 425}:
        return ChannelError(words, permanent=False, retry_after=calling.retry_after(said.headers))
    kind = f"{answer.get('type') or ''} {answer.get('reason') or ''}"
    if said.status == 401 or (said.status == 403 and any(name in kind for name in _ADMIN)):
        return ChannelError(words, permanent=False, set_up=False)
    return ChannelError(words, permanent=True)


def wait_of(headers: Mapping[str, str], *, now: datetime) -> float:
    """Seconds until the window begins anew, at most a day."""
    reset = headers.get("x-rate-limit-reset", "").strip()
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        return min(max(float(reset) - now.timestamp(), 1.0), 86_400.0)
    return calling.retry_after(headers)


def _words(answer: Mapping[str, Any]) -> str:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    for told in (answer.get("detail"), first.get("detail"), first.get("message"), answer.get("title")):
        if isinstance(told, str) and told:
            return told
    return ""


def is_theirs(url: str, credential: Mapping[str, Any]) -> bool:
    """Whether a file's address is asked for with our signature: pictures in private messages are given to us alone."""
    host = urlsplit(url).hostname or ""
    own = urlsplit(base_of(credential)).hostname
    return host == own or host in {"ton.twitter.com", "ton.x.com", "api.x.com", "api.twitter.com"}
