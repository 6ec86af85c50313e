"""What WhatsApp, Messenger and Instagram share: signed calls, the challenge, the Graph API and its errors.

After the pages "Webhooks: getting started" (signature, verification request, repeated deliveries), "Graph API: handle
errors", "Cloud API: error codes", "Messenger Platform: common error codes" and "Graph API: rate limits".
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hospes.channels import calling
from hospes.channels.adapter import Answer, ChannelError, Receipt, Refused, SettingField, WebhookCall
from hospes.core.text import storable

API_BASE: Final = "https://graph.facebook.com"
API_VERSION: Final = "v23.0"
SIGNATURE: Final = "x-hub-signature-256"

# Too many calls, or trouble at the provider's: the same request may work later.
LATER: Final = frozenset(
    {
        1, 2, 4, 17, 32, 341, 368, 613, 1200, 80001, 80002, 80005, 80006, 80007, 80008, 80014, 130429, 131000, 131016,
        131048, 131056, 131057, 133004, 133016,
    }
)  # fmt: skip
# Tokens, permissions, registration, payment: an admin has to put it right; until then it waits.
SET_UP: Final = frozenset({0, 3, 10, 102, 190, 131005, 131031, 131042, 131045, 133010, 133015, 2494010})
# Sub-codes of 10, 100 and 200 that are about the person, not about our permissions.
ABOUT_THEM: Final = frozenset(
    {2018001, 2018065, 2018108, 2018109, 2018278, 2018300, 2018310, 2018320, 1893015, 1545041, 1545133, 2534014,
     2534022, 2534037}
)  # fmt: skip
OUTSIDE_WINDOW: Final = frozenset({2018065, 2018108, 2018109, 2018278, 2534022})
# Seconds to wait where the documentation names a pace and the answer does not.
PAUSES: Final = {131056: 6.0, 130429: 60.0, 131048: 3600.0, 368: 3600.0, 80007: 300.0, 4: 300.0}


class GraphError(ChannelError):
    """What the Graph API refused; `code` and `subcode` are its own."""

    def __init__(
        self, words: str, *, permanent: bool, set_up: bool, retry_after: float, code: int, subcode: int
    ) -> None:
        super().__init__(words, permanent=permanent, set_up=set_up, retry_after=retry_after)
        self.code = code
        self.subcode = subcode


# What stands in the talk for a file without words.
MEDIA: Final[dict[str, "str | Promise"]] = {
    "image": _("Picture"),
    "video": _("Video"),
    "audio": _("Audio recording"),
    "voice": _("Voice message"),
    "document": _("Document"),
    "file": _("File"),
    "sticker": _("Sticker"),
}


# Whether customers are told what we have read (see channels/telling.py).
TELL_READ: Final = SettingField(
    name="tell_read", label=_("Tell customers when their message was read"), kind="flag", default="1"
)


def connection_fields(token_help: Any) -> tuple[SettingField, ...]:
    """The settings that every Meta channel has."""
    return (
        SettingField(name="access_token", label=_("Access token"), kind="secret", required=True, help=token_help),
        SettingField(
            name="app_secret",
            label=_("App secret"),
            kind="secret",
            required=True,
            help=_("In your app under App settings, Basic. Meta signs its calls with it."),
        ),
        SettingField(
            name="verify_token",
            label=_("Verify token"),
            generate=True,
            help=_("Copy it to Meta together with the webhook's address."),
        ),
        TELL_READ,
        SettingField(name="api_version", label=_("Version of the API"), default=API_VERSION, pattern=r"v\d{1,3}\.\d"),
        SettingField(name="api_base", label=_("Address of the API"), kind="url", default=API_BASE),
    )


# Who calls ----------------------------------------------------------------------------------------


def verify(call: WebhookCall, credential: Mapping[str, Any]) -> None:
    """Raise Refused unless the raw body is signed with the app secret."""
    secret, given = str(credential.get("app_secret") or ""), call.headers.get(SIGNATURE, "")
    if not given or not secret:
        raise Refused("unsigned", status=401)
    if not hmac.compare_digest(signature(call.body, secret).encode(), given.encode("utf-8", "replace")):
        raise Refused("signature")


def signature(body: bytes, secret: str) -> str:
    """The header by which Meta signs a call."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def challenge(call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
    """Meta makes sure that the address is ours: what it gives is given back to whoever knows the verify token."""
    token, given = str(credential.get("verify_token") or ""), call.params.get("hub.verify_token", "")
    if not token or not given:
        raise Refused("unsigned", status=401)
    if call.params.get("hub.mode") != "subscribe" or not hmac.compare_digest(token.encode(), given.encode()):
        raise Refused("signature")
    return Answer(call.params.get("hub.challenge", "")[:500])


def entries(call: WebhookCall, thing: str) -> list[dict[str, Any]]:
    """The entries of a call about one kind of thing. Raises ValueError for anything else."""
    said = loads(call.body)
    if not isinstance(said, dict) or said.get("object") != thing or not isinstance(said.get("entry"), list):
        raise ValueError(f"not a call about {thing}")
    return [entry for entry in said["entry"] if isinstance(entry, dict)]


# Reading what others wrote ------------------------------------------------------------------------


def loads(body: bytes) -> Any:
    """JSON of a stranger. Raises ValueError, also for what is nested too deep."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None


def dumps(value: Any) -> bytes:
    """A part of a call, to be kept."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def opened(body: bytes) -> dict[str, Any]:
    """A kept part, or {} for what is none."""
    try:
        value = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def at(value: Any, *path: str) -> Any:
    """What lies in objects within objects; None when it is not there."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def words_at(value: Any, *path: str) -> str:
    """A text, or a number as a text; "" for anything else."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return storable(found if isinstance(found, str) else str(found)[:40])


def objects_at(value: Any, *path: str) -> list[dict[str, Any]]:
    """A list's objects; [] for anything else."""
    found = at(value, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def moment(value: Any, *, thousandths: bool = False) -> datetime | None:
    """A Unix time in seconds or in thousandths, as a number or a text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    try:
        return datetime.fromtimestamp(int(text) / (1000 if thousandths else 1), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def news_id(kind: str, value: Any) -> str:
    """An id for what has none of its own: the same again when it is sent again."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    return f"{kind}:{digest[:40]}"


# The API ------------------------------------------------------------------------------------------


def address(credential: Mapping[str, Any], path: str) -> str:
    """The address of something in the API, with the version from the settings."""
    base = str(credential.get("api_base") or API_BASE).rstrip("/")
    return f"{base}/{credential.get('api_version') or API_VERSION}/{path}"


def node(told: str) -> str:
    """An id that somebody told, as one step of a path: it leads nowhere else."""
    return quote(told, safe="")


def graph(
    method: str, path: str, credential: Mapping[str, Any], *, data: Any = None, timeout: float = 0.0, **more: Any
) -> dict[str, Any]:
    """Ask the Graph API; its answer as an object. Raises ChannelError."""
    if not credential.get("access_token"):
        raise ChannelError("No access token is set.", permanent=False, set_up=False)
    said = calling.ask(
        method,
        address(credential, path),
        headers={"Authorization": f"Bearer {credential['access_token']}"},
        data=data,
        timeout=timeout or calling.TIMEOUT,
        **more,
    )
    if isinstance(at(said.data, "error"), dict):
        raise refusal(said)
    calling.good(said)
    return said.data if isinstance(said.data, dict) else {}


def refusal(said: calling.Said) -> GraphError:
    """What an error object of the Graph API means for us."""
    error = said.data["error"]
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    told = [words_at(error, "error_data", "details") or words_at(error, "error_user_msg") or words_at(error, "message")]
    words = f"{code}: {told[0] or 'refused'}"[:500]
    pause = calling.retry_after(said.headers) or regain(said.headers) or PAUSES.get(code, 0.0)
    later = code in LATER or said.status == 429 or said.status >= 500 or error.get("is_transient") is True
    waits = (code in SET_UP or 200 <= code <= 299) and subcode not in ABOUT_THEM
    return GraphError(
        words,
        permanent=not (later or waits),
        set_up=not waits,
        retry_after=pause if later else 0.0,
        code=code,
        subcode=subcode,
    )


def regain(headers: Mapping[str, str]) -> float:
    """Seconds until calls are taken again, as the usage header tells ("Graph API: rate limits", in minutes)."""
    try:
        usage = loads(headers.get("x-business-use-case-usage", "").encode())
    except ValueError:
        return 0.0
    found = [_number(at(use, "estimated_time_to_regain_access")) for use in _uses(usage)]
    return min(max(found, default=0) * 60.0, 86_400.0)


def _uses(usage: Any) -> list[Any]:
    return [use for uses in usage.values() if isinstance(uses, list) for use in uses] if isinstance(usage, dict) else []


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12 else 0


# Several requests for one message -----------------------------------------------------------------


def in_steps(steps: Sequence[Callable[[], str]], done: Sequence[str]) -> Receipt:
    """Take the steps that were not taken before; each returns the provider's id. Where one fails, those taken are told
    ("number=id"), so that the next try goes on there and no part arrives twice."""
    taken = dict(entry.split("=", 1) for entry in done if "=" in entry)
    for number, step in enumerate(steps):
        if str(number) in taken:
            continue
        try:
            taken[str(number)] = step()
        except ChannelError as error:
            error.recipients_done = tuple(f"{key}={value}" for key, value in taken.items())
            raise
    return Receipt(" ".join(taken[key] for key in sorted(taken, key=int) if taken[key]))


def parts(text: str, limit: int, *, in_bytes: bool = False) -> list[str]:
    """A long text in parts of at most `limit` characters (or bytes), cut at the ends of paragraphs, lines or words."""
    text, found = text.strip(), []
    while (most := _fitting(text, limit, in_bytes)) < len(text):
        head = text[: most + 1]
        cut = next((end for mark in ("\n\n", "\n", " ") if (end := head.rfind(mark)) > most // 2), most)
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in (*found, text) if part]


def _fitting(text: str, limit: int, in_bytes: bool) -> int:
    """How many of the first characters fit."""
    return len(text.encode()[:limit].decode(errors="ignore")) if in_bytes else min(len(text), limit)
