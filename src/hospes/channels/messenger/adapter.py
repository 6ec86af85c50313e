"""Facebook as a channel: private messages by Messenger, and comments and visitors' posts on the page as public talks.

For the desk: a ticket that began with a public comment has two ways by the same inbox (`tickets.queries.ways_of`): one
with `mode` "public" (the answer stands below the comment, for anybody to read: mark it clearly), one with `mode`
"private" (one message to its writer within seven days; once they write back, the usual private talk). Choose by
`tickets.reply(via=inbox id, private=True or False)`; without `private` it answers as they wrote last. Public messages,
theirs and ours, carry `extra["public"]`, theirs also `extra["permalink"]`.

Private answers after 24 hours go out as a person's (tag HUMAN_AGENT), for which Meta grants the feature "Human Agent".
Names are not in the calls; they are asked for with the first message of somebody whom we do not know (`complete`).
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
from hospes.channels.messenger import comments
from hospes.channels.meta_adapter import MetaPageAdapter
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.ways import MB, Traits

MESSENGER: Final = Traits(
    kind="messenger",
    label="Facebook",
    icon="messages-square",
    window=meta_sending.PEOPLE,
    private_window=meta_sending.PEOPLE,
    characters=2000,
    files=10,
    file_bytes=25 * MB,
    buttons=10,
    reactions=True,
    receipts=True,
    seen=True,
    typing=True,
    typing_lasts=meta_sending.TYPING_LASTS,
    edits=True,
    deletes=True,
)
SUBSCRIBED: Final = (
    "messages,messaging_postbacks,messaging_referrals,message_deliveries,message_reads,message_reactions,"
    "message_echoes,message_edits,feed"
)


class MessengerAdapter(MetaPageAdapter):
    """A Facebook page."""

    kind = "messenger"
    traits = MESSENGER
    account_field = "page_id"
    fields = (
        SettingField(name="page_id", label=gettext_lazy("Page ID"), required=True, pattern=r"\d{3,30}"),
        SettingField(
            name="app_id",
            label=gettext_lazy("App ID"),
            pattern=r"\d{3,30}",
            help=gettext_lazy("With it, the webhook is set for you."),
        ),
        *meta.connection_fields(
            gettext_lazy("The page's, with pages_messaging, pages_manage_metadata and pages_manage_engagement.")
        ),
    )

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """Each private event, each public message."""
        found: list[Piece] = []
        for entry in meta.entries(call, "page"):
            found += [*meta_messaging.pieces(entry), *comments.pieces(entry)]
        return found

    def belongs(self, piece: Piece, credential: Mapping[str, Any]) -> bool:
        """By the page; what our own app sent is there already."""
        app, own = str(piece.envelope.get("app") or ""), str(credential.get("app_id") or "")
        return super().belongs(piece, credential) and not (app and app == own)

    def parse(self, raw: Raw) -> Parsed:
        """A kept piece."""
        part = meta.opened(raw.body)
        if part.get("what") == "feed":
            return comments.parse(part.get("value"))
        return meta_messaging.parse(part.get("event"), self.kind) if part.get("what") == "event" else None

    def complete(self, incoming: IncomingMessage, credential: Mapping[str, Any]) -> IncomingMessage:
        """The writer's name ("User Profile API")."""
        person = incoming.sender.address.partition(":")[2]
        told = meta.graph("GET", f"{meta.node(person)}?fields=name", credential, timeout=8.0)
        return replace(incoming, sender=replace(incoming.sender, name=meta.words_at(told, "name")))

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Below the comment, or as a private message."""
        if message.extra.get("public"):
            return comments.answer(message, credential)
        kinds = {"image": 8 * MB, "video": 25 * MB, "audio": 25 * MB, "file": 25 * MB}
        path = _path(credential)
        return meta_sending.send(message, credential, meta_sending.Manner(path, 2000, False, True, True, kinds))

    def seen(self, talk: Talk, credential: Mapping[str, Any]) -> None:
        """ "Seen" below their newest message."""
        meta_sending.act("mark_seen", talk, _path(credential), credential)

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """Dots, until they are taken away or the answer comes."""
        meta_sending.act("typing_on" if on else "typing_off", talk, _path(credential), credential)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether the token opens the page; then the page is subscribed, and with an app ID the webhook set."""
        page = str(credential.get("page_id") or "")
        try:
            told = meta.graph("GET", f"{page}?fields=name", credential)
            meta.graph("POST", f"{page}/subscribed_apps?{urlencode({'subscribed_fields': SUBSCRIBED})}", credential)
        except ChannelError as error:
            return [Finding(False, error.words)]
        found = [Finding(True, gettext("Connected to the page %(name)s.") % {"name": meta.words_at(told, "name")})]
        if credential.get("app_id"):
            found.append(_lead_here(credential, webhook_url))
        return found


def _path(credential: Mapping[str, Any]) -> str:
    return f"{credential.get('page_id', '')}/messages"


def _lead_here(credential: Mapping[str, Any], webhook_url: str) -> Finding:
    """Set the app's webhook for pages ("Application: subscriptions", with the app's own token)."""
    if not webhook_url.startswith("https://"):
        return Finding(False, gettext("Meta calls only addresses that begin with https://. Set HOSPES_URL to yours."))
    app = {**credential, "access_token": f"{credential['app_id']}|{credential.get('app_secret', '')}"}
    told = {
        "object": "page",
        "callback_url": webhook_url,
        "fields": SUBSCRIBED,
        "verify_token": str(credential.get("verify_token") or ""),
    }
    try:
        meta.graph("POST", f"{credential['app_id']}/subscriptions", app, data=told)
    except ChannelError as error:
        return Finding(False, gettext("The webhook could not be set: %(words)s") % {"words": error.words})
    return Finding(True, gettext("Messages and comments of the page are sent to this inbox."))
