"""The provider's REST API ("Voice: Calls resource", "Conference participant resource", "Recordings resource")."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from hospes.channels import calling
from hospes.channels.adapter import ChannelError

OFFICIAL: Final = "https://api.twilio.com"
VERSION: Final = "2010-04-01"
SID: Final = re.compile(r"[A-Za-z0-9_-]{2,64}")
UNDER_WAY: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})


def ask(credential: Mapping[str, Any], method: str, path: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One request below the account. Raises ChannelError with the provider's words."""
    said = calling.ask(method, _base(credential) + path, headers=_login(credential), form=form)
    data = said.data if isinstance(said.data, dict) else {}
    words = f"{data.get('message') or ''} ({data['code']})" if data.get("code") else str(data.get("message") or "")
    calling.good(said, words)
    return data


def _base(credential: Mapping[str, Any]) -> str:
    account = str(credential.get("account_sid") or "")
    if not account or not credential.get("auth_token"):
        raise ChannelError("No account is set up for calls yet.", permanent=False, set_up=False)
    return f"{str(credential.get('api_base') or OFFICIAL).rstrip('/')}/{VERSION}/Accounts/{quote(account, safe='')}"


def _login(credential: Mapping[str, Any]) -> dict[str, str]:
    pair = f"{credential.get('account_sid')}:{credential.get('auth_token')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def call(credential: Mapping[str, Any], **form: str) -> str:
    """Make a call; its id."""
    data = ask(credential, "POST", "/Calls.json", form)
    return str(data.get("sid") or "")


def lines_to(credential: Mapping[str, Any], number: str, ours: str) -> list[str]:
    """The ids of lines that we opened to a number and that are not over ("Read multiple Call resources")."""
    data = ask(credential, "GET", f"/Calls.json?{urlencode({'To': number, 'From': ours, 'PageSize': 20})}")
    found = [c for c in data.get("calls") or [] if isinstance(c, dict) and c.get("status") in UNDER_WAY]
    return [str(c.get("sid") or "") for c in found if str(c.get("direction") or "").startswith("outbound")]


def redirect(credential: Mapping[str, Any], call_id: str, url: str) -> None:
    """Let a call that is under way go on at another address."""
    ask(credential, "POST", f"/Calls/{_sid(call_id)}.json", {"Url": url, "Method": "POST"})


def hang_up(credential: Mapping[str, Any], call_id: str) -> None:
    """End one line; one that is over already is fine."""
    try:
        ask(credential, "POST", f"/Calls/{_sid(call_id)}.json", {"Status": "completed"})
    except ChannelError as error:
        if not error.permanent:
            raise


def hold(credential: Mapping[str, Any], conference: str, call_id: str, *, on: bool, music: str) -> None:
    """Let one participant hear music, or the others again."""
    form = {"Hold": "true" if on else "false"} | ({"HoldUrl": music, "HoldMethod": "GET"} if on and music else {})
    ask(credential, "POST", f"/Conferences/{_sid(conference)}/Participants/{_sid(call_id)}.json", form)


def conference_of(credential: Mapping[str, Any], room: str) -> str:
    """The id of a room in which people talk now; "" when there is none."""
    data = ask(credential, "GET", f"/Conferences.json?FriendlyName={quote(room, safe='')}&Status=in-progress")
    found = data.get("conferences") or []
    return str(found[0].get("sid") or "") if found else ""


def recording(credential: Mapping[str, Any], recording_id: str, max_bytes: int) -> tuple[bytes, str]:
    """(sound, content type) of a recording. Its address is ours to build: what a webhook says is never asked for,
    lest our password go elsewhere."""
    url = f"{_base(credential)}/Recordings/{_sid(recording_id)}.mp3"
    return calling.fetch_file(url, headers=_login(credential), max_bytes=max_bytes)


def _sid(text: str) -> str:
    if not SID.fullmatch(text):
        raise ChannelError("The provider’s id is not one.", permanent=True)
    return text
