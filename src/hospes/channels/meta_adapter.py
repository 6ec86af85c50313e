"""What the adapters of WhatsApp, Messenger and Instagram answer alike: who calls, the challenge, whose a piece is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hospes.channels import calling, meta
from hospes.channels.adapter import Answer, BaseAdapter, Piece, WebhookCall
from hospes.tickets.incoming import IncomingAttachment, RemoteFile


class MetaAdapter(BaseAdapter):
    """A channel behind a Meta app. `account_field` is the setting that holds what a piece's account is compared to."""

    account_field: str

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """Signed with the app secret."""
        meta.verify(call, credential)

    def challenge(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """The verification request."""
        return meta.challenge(call, credential)

    def belongs(self, piece: Piece, credential: Mapping[str, Any]) -> bool:
        """By the account that it came to."""
        told, ours = str(piece.envelope.get("account") or ""), str(credential.get(self.account_field) or "")
        return not told or not ours or told == ours


class MetaPageAdapter(MetaAdapter):
    """Messenger and Instagram: files lie at addresses that are open to whoever knows them, for a while."""

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """From its address."""
        content, kind = calling.fetch_file(remote.ref)
        return IncomingAttachment(remote.name, remote.content_type or kind, content)
