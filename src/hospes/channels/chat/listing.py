"""Reads of the chat for the desk: every chat and how it goes, invitations, ratings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count

from hospes.channels.chat.queries import door_of
from hospes.channels.models import ChatInvitation, ChatRating, ChatSite, ChatVisitor
from hospes.channels.queries import credential_of
from hospes.core.errors import NotFound
from hospes.tickets.models import Inbox


@dataclass(frozen=True, slots=True)
class Listed:
    """One chat as the settings list it."""

    inbox: Inbox
    open: bool
    here_now: int
    talks: int
    rating: float | None
    origins: tuple[str, ...]


def chats(*, now: datetime) -> list[Listed]:
    """Every chat in use, with how it goes: who is on a page now, talks and ratings of the last week."""
    week = now - timedelta(days=7)
    inboxes = list(Inbox.objects.filter(kind="chat", archived_at=None).select_related("team").order_by("name", "pk"))
    known = {s.pk: s for s in ChatSite.objects.select_related("inbox").filter(pk__in=[i.pk for i in inboxes])}
    here = _counted(ChatVisitor.objects.filter(connected_until__gt=now))
    talks = _counted(ChatVisitor.objects.filter(created_at__gt=week))
    rated = ChatRating.objects.filter(at__gt=week).order_by().values_list("visitor__inbox_id")
    scores = dict(rated.annotate(average=Avg("score")))
    return [
        Listed(
            inbox,
            door_of(known.get(inbox.pk) or ChatSite(inbox=inbox), now=now).open,
            here.get(inbox.pk, 0),
            talks.get(inbox.pk, 0),
            scores.get(inbox.pk),
            tuple(known[inbox.pk].origins) if inbox.pk in known else (),
        )
        for inbox in inboxes
    ]


def _counted(found: Any) -> dict[int, int]:
    return dict(found.order_by().values_list("inbox_id").annotate(count=Count("pk")))


def invitations(inbox: Inbox) -> list[ChatInvitation]:
    """Every invitation of a chat, in order."""
    return list(ChatInvitation.objects.filter(inbox=inbox))


def get_invitation(inbox: Inbox, invitation_id: int) -> ChatInvitation:
    """One invitation of a chat. Raises NotFound."""
    found = ChatInvitation.objects.filter(inbox=inbox, pk=invitation_id).first()
    if found is None:
        raise NotFound
    return found


def has_secret(inbox_id: int) -> bool:
    """Whether a site can sign who its visitors are."""
    return bool(credential_of(inbox_id).get("jwt_secret"))


def rating_of(ticket_id: int) -> ChatRating | None:
    """What a visitor thought of a ticket's talk."""
    return ChatRating.objects.filter(ticket_id=ticket_id).order_by("-at").first()
