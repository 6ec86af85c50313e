"""Viber as the rest sees it (Viber REST Bot API)."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from hospes.channels import calling
from hospes.channels.adapter import (
    Answer,
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
from hospes.channels.viber import api, callbacks, sending
from hospes.tickets.incoming import IncomingAttachment, RemoteFile
from hospes.tickets.ways import MB, Traits

HEADER: Final = "x-viber-content-signature"
WANTED: Final = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
LARGEST: Final = 50 * MB


class ViberAdapter(BaseAdapter):
    """A bot. Whoever has written to it, or was welcomed by it, can be written to until they leave."""

    kind = "viber"
    traits = Traits(
        kind="viber",
        label="Viber",
        icon="message-circle",
        identity="handle",
        starts=True,  # whoever we know there has subscribed to the bot
        characters=sending.TEXT,
        files=10,
        file_bytes=LARGEST,
        buttons=6,
        receipts=True,
    )
    # Viber calls again until it gets a 200.
    replays: Literal["refused", "ignored"] = "ignored"
    writing_returns = True
    fields = (
        SettingField(
            name="token",
            label=_("Authentication token"),
            kind="secret",
            required=True,
            help=_("Viber shows it to the bot's admins, in the bot's settings."),
        ),
        SettingField(
            name="sender_name",
            label=_("Name that customers see"),
            help=_("At most 28 characters. Empty: the name of whoever answers."),
            pattern=r".{0,28}",
        ),
        SettingField(
            name="avatar",
            label=_("Address of a picture"),
            kind="url",
            help=_("Shown beside the name; at most 100 kB, best 720 × 720."),
        ),
        SettingField(
            name="welcome",
            label=_("Welcome"),
            help=_("Said to whoever opens the talk for the first time. Empty: nothing."),
        ),
        SettingField(name="api", label=_("Address of the API"), kind="url", default=api.OFFICIAL),
    )

    def parse(self, raw: Raw) -> Parsed:
        """Understand a callback; never raises."""
        return callbacks.parse(raw.body)

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """The signature over the whole body with the bot's own token (Viber Bot API: Callback validation)."""
        given, token = call.headers.get(HEADER, ""), str(credential.get("token") or "")
        if not given:
            raise Refused("unsigned", status=401)
        known = hmac.new(token.encode(), call.body, hashlib.sha256).hexdigest()
        if not token or not hmac.compare_digest(given.strip().lower().encode(), known.encode()):
            raise Refused("signature")

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """One callback a call. Raises ValueError."""
        return callbacks.pieces_of(callbacks.loaded(call.body))

    def answer_for(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """An empty 200; who opens the talk for the first time is welcomed in the answer, when there is a welcome."""
        told = callbacks.loaded(call.body)
        welcome = str(credential.get("welcome") or "").strip()
        if told["event"] != "conversation_started" or not welcome:
            return Answer()
        said = {
            "sender": {"name": str(credential.get("sender_name") or "Support")[: sending.NAME]},
            "type": "text",
            "text": welcome[: sending.TEXT],
        }
        if isinstance(told.get("context"), str) and told["context"]:
            said["tracking_data"] = told["context"][:200]  # comes back with their first message
        return Answer(json.dumps(said, ensure_ascii=False), "application/json")

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A file by its address, which Viber keeps for an hour or so. Raises ChannelError."""
        if remote.size > LARGEST:
            raise ChannelError("the file is larger than the 50 MB that Viber takes", permanent=True)
        content, kind = calling.fetch_file(remote.ref, max_bytes=LARGEST)
        general = remote.content_type in {"", "application/octet-stream"}
        return IncomingAttachment(
            remote.name, (kind or remote.content_type) if general else remote.content_type, content
        )

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Send in as many messages as it takes. Raises ChannelError."""
        return sending.send(message, credential)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Ask which bot this is, and set its webhook, at which Viber calls us at once. Never raises."""
        found: list[Finding] = []
        try:
            name = str(api.call("get_account_info", credential).get("name") or "")[:100]
            found.append(Finding(True, _now("The bot is “%(name)s”.") % {"name": name}))
            if not webhook_url.startswith("https://"):
                words = _now("Viber calls https addresses with a public certificate only, and this is none.")
                return [*found, Finding(False, words)]
            wish = {"url": webhook_url, "event_types": list(WANTED), "send_name": True, "send_photo": False}
            api.call("set_webhook", credential, wish)
            found.append(Finding(True, _now("Viber has reached us at %(url)s.") % {"url": webhook_url}))
        except ChannelError as error:
            found.append(Finding(False, _now("Viber says: %(words)s") % {"words": error.words}))
        return found
