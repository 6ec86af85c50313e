"""Automatic words: the acknowledgement to a customer, and notifications to agents."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff.models import Agent
from hospes.tickets import events
from hospes.tickets.models import Message, Notification, Participant, Ticket
from hospes.tickets.operations.base import locking
from hospes.tickets.operations.due import settle_promise
from hospes.tickets.operations.write import reply
from hospes.tickets.policies import agent_may_see, may_answer_automatically
from hospes.tickets.queries.setup import is_own_address

JUST_NOW = timedelta(minutes=2)
# What an agent hears of in the browser too, unless they chose otherwise.
PRESSING = frozenset({"assigned", "mentioned", "called", "overdue", "escalated", "responsible", "order", "swarm"})


@transaction.atomic
def acknowledge(*, ticket_id: int, message_id: int, now: datetime) -> Message | None:
    """Tell a customer that their message arrived and by when they hear from us, in their language; once a ticket.

    Never to machines, ourselves or spam, and to one sender at most once in two minutes and three times an hour, so
    that loops are cut and a flood is answered once.
    """
    ticket = locking().get(pk=ticket_id)
    first = Message.objects.get(pk=message_id)
    place = Participant.objects.filter(ticket=ticket, kind="requester", removed_at=None).first()
    if place is None or "@" not in place.address or not ticket.inbox.acknowledge or not ticket.active:
        return None
    if Message.objects.filter(ticket=ticket, kind=Message.Kind.REPLY).exists():
        return None
    lately = answered_automatically(place.key, now=now)
    if not may_answer_automatically(
        automatic=first.automatic,
        own_address=is_own_address(place.address),
        spam=ticket.spam,
        answers_lately=len(lately),
        just_answered=any(at > now - JUST_NOW for at in lately),
    ):
        return None
    ticket.promised_at = settle_promise(ticket_id=ticket.pk, now=now)
    language = ticket.language if ticket.language in dict(settings.LANGUAGES) else ticket.inbox.language
    with translation.override(language):
        text = acknowledgement_text(ticket)
        # Translators: subject of the automatic mail that a message arrived
        subject = _("We have received your message")
    message = reply(
        ticket=ticket,
        actor=Actor(kind="system", name=ticket.inbox.name, via="rule"),
        now=now,
        text=text,
        automatic=True,
    )
    message.subject = subject  # the ticket's own was written by the sender
    message.save(update_fields=["subject"])
    return message


def answered_automatically(key: str, *, now: datetime) -> list[datetime]:
    """When this sender was answered automatically in the last hour. Others who would answer the same sender wait
    until we are done, so that they count our answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"automatic answer {key}"])
    places = Participant.objects.filter(key=key, kind=Participant.Kind.REQUESTER).values("ticket_id")
    found = Message.objects.filter(
        ticket__in=places, automatic=True, kind=Message.Kind.REPLY, created_at__gt=now - timedelta(hours=1)
    )
    return list(found.values_list("created_at", flat=True)[:10])


def acknowledgement_text(ticket: Ticket) -> str:
    """The acknowledgement in the active language. It never repeats the sender's own words: an attacker who writes in
    another's name must not be able to send them a text of their choice."""
    lines = [
        greeting(ticket),
        "",
        _("We have received your message. Its number is #%(number)s.") % {"number": ticket.shown_number},
    ]
    if ticket.promised_at:
        zone = timezone.get_default_timezone()
        when = formats.date_format(ticket.promised_at.astimezone(zone), "DATETIME_FORMAT")
        lines += [_("You will hear from us by %(when)s at the latest.") % {"when": f"{when} ({zone})"}]
    lines += ["", _("If you would like to add something, simply answer this e-mail.")]
    lines += ["", ticket.inbox.name]
    return "\n".join(lines)


def greeting(ticket: Ticket) -> str:
    """How an automatic mail begins. Names come from the sender too: what is not plainly a name is left out."""
    name = ticket.customer.name
    plain = (
        name and len(name) <= 40 and not any(c in name for c in "/:@<>[]{}\\.") and not any(c.isdigit() for c in name)
    )
    # Translators: greeting of a mail to a customer
    return _("Hello %(name)s,") % {"name": name} if plain else _("Hello,")


@transaction.atomic
def notify(
    *,
    agent_id: int,
    ticket_id: int,
    kind: str,
    event_id: int,
    by_name: str,
    words: str,
    now: datetime,
    anyway: bool = False,
) -> None:
    """Tell an agent once about one event, if they want to know and may see the ticket; `anyway` for what may be told
    to those who may not see it (a work order that they have to do)."""
    agent = Agent.objects.filter(pk=agent_id, is_active=True).first()
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if agent is None or ticket is None:
        return
    from hospes.staff.queries import actor_of

    seen = agent_may_see(actor_of(agent, via="desk"), team_id=ticket.team_id, assignee_id=ticket.assignee_id)
    if not (seen or anyway):
        return
    if any(wishes(agent, kind).values()):
        notification, made = Notification.objects.get_or_create(
            agent=agent,
            event_id=event_id,
            kind=kind,
            defaults={
                "ticket": ticket,
                "by_name": storable(by_name)[:200],
                "words": storable(words)[:240],
                "created_at": now,
            },
        )
        if made:
            emit(events.Notified(agent_id=agent.pk, notification_id=notification.pk), actor=SYSTEM, now=now)


def wishes(agent: Agent, kind: str) -> dict[str, bool]:
    """How an agent wants to hear of a kind: in the page, in the browser, by mail."""
    usual = {"page": True, "browser": kind in PRESSING, "mail": kind in {"called", "escalated"}}
    kept = agent.notify.get(kind) if isinstance(agent.notify, dict) else None
    return {way: bool(kept.get(way, usual[way])) if isinstance(kept, dict) else usual[way] for way in usual}


def mark_notifications_read(*, actor: Actor, now: datetime, ticket: Ticket | None = None) -> int:
    """All of an agent's notifications, or those of one ticket, are read."""
    found = Notification.objects.filter(agent_id=actor.own_id, read_at=None)
    if ticket is not None:
        found = found.filter(ticket=ticket)
    return found.update(read_at=now)


@transaction.atomic
def take_notices_to_mail(*, now: datetime, limit: int = 50) -> list[Notification]:
    """Unread notifications of agents who want them by mail, marked as mailed; the caller sends, or gives back."""
    wanting = [a.pk for a in Agent.objects.filter(is_active=True).exclude(notify={})]
    found = (
        Notification.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            Q(agent_id__in=wanting) | Q(kind="called", agent__is_active=True),
            mailed_at=None,
            read_at=None,
            created_at__gt=now - timedelta(days=1),
        )
        .select_related("agent", "ticket")
        .order_by("id")[: limit * 4]
    )
    taken = [notice for notice in found if wishes(notice.agent, notice.kind)["mail"]][:limit]
    Notification.objects.filter(pk__in=[notice.pk for notice in taken]).update(mailed_at=now)
    return taken


def give_back_notice(*, notification_id: int) -> None:
    """It could not be mailed: the next round tries again."""
    Notification.objects.filter(pk=notification_id).update(mailed_at=None)
