"""SMS by SMPP 3.4: translates what an SMSC delivers, and our messages into its submit_sm."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.channels.adapter import (
    BaseAdapter,
    ChannelError,
    Finding,
    OutgoingMessage,
    Parsed,
    Raw,
    Receipt,
    SettingField,
)
from hospes.channels.smpp import parse, texts
from hospes.channels.smpp.intake import settings_of
from hospes.channels.smpp.line import Line, Wish
from hospes.channels.smpp.sending import LINES, submit
from hospes.tickets.ways import Traits


class SmppAdapter(BaseAdapter):
    """SMS by an SMSC of one's own."""

    kind = "smpp"
    traits = Traits(
        kind="smpp",
        label=gettext_lazy("SMS (SMPP)"),
        icon="message-square",
        identity="phone",
        starts=True,
        characters=1500,
        counted="sms",
    )
    fields = (
        SettingField(
            name="host", label=gettext_lazy("Address of the SMSC"), required=True, pattern=r"[A-Za-z0-9.:_-]+"
        ),
        SettingField(name="port", label=gettext_lazy("Port"), kind="number", default="2775"),
        SettingField(name="tls", label=gettext_lazy("Encrypted (TLS)"), kind="flag"),
        SettingField(name="system_id", label=gettext_lazy("System id"), required=True, pattern=r"[!-~]{1,15}"),
        SettingField(
            name="password",
            label=gettext_lazy("Password"),
            kind="secret",
            help=gettext_lazy("SMPP takes at most eight characters."),
            pattern=r"[ -~]{0,8}",
        ),
        SettingField(name="system_type", label=gettext_lazy("System type"), pattern=r"[!-~]{0,12}"),
        SettingField(
            name="listen_as",
            label=gettext_lazy("Bind for receiving as"),
            kind="choice",
            choices=(
                ("transceiver", gettext_lazy("Transceiver")),
                ("receiver", gettext_lazy("Receiver")),
            ),
            default="transceiver",
            help=gettext_lazy("We send by a session of its own, as a transmitter. The account needs two sessions."),
        ),
        SettingField(
            name="alphabet",
            label=gettext_lazy("Default alphabet of the SMSC"),
            kind="choice",
            choices=(
                ("gsm", gettext_lazy("GSM, one letter in an octet (usual)")),
                ("packed", gettext_lazy("GSM, eight letters in seven octets")),
                ("latin-1", "Latin-1"),
                ("ascii", "ASCII"),
            ),
            default="gsm",
        ),
        SettingField(
            name="ids",
            label=gettext_lazy("How ids of messages are written"),
            kind="choice",
            choices=(
                ("same", gettext_lazy("The same in answers and in receipts (usual)")),
                ("hex-dec", gettext_lazy("Hexadecimal in answers, decimal in receipts")),
                ("dec-hex", gettext_lazy("Decimal in answers, hexadecimal in receipts")),
            ),
            default="same",
            help=gettext_lazy("Receipts that never reach their message have the other form."),
        ),
        SettingField(
            name="country",
            label=gettext_lazy("Country of numbers without a country code"),
            pattern=r"([A-Z]{2})?",
            help=gettext_lazy("Two letters, such as LV."),
        ),
    )

    def parse(self, raw: Raw) -> Parsed:
        """Stored PDUs understood."""
        return parse.parse(raw)

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Each part in a submit_sm of its own; after a fault, only those that have not gone yet."""
        destination = parse.destination_of(message.recipient)
        source = parse.source_of(message.sender[1])
        about = settings_of(credential)
        key = hashlib.sha256(f"{message.message_id}\0{message.recipient}".encode()).hexdigest()
        if not message.text.strip():
            raise ChannelError("An SMS needs words.", permanent=True)
        parts = texts.outgoing(message.text, alphabet=about["alphabet"], key=key)
        done = dict(entry.partition("=")[::2] for entry in message.done_recipients)
        try:
            with LINES.line(Wish.of(credential)) as line:
                for number, part in enumerate(parts):
                    if str(number) not in done:
                        sent = submit(line, part, source=source, destination=destination)
                        done[str(number)] = parse.sent_id(sent, about["ids"]) or "-"
        except ChannelError as error:
            error.recipients_done = tuple(f"{number}={sent}" for number, sent in done.items())
            raise
        ids = (sent for _number, sent in sorted(done.items(), key=lambda item: int(item[0])))
        return Receipt(" ".join(sent for sent in ids if sent != "-"))

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Bind once, as we do for sending."""
        try:
            line = Line.bound(Wish.of(credential), "transmitter")
        except ChannelError as error:
            return [Finding(False, _("The SMSC does not let us in: %(words)s") % {"words": error.words})]
        try:
            line.enquire()
        except ChannelError as error:
            return [Finding(False, _("The SMSC does not answer: %(words)s") % {"words": error.words})]
        finally:
            line.close()
        return [Finding(True, _("The SMSC lets us in and answers."))]
