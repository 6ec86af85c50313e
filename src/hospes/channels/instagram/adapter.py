"""Instagram as a channel: direct messages, comments below our pictures, mentions.

Works with both ways in which Meta gives out access: Facebook login (a token of the page that the account is connected
to; messages are posted to the page) and Instagram login (a token of the account; leave the page ID empty and let the
API's address lead to graph.instagram.com).

For the desk: public comments and the choice between a public and a private answer are as described in
channels/messenger/adapter.py. A mention below somebody else's picture can be answered in public only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext, gettext_lazy

from hospes.channels import meta, meta_messaging, meta_sending
from hospes.channels.adapter import (
    ChannelError,
    Finding,
    OutgoingMessage,
    Parsed,
    Piece,
    Raw,
    Receipt,
    SettingField,
    Talk,
    WebhookCall,
)
from hospes.channels.instagram import comments
from hospes.channels.meta_adapter import MetaPageAdapter
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.ways import MB, Traits

INSTAGRAM: Final = Traits(
    kind="instagram",
    label="Instagram",
    icon="message-circle-heart",
    window=meta_sending.PEOPLE,
    private_window=meta_sending.PEOPLE,
    characters=1000,
    files=10,
    file_bytes=25 * MB,
    file_types=("image/*", "video/*", "audio/*", "application/pdf"),
    buttons=10,
    reactions=True,
    receipts=True,
    seen=True,
    typing=True,
    typing_lasts=meta_sending.TYPING_LASTS,
    edits=True,
    deletes=True,
)
FILE_BYTES: Final = {"image": 8 * MB, "video": 25 * MB, "audio": 25 * MB, "application/pdf": 25 * MB}
SUBSCRIBED: Final = "messages,messaging_postbacks,messaging_seen,message_reactions,messaging_referral,comments,mentions"


class InstagramAdapter(MetaPageAdapter):
    """A professional account."""

    kind = "instagram"
    traits = INSTAGRAM
    account_field = "account_id"
    fields = (
        SettingField(
            name="account_id",
            label=gettext_lazy("Instagram account ID"),
            required=True,
            pattern=r"\d{3,30}",
            help=gettext_lazy("The number of your professional account, not its name."),
        ),
        SettingField(
            name="page_id",
            label=gettext_lazy("Page ID"),
            pattern=r"\d{3,30}",
            help=gettext_lazy("The Facebook page that the account is connected to. Empty with an Instagram login."),
        ),
        *meta.connection_fields(
            gettext_lazy(
                "A token with instagram_manage_messages and instagram_manage_comments, of the page or account."
            )
        ),
    )

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """Each private event, each comment and mention."""
        found: list[Piece] = []
        for entry in meta.entries(call, "instagram"):
            found += [*meta_messaging.pieces(entry), *comments.pieces(entry)]
        return found

    def parse(self, raw: Raw) -> Parsed:
        """A kept piece."""
        part = meta.opened(raw.body)
        if part.get("what") == "change":
            return comments.parse(part)
        return meta_messaging.parse(part.get("event"), self.kind) if part.get("what") == "event" else None

    def complete(self, incoming: IncomingMessage, credential: Mapping[str, Any]) -> IncomingMessage:
        """The writer's name ("User profile"), or what a mention says."""
        if incoming.extra.get("public"):
            return comments.complete(incoming, credential)
        person = incoming.sender.address.partition(":")[2]
        told = meta.graph("GET", f"{meta.node(person)}?fields=name,username", credential, timeout=8.0)
        name = meta.words_at(told, "name") or meta.words_at(told, "username")
        return replace(incoming, sender=replace(incoming.sender, name=name))

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Below the comment, or as a private message."""
        if message.extra.get("public"):
            return comments.answer(message, credential)
        path = _path(credential)
        return meta_sending.send(message, credential, meta_sending.Manner(path, 1000, True, False, False, FILE_BYTES))

    def seen(self, talk: Talk, credential: Mapping[str, Any]) -> None:
        """ "Seen" below their newest message."""
        meta_sending.act("mark_seen", talk, _path(credential), credential)

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """Dots, until they are taken away or the answer comes."""
        meta_sending.act("typing_on" if on else "typing_off", talk, _path(credential), credential)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether the token opens the account; then it is subscribed. The webhook itself is set in the app."""
        account, page = str(credential.get("account_id") or ""), str(credential.get("page_id") or "")
        fields = "messages" if page else SUBSCRIBED
        try:
            told = meta.graph("GET", f"{account}?fields=username", credential)
            path = f"{page or account}/subscribed_apps?{urlencode({'subscribed_fields': fields})}"
            meta.graph("POST", path, credential)
        except ChannelError as error:
            return [Finding(False, error.words)]
        return [Finding(True, gettext("Connected to @%(name)s.") % {"name": meta.words_at(told, "username")})]


def _path(credential: Mapping[str, Any]) -> str:
    return f"{credential.get('page_id') or credential.get('account_id', '')}/messages"
