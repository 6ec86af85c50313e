"""Calls by phone as the rest sees them: what comes in becomes a message on a ticket, an answer is read aloud.

The door of this channel is its own (views.py), because a provider wants to know at once what to do next with a caller.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from hospes.calls import numbers
from hospes.channels.adapter import (
    BaseAdapter,
    ChannelError,
    Finding,
    OutgoingMessage,
    Parsed,
    Piece,
    Raw,
    Receipt,
    Refused,
    SettingField,
    WebhookCall,
)
from hospes.channels.voice import api, signature, twiml, words
from hospes.core.text import shorten
from hospes.tickets.incoming import IncomingAttachment, IncomingMessage, Person, RemoteFile
from hospes.tickets.ways import MB, Traits

LARGEST: Final = 100 * MB
STATUSES: Final = frozenset(
    {"ringing", "in-progress", "queued", "completed", "busy", "failed", "no-answer", "canceled"}
)
REASON: Final = "SipHeader_X-Call-Reason"  # a header that the company's own app or switchboard may send with a call


class VoiceAdapter(BaseAdapter):
    """A number at a Twilio-compatible provider."""

    kind = "voice"
    traits = Traits(
        kind="voice", label=_("Phone"), icon="phone", identity="phone", starts=True, live=True, spoken=True,
        characters=twiml.SPOKEN // 2,
    )  # fmt: skip
    # The same call asked again at once gets the same answer (views.py); an old one is refused there.
    replays: Literal["refused", "ignored"] = "ignored"
    fields = (
        SettingField(
            name="account_sid", label=_("Account SID"), required=True, pattern=r"[A-Za-z0-9-]{2,64}",
            help=_("On the first page of your provider’s console."),
        ),
        SettingField(name="auth_token", label=_("Auth token"), kind="secret", required=True,
                     help=_("The provider signs its calls with it, and we sign in to its API with it.")),
        SettingField(
            name="voices", label=_("Further voices"), kind="lines",
            help=_("Languages in which your provider can speak besides English, Latvian and Turkish, one a line, such "
                   "as fa=fa-IR. For the others, put sound files into the phone settings."),
        ),
        SettingField(name="api_base", label=_("Address of the API"), kind="url", default=api.OFFICIAL,
                     help=_("Change it only for another provider that speaks the same protocol.")),
    )  # fmt: skip

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """The provider's signature over the address and the form."""
        given = call.headers.get(signature.HEADER, "")
        token = str(credential.get("auth_token") or "")
        if not given or not token:
            raise Refused("unsigned", status=403)
        if not signature.good(call.url, call.body, given, token):
            raise Refused("signature")

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """One piece for each call; the first ring of a call has the call's own id. Raises ValueError."""
        form = call.form
        call_id = form.get("CallSid", "") or form.get("ConferenceSid", "")
        if not api.SID.fullmatch(call_id):
            raise ValueError("no CallSid")
        hook = hook_of(call.url)
        mark = form.get("RecordingSid", "") if hook == "recorded" else ""
        external = f"{call_id}:{hook}" if not hook or mark else f"{call_id}:{hook}:{hash_of(call)}"
        kept = {name: value[:2000] for name, value in list(form.items())[:80]}
        return [Piece(external, json.dumps(kept).encode(), {"hook": hook})]

    def parse(self, raw: Raw) -> Parsed:
        """The first ring opens a ticket, a voicemail lands on it; the rest of a call is no message."""
        try:
            form = json.loads(raw.body)
            hook = str(dict(raw.envelope).get("hook") or "")
        except (ValueError, TypeError, RecursionError):
            return None
        if not isinstance(form, dict):
            return None
        form = {str(k): str(v) for k, v in form.items() if isinstance(v, str)}
        if hook == "recorded":
            return _voicemail(form)
        return _ring(form) if not hook else None

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A voicemail's sound."""
        content, kind = api.recording(credential, remote.ref, LARGEST)
        return IncomingAttachment(remote.name, kind or "audio/mpeg", content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """The answer is read aloud by a call to the customer. Raises ChannelError."""
        number = numbers.hidden(message.recipient)
        if not number:
            raise ChannelError("This caller hid their number.", permanent=True)
        tongue = words.Tongue(message.language.partition("-")[0], voices_of(credential))
        text = tongue.line("greeting")
        twiml_text = twiml.spoken(f"{text.text} {message.text}" if not text.url else message.text, tongue)
        sid = api.call(credential, To=number, From=message.sender[1], Twiml=twiml_text)
        return Receipt(sid)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether the account opens, and whether its numbers lead to us."""
        try:
            data = api.ask(credential, "GET", "/IncomingPhoneNumbers.json?PageSize=100")
        except ChannelError as error:
            return [Finding(False, _now("The provider says: %(words)s") % {"words": error.words})]
        found = [Finding(True, _now("The provider accepts the account SID and the auth token."))]
        rows = [row for row in data.get("incoming_phone_numbers") or [] if isinstance(row, dict)]
        ours = [row for row in rows if row.get("voice_url") == webhook_url]
        if ours:
            told = _now("%(number)s leads here.") % {"number": str(ours[0].get("phone_number"))}
            found.append(Finding(True, told))
        else:
            told = _now(
                "No number of this account leads here yet. Put this address into the number’s settings, for calls that "
                "come in and for changes of their status: %(url)s"
            )
            found.append(Finding(False, told % {"url": webhook_url}))
        return found


def voices_of(credential: Mapping[str, Any]) -> dict[str, str]:
    """The languages in which the provider speaks, by ours."""
    kept = credential.get("voices") or ()
    lines = kept.splitlines() if isinstance(kept, str) else [str(line) for line in kept]
    own = dict(line.strip().split("=", 1) for line in lines if "=" in line)
    return {**words.VOICES, **{k.strip()[:8]: v.strip()[:40] for k, v in own.items()}}


def hook_of(url: str) -> str:
    """Which of our addresses was called: the last part of its path, "" for the first ring."""
    parts = url.partition("?")[0].rstrip("/").split("/")
    return parts[-1] if parts and not parts[-1].isdigit() else ""


def hash_of(call: WebhookCall) -> str:
    """Tells two calls to one address apart."""
    return call.headers.get(signature.HEADER, "")[:44]


def _ring(form: Mapping[str, str]) -> Parsed:
    call_id = form.get("CallSid", "")
    if not call_id:
        return None
    number = numbers.hidden(form.get("From", ""))
    status = form.get("CallStatus", "ringing")
    defects = () if status in STATUSES else (f"unknown state of a call: {status[:40]}",)
    said = form.get(REASON, "").strip()
    # No words of any language: by them the caller's language would be guessed. "anonymous" is what networks say.
    subject = f"☎ {numbers.shown(number) if number else 'anonymous'}"
    attested = form.get("StirVerstat", "").startswith("TN-Validation-Passed-A")
    return IncomingMessage(
        message_id=call_id,
        # Without a number each call is a stranger's: two who hide theirs are never one customer.
        sender=Person(number or f"voice:{call_id}", form.get("CallerName", "").strip()[:200]),
        subject=shorten(said, 80) or subject,
        text=said or subject,
        reply=said or subject,
        identity="phone" if number else "handle",
        authenticated=bool(number) and attested,
        thread_key=number or call_id,
        defects=defects,
        extra={"call": call_id},
    )


def _voicemail(form: Mapping[str, str]) -> Parsed:
    call_id, recording = form.get("CallSid", ""), form.get("RecordingSid", "")
    if not call_id or not recording:
        return None
    number = numbers.hidden(form.get("From", ""))
    seconds = int(form["RecordingDuration"]) if form.get("RecordingDuration", "").isdigit() else 0
    said = f"☎ ● {seconds // 60}:{seconds % 60:02d}"  # a voicemail and its length, in nobody's language
    return IncomingMessage(
        message_id=recording,
        sender=Person(number or f"voice:{call_id}", form.get("CallerName", "").strip()[:200]),
        subject=said,
        text=said,
        reply=said,
        identity="phone" if number else "handle",
        thread_key=number or call_id,
        remote_files=(RemoteFile(recording, "voicemail.mp3", "audio/mpeg"),),
        extra={"voicemail": {"call": call_id, "recording": recording, "seconds": seconds}},
    )
