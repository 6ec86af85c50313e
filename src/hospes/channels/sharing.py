"""Which inbox a piece of a webhook call is for, where a provider tells one address of several numbers or pages."""

from collections.abc import Sequence
from datetime import datetime

from hospes.channels import queries
from hospes.channels.adapter import Adapter, Piece, Refused, WebhookCall
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes


def whose(
    adapter: Adapter, inbox: Inbox, call: WebhookCall, pieces: Sequence[Piece], now: datetime
) -> list[tuple[int, Piece]]:
    """(inbox id, piece) for each: this inbox, else another of the same channel that would let the call in by its own
    secret as well; 0 for what belongs to none of ours."""
    credential = queries.credential_of(inbox.pk)
    found = [(inbox.pk if adapter.belongs(piece, credential) else 0, piece) for piece in pieces]
    if all(pk for pk, _piece in found):
        return found
    others = []
    for other in active_inboxes(adapter.kind).exclude(pk=inbox.pk):
        settings = queries.credential_of(other.pk)
        try:
            adapter.verify(call, settings, now)
        except Refused:
            continue
        others.append((other.pk, settings))
    return [(pk or next((o for o, s in others if adapter.belongs(piece, s)), 0), piece) for pk, piece in found]
