"""X as the rest sees it (X API v2, Account Activity API)."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from hospes.channels import calling
from hospes.channels.adapter import (
    Answer,
    BaseAdapter,
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
from hospes.channels.x import api, reading, sending, settling
from hospes.tickets.incoming import IncomingAttachment, RemoteFile
from hospes.tickets.ways import Traits

HEADER: Final = "x-twitter-webhooks-signature"
# By which secret each signature is made, the newer first (X API: Webhooks, Signature headers).
_SIGNED: Final = ((f"{HEADER}-oauth2", "client_secret"), (HEADER, "consumer_secret"))
# Answering any token would sign, for whoever asks, bodies that verify() takes for X's: JSON objects do not fit this.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_=+/.:-]{1,200}\Z")


class XAdapter(BaseAdapter):
    """An account: private messages, and posts that are directed at it as public talks."""

    kind = "x"
    traits = Traits(
        kind="x",
        label="X",
        icon="at-sign",
        identity="handle",
        characters=sending.PRIVATE,
        files=4,
        file_bytes=100 * sending.MB,
        file_types=tuple(sending.TYPES),
        receipts=True,
        deletes=True,
        private_window=timedelta(days=365),  # X knows no end; whoever takes no messages refuses ours
    )
    # X calls again when it did not hear our answer.
    replays: Literal["refused", "ignored"] = "ignored"
    fields = (
        SettingField(
            name="consumer_key",
            label=_("API key (consumer key)"),
            required=True,
            help=_("From “Keys and tokens” of your app in X's developer console."),
        ),
        SettingField(name="consumer_secret", label=_("API key secret"), kind="secret", required=True),
        SettingField(
            name="access_token",
            label=_("Access token of the account"),
            kind="secret",
            required=True,
            pattern=r"\d{1,25}-[A-Za-z0-9]{10,100}",
            help=_("Made while the app may read, write and access direct messages."),
        ),
        SettingField(name="access_token_secret", label=_("Access token secret"), kind="secret", required=True),
        SettingField(
            name="bearer_token", label=_("Bearer token"), kind="secret", help=_("X wants it for setting the webhook.")
        ),
        SettingField(
            name="client_secret",
            label=_("Client secret (OAuth 2.0)"),
            kind="secret",
            help=_("Only if your app has one: X signs its calls with it then."),
        ),
        SettingField(
            name="mentions",
            label=_("Posts that mention us"),
            kind="choice",
            choices=(("tickets", _("Become tickets")), ("ignored", _("Are left alone"))),
            default="tickets",
        ),
        SettingField(name="api", label=_("Address of the API"), kind="url", default=api.OFFICIAL),
    )

    def parse(self, raw: Raw) -> Parsed:
        """Understand an event; never raises."""
        return reading.parse(raw.body)

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """The signature over the whole body, by the newer of the two secrets that X signed with and we know."""
        made = [(call.headers.get(header), str(credential.get(name) or "")) for header, name in _SIGNED]
        given = [(told, secret) for told, secret in made if told]
        if not given:
            raise Refused("unsigned", status=401)
        told, secret = next(((told, secret) for told, secret in given if secret), ("", ""))
        if not secret or not hmac.compare_digest(told.encode(), _signature(call.body, secret).encode()):
            raise Refused("signature")

    def challenge(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """The challenge-response check by which X makes sure, again and again, that the address is ours."""
        token = call.params.get("crc_token", "")
        secret = str(credential.get("client_secret") or credential.get("consumer_secret") or "")
        if not secret or not _TOKEN.match(token):
            raise Refused("unsigned")
        said = {"response_token": _signature(token.encode(), secret)}
        return Answer(json.dumps(said), "application/json")

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """Each event that we keep. Raises ValueError."""
        return reading.pieces_of(reading.loaded(call.body))

    def belongs(self, piece: Piece, credential: Mapping[str, Any]) -> bool:
        """X tells one address of all accounts of an app; and mentions only where they are wanted."""
        if credential.get("mentions") == "ignored" and f":{reading.POSTS}:" in piece.external_id:
            return False
        return piece.envelope.get("account") in {"", api.account_id(credential)}

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A picture or film; what was sent privately X gives only to whom it was sent. Raises ChannelError."""
        headers = {}
        if api.is_theirs(remote.ref, credential):
            headers["Authorization"] = api.authorization("GET", remote.ref, credential)
        content, kind = calling.fetch_file(remote.ref, headers=headers)
        return IncomingAttachment(remote.name, remote.content_type or kind, content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Answer in public or in private. Raises ChannelError."""
        return sending.send(message, credential)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Ask whose account this is, register the webhook and subscribe the account. Never raises."""
        return settling.check(credential, webhook_url)


def _signature(body: bytes, secret: str) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
