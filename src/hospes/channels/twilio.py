"""What every channel through Twilio's API, or one that is compatible with it, has in common: whose call it is, how the
API is asked, and what its refusals mean (Twilio: Security, Making requests, Error and warning dictionary).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from hospes.channels import calling
from hospes.channels.adapter import ChannelError, Refused, WebhookCall
from hospes.core.ids import same

OFFICIAL: Final = "https://api.twilio.com"
VERSION: Final = "2010-04-01"
OPTED_OUT: Final = 21610
_LATER: Final = frozenset({20429, 14107, 20500, 20503, 30001, 30022})
_ACCESS: Final = frozenset({20003, 20005, 20006, 20008, 20403, 20404, 21212, 21606, 21603, 21659, 21660, 21701, 21703})


def signature(url: str, form: Sequence[tuple[str, str]], token: str) -> str:
    """HMAC-SHA1 over the address and then each parameter's name and value in the order of names, in Base64."""
    signed = url
    names = sorted({name for name, _value in form})
    for name in names:
        signed += "".join(name + value for value in sorted({v for n, v in form if n == name}))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def verify(call: WebhookCall, credential: Mapping[str, Any]) -> None:
    """Raise Refused unless the call is signed with the account's token. Providers sign the address with or without
    its usual port, so both count."""
    given = call.headers.get("x-twilio-signature", "")
    token = str(credential.get("auth_token") or "")
    if not given:
        raise Refused("unsigned", status=401)
    if not token:
        raise Refused("signature")
    form = form_of(call)
    good = False
    for url in _addresses(call.url):  # all are compared, so that the time taken tells nothing
        good |= same(signature(url, form, token), given)
    if not good:
        raise Refused("signature")


def form_of(call: WebhookCall) -> list[tuple[str, str]]:
    """The posted parameters as they were signed; none of a GET, whose parameters are in its address."""
    if call.method != "POST":
        return []
    return parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)


def _addresses(url: str) -> list[str]:
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.netloc
    bare = host.removesuffix(f":{port}")
    with_port = host if parts.port else f"{host}:{port}"
    return [urlunsplit(parts._replace(netloc=netloc)) for netloc in dict.fromkeys((host, bare, with_port))]


def ask(
    method: str,
    path: str,
    credential: Mapping[str, Any],
    *,
    form: Mapping[str, str | Sequence[str]] | None = None,
) -> Any:
    """A resource of the account, such as "Messages.json". Raises ChannelError."""
    sid, token = str(credential.get("account_sid") or ""), str(credential.get("auth_token") or "")
    if not sid or not token:
        raise ChannelError("The account's SID or its token is missing in the inbox's settings.", permanent=False,
                           set_up=False)  # fmt: skip
    base = str(credential.get("api_base") or OFFICIAL).rstrip("/")
    url = f"{base}/{VERSION}/Accounts/{quote(sid, safe='')}{path}"
    said = calling.ask(method, url, headers=access(credential), form=form, timeout=calling.TIMEOUT)
    if 200 <= said.status < 300:
        return said.data
    raise refusal(said)


def access(credential: Mapping[str, Any]) -> dict[str, str]:
    """The header that every request carries (HTTP Basic: the account's SID and token)."""
    pair = f"{credential.get('account_sid', '')}:{credential.get('auth_token', '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def refusal(said: calling.Said) -> ChannelError:
    """What a refusal means: later, once an admin has put something right, or never; opted out counts as never."""
    told = said.data if isinstance(said.data, dict) else {}
    code = code_of(told.get("code"))
    words = " ".join(str(part) for part in (code or said.status, str(told.get("message") or "")[:400]) if part)
    if code == OPTED_OUT:
        return ChannelError(words, permanent=True, opted_out=True)
    if said.status == 429 or said.status >= 500 or said.status in {408, 425} or code in _LATER:
        return ChannelError(words, permanent=False, retry_after=calling.retry_after(said.headers))
    if said.status in {401, 403} or code in _ACCESS:
        return ChannelError(words, permanent=False, set_up=False)
    return ChannelError(words, permanent=True)


def code_of(value: Any) -> int:
    """A code of the error dictionary; 0 when there is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
