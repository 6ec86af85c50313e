"""Telegram as the rest sees it (Telegram Bot API)."""

import hmac
import json
import mimetypes
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import quote

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
    Talk,
    WebhookCall,
)
from hospes.channels.telegram import api, sending, settling, updates
from hospes.tickets.incoming import IncomingAttachment, RemoteFile
from hospes.tickets.ways import MB, Traits

HEADER: Final = "x-telegram-bot-api-secret-token"
#: What Telegram gives out to bots, and no more.
LARGEST: Final = 20 * MB


class TelegramAdapter(BaseAdapter):
    """A bot, told of news by webhook or asking for them itself (see polling.py)."""

    kind = "telegram"
    traits = Traits(
        kind="telegram",
        label="Telegram",
        icon="send",
        identity="handle",
        starts=True,  # whoever we know there has started the bot
        rich=True,
        characters=4096,
        files=10,
        file_bytes=50 * MB,
        buttons=8,
        reactions=True,
        typing=True,
        typing_lasts=5,
        edits=True,
    )
    # Telegram holds back all further news while we refuse one.
    replays: Literal["refused", "ignored"] = "ignored"
    writing_returns = True
    fields = (
        SettingField(
            name="token",
            label=_("Bot token"),
            kind="secret",
            required=True,
            pattern=r"\d{3,17}:[A-Za-z0-9_-]{20,100}",
            help=_("@BotFather gives it to you when the bot is made, such as 123456:ABC-DEF1234ghIkl."),
        ),
        SettingField(
            name="mode",
            label=_("How news come in"),
            kind="choice",
            choices=(
                ("webhook", _("Telegram calls us: this installation can be reached from the internet by https")),
                ("polling", _("We ask Telegram: also behind a firewall")),
            ),
            default="webhook",
        ),
        SettingField(
            name="secret_token",
            label=_("Secret token"),
            kind="secret",
            generate=True,
            pattern=r"[A-Za-z0-9_-]{16,256}",
            help=_("By this we know that a call is Telegram's. It is made for you and set at Telegram by the check."),
        ),
        SettingField(
            name="api",
            label=_("Address of the Bot API"),
            kind="url",
            default=api.OFFICIAL,
            help=_("Change it only if you run a Bot API server of your own."),
        ),
    )

    def parse(self, raw: Raw) -> Parsed:
        """Understand an update; never raises."""
        return updates.parse(raw.body)

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """The secret token that we gave Telegram with the webhook, compared in constant time."""
        given, known = call.headers.get(HEADER, ""), str(credential.get("secret_token") or "")
        if not given:
            raise Refused("unsigned", status=401)
        if not known or not hmac.compare_digest(given.encode(), known.encode()):
            raise Refused("signature")

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """One update a call. Raises ValueError."""
        return updates.pieces_of(_loaded(call.body))

    def answer(self, call: WebhookCall) -> Answer:
        """An empty 200; a pressed button is confirmed in the same breath, so that it stops turning."""
        update = _loaded(call.body)
        query = update.get("callback_query") if isinstance(update, dict) else None
        if isinstance(query, dict) and query.get("id"):
            said = {"method": "answerCallbackQuery", "callback_query_id": str(query["id"])}
            return Answer(json.dumps(said), "application/json")
        return Answer()

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A file by its id. Raises ChannelError; over 20 MB for good, since Telegram does not give that to bots."""
        if remote.size > LARGEST:
            raise ChannelError("the file is larger than the 20 MB that Telegram gives to bots", permanent=True)
        found = api.call("getFile", credential, {"file_id": remote.ref})
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or ".." in path:
            raise ChannelError("Telegram does not give this file.", permanent=True)
        url = api.address_of(quote(path), credential, folder="file/")
        content, _kind = calling.fetch_file(url, max_bytes=LARGEST + MB)
        kind = remote.content_type or mimetypes.guess_type(path)[0] or "application/octet-stream"
        return IncomingAttachment(remote.name, kind, content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Send in as many messages as it takes. Raises ChannelError."""
        return sending.send(message, credential)

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """For five seconds or until the answer (sendChatAction); bots cannot take it back, nor say what they read."""
        if on:
            chat = int(talk.address.removeprefix(api.PREFIX))
            api.call("sendChatAction", credential, {"chat_id": chat, "action": "typing"}, timeout=5.0)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Ask who the bot is, and set or take away its webhook. Never raises."""
        return settling.check(credential, webhook_url)


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
