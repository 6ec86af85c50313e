"""WhatsApp as a channel: its traits and settings, its door, its files, the live check.

Several numbers under one app may share one address: what is for another number goes to that number's inbox
(channels/sharing.py), or is counted and left when it is none of ours. What the API says is read in reading.py, what we
say is written in sending.py. After the pages "Cloud API: webhooks", "Media", "Webhook overrides".
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext, gettext_lazy

from hospes.channels import calling, meta
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
    Template,
    WebhookCall,
)
from hospes.channels.meta_adapter import MetaAdapter
from hospes.channels.whatsapp import reading, sending, templates
from hospes.tickets.incoming import IncomingAttachment, RemoteFile
from hospes.tickets.ways import MB, Traits

WHATSAPP: Final = Traits(
    kind="whatsapp",
    label="WhatsApp",
    icon="message-circle-more",
    identity="phone",
    window=timedelta(hours=24),
    templates=True,
    starts=True,
    characters=sending.TEXT,
    files=10,
    file_bytes=100 * MB,
    file_types=tuple(sending.FILE_TYPES),
    buttons=10,
    reactions=True,
    receipts=True,
    seen=True,
    typing=True,
    typing_lasts=sending.TYPING_LASTS,
    edits=True,
    deletes=True,
)


class WhatsAppAdapter(MetaAdapter):
    """The Cloud API."""

    kind = "whatsapp"
    traits = WHATSAPP
    account_field = "phone_number_id"
    fields = (
        SettingField(
            name="phone_number_id",
            label=gettext_lazy("Phone number ID"),
            required=True,
            pattern=r"\d{5,30}",
            help=gettext_lazy("In your app under WhatsApp, API setup. It is not the number itself."),
        ),
        SettingField(
            name="waba_id",
            label=gettext_lazy("WhatsApp Business account ID"),
            pattern=r"\d{5,30}",
            help=gettext_lazy("On the same page. Needed for templates."),
        ),
        *meta.connection_fields(
            gettext_lazy("A token of a system user with the rights whatsapp_business_messaging and _management.")
        ),
    )

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """Each message, status and echo."""
        return reading.split(call)

    def parse(self, raw: Raw) -> Parsed:
        """A kept piece."""
        return reading.parse(raw)

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A file by its media id: the API tells an address that is good for some minutes, and gives it out by token."""
        told = meta.graph("GET", meta.node(remote.ref), credential)
        size = told.get("file_size")
        if isinstance(size, int) and size > calling.LARGEST_FILE:
            raise ChannelError(f"{size} bytes are too many", permanent=True)
        headers = {"Authorization": f"Bearer {credential['access_token']}"}
        content, kind = calling.fetch_file(meta.words_at(told, "url"), headers=headers)
        return IncomingAttachment(remote.name, remote.content_type or kind, content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Text, files, buttons or a template."""
        return sending.send(message, credential)

    def seen(self, talk: Talk, credential: Mapping[str, Any]) -> None:
        """Blue ticks at this message and all before it."""
        sending.mark_read(talk.message_id, credential)

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """The indicator comes with the ticks alone, so not where those are not wanted; nothing takes it away early."""
        if on and credential.get(meta.TELL_READ.name, True):
            sending.mark_read(talk.message_id, credential, typing=True)

    def templates(self, credential: Mapping[str, Any]) -> Sequence[Template]:
        """All templates of the account."""
        return templates.fetch_all(credential)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether the token opens the number; then the number's calls are led to our address."""
        try:
            number = meta.graph(
                "GET", f"{credential.get('phone_number_id', '')}?fields=display_phone_number,verified_name", credential
            )
        except ChannelError as error:
            return [Finding(False, error.words)]
        who = {"name": meta.words_at(number, "verified_name"), "number": meta.words_at(number, "display_phone_number")}
        return [
            Finding(True, gettext("Connected to %(name)s, %(number)s.") % who),
            _lead_here(credential, webhook_url),
        ]


def _lead_here(credential: Mapping[str, Any], webhook_url: str) -> Finding:
    """Have the account's app told of this number at our address ("Webhook overrides")."""
    if not webhook_url.startswith("https://"):
        return Finding(False, gettext("Meta calls only addresses that begin with https://. Set HOSPES_URL to yours."))
    try:
        if credential.get("waba_id"):
            meta.graph("POST", f"{credential['waba_id']}/subscribed_apps", credential)
        override = {"override_callback_uri": webhook_url, "verify_token": str(credential.get("verify_token") or "")}
        path = str(credential.get("phone_number_id", ""))
        meta.graph("POST", path, credential, data={"webhook_configuration": override})
    except ChannelError as error:
        return Finding(False, gettext("The webhook could not be set: %(words)s") % {"words": error.words})
    return Finding(True, gettext("Messages to this number are sent to this inbox."))
