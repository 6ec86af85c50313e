"""The e-mail channel as the rest sees it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hospes.channels.adapter import BaseAdapter, OutgoingMessage, Raw, Receipt
from hospes.tickets import ways
from hospes.tickets.incoming import IncomingMessage


class EmailAdapter(BaseAdapter):
    """Internet mail: RFC 5322 in, RFC 5321 out."""

    kind = "email"
    traits = ways.EMAIL

    def parse(self, raw: Raw) -> IncomingMessage:
        """Understand a mail; never raises."""
        from hospes.channels.email.parse import parse

        found = parse(raw.body, envelope_to=tuple(raw.envelope.get("rcpt_to") or ()))
        if size := raw.envelope.get("too_large"):  # only its beginning was fetched
            found = replace(found, defects=(*found.defects, f"too large ({size} bytes): only its beginning is here"))
        return found

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Send by the inbox's own server or the relay. Raises ChannelError."""
        from hospes.channels.email.send import send

        return send(message, credential)
