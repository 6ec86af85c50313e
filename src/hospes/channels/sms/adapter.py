"""SMS and MMS through Twilio's Messaging API: translates its calls in, and our messages into its requests.

Twilio's documentation: Twilio's request to your incoming message webhook URL; Track the message status of outbound
messages; Message resource; IncomingPhoneNumber resource; Advanced Opt-Out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.channels import calling, twilio
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
    SettingField,
    WebhookCall,
)
from hospes.channels.sms import messages
from hospes.channels.sms.sending import parts_of
from hospes.tickets.incoming import IncomingAttachment, RemoteFile
from hospes.tickets.ways import MB, Traits

EMPTY_TWIML: Final = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class SmsAdapter(BaseAdapter):
    """SMS and MMS by Twilio."""

    kind = "sms"
    traits = Traits(
        kind="sms",
        label="SMS",
        icon="message-square",
        identity="phone",
        starts=True,
        characters=1600,
        counted="sms",
        files=10,
        file_bytes=5 * MB,
        file_types=("image/*", "audio/*", "video/*", "application/pdf", "text/vcard", "text/calendar"),
        receipts=False,
    )
    fields = (
        SettingField(
            name="account_sid", label=gettext_lazy("Account SID"), required=True, pattern=r"[A-Za-z0-9-]{10,64}"
        ),
        SettingField(
            name="auth_token",
            label=gettext_lazy("Auth token"),
            kind="secret",
            required=True,
            help=gettext_lazy("It signs what the provider sends us, and lets us send."),
        ),
        SettingField(
            name="messaging_service_sid",
            label=gettext_lazy("Messaging Service SID"),
            pattern=r"(MG[A-Za-z0-9]{8,62})?",
            help=gettext_lazy("Only when a service chooses the number to send from."),
        ),
        SettingField(name="api_base", label=gettext_lazy("Address of the API"), kind="url", default=twilio.OFFICIAL),
    )

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """X-Twilio-Signature, over the address and all parameters."""
        twilio.verify(call, credential)

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """One message, or one piece of news."""
        return messages.pieces_of(dict(twilio.form_of(call)))

    def answer(self, call: WebhookCall) -> Answer:
        """Empty TwiML: nothing is to be answered by the provider itself."""
        return Answer(EMPTY_TWIML, "text/xml")

    def parse(self, raw: Raw) -> Parsed:
        """A stored form understood."""
        return messages.parse(raw)

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """A file of an MMS. Only our provider's own addresses get to see the account's token."""
        base = str(credential.get("api_base") or twilio.OFFICIAL).rstrip("/")
        own = remote.ref.startswith(f"{base}/")
        content, kind = calling.fetch_file(remote.ref, headers=twilio.access(credential) if own else None)
        kind = remote.content_type or kind
        return IncomingAttachment(remote.name, kind, content)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Each part in a request of its own; after a fault, only those that have not gone yet."""
        to = messages.number_of(message.recipient)
        parts = parts_of(message)
        done = dict(entry.partition("=")[::2] for entry in message.done_recipients)
        for number, (text, urls) in enumerate(parts):
            if str(number) in done:
                continue
            try:
                done[str(number)] = self._send_one(to, text, urls, message, credential)
            except ChannelError as error:
                error.recipients_done = tuple(f"{n}={sid}" for n, sid in done.items())
                raise
        return Receipt(" ".join(sid for _number, sid in sorted(done.items(), key=lambda item: int(item[0]))))

    def _send_one(
        self, to: str, text: str, urls: Sequence[str], message: OutgoingMessage, credential: Mapping[str, Any]
    ) -> str:
        service = str(credential.get("messaging_service_sid") or "")
        form: dict[str, str | Sequence[str]] = {"To": to}
        form |= {"MessagingServiceSid": service} if service else {"From": message.sender[1]}
        if text:
            form["Body"] = text
        if urls:
            form["MediaUrl"] = list(urls)
        form["StatusCallback"] = f"{settings.PUBLIC_URL}/channels/sms/{message.inbox_id}/"
        data = twilio.ask("POST", "/Messages.json", credential, form=form)
        sid = str(data.get("sid") or "") if isinstance(data, dict) else ""
        if not sid:
            raise ChannelError("The provider's answer names no message.", permanent=False)
        return sid

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether the account lets us in and where its number leads; sets the number's webhook to our address."""
        try:
            account = twilio.ask("GET", ".json", credential)
        except ChannelError as error:
            return [Finding(False, _("The provider does not let us in: %(words)s") % {"words": error.words})]
        found = [_account(account)]
        if credential.get("messaging_service_sid"):
            words = _("A Messaging Service sends. At the provider, set it to use each number's own webhook.")
            return [*found, Finding(True, words)]
        try:
            return [*found, _webhook_set(credential, webhook_url)]
        except ChannelError as error:
            return [*found, Finding(False, _("The webhook could not be set: %(words)s") % {"words": error.words})]


def _account(account: Any) -> Finding:
    state = str(account.get("status") or "") if isinstance(account, dict) else ""
    if state and state != "active":
        return Finding(False, _("The provider says that the account is %(state)s.") % {"state": state})
    return Finding(True, _("The provider lets us in."))


def _webhook_set(credential: Mapping[str, Any], webhook_url: str) -> Finding:
    """Lead the account's numbers to our address: all that lead nowhere, and those that led to us before."""
    told = twilio.ask("GET", "/IncomingPhoneNumbers.json?PageSize=50", credential)
    numbers = told.get("incoming_phone_numbers") if isinstance(told, dict) else None
    rows = [row for row in numbers or [] if isinstance(row, dict) and row.get("sid")]
    if not rows:
        words = _("The account has no numbers of its own. Set the address at the provider yourself.")
        return Finding(False, words)
    ours = [row for row in rows if row.get("sms_url") == webhook_url]
    if ours:
        names = ", ".join(str(row.get("phone_number")) for row in ours)
        return Finding(True, _("Messages to %(numbers)s come here.") % {"numbers": names})
    free = [row for row in rows if not row.get("sms_url") or "//demo." in str(row.get("sms_url"))]
    if len(free) != 1:
        return Finding(False, _("No number leads here. At the provider, set the webhook of the number to our address."))
    form = {"SmsUrl": webhook_url, "SmsMethod": "POST"}
    twilio.ask("POST", f"/IncomingPhoneNumbers/{free[0]['sid']}.json", credential, form=form)
    return Finding(True, _("Messages to %(numbers)s come here from now on.") % {"numbers": free[0].get("phone_number")})
