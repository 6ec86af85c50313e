"""Ninety days of a service desk, written at once.

The demo alone is allowed to pass by the operations: they would send every answer once more, stamp it with today's
time, wake every subscriber 15,000 times, and take minutes. So this module writes the same rows that the operations
would have left, in bulk: copies on the ticket (`set_status` and the counters of tickets.operations.base), search
rows, and events with their times. Events of the past are not `live` and have no deliveries: nobody is to act on them
again. Whatever can go through operations does (living.py). tests/test_demo.py compares the copies with what follows
from the messages.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, models

from hospes.config.demo import pictures, writing
from hospes.config.demo.company import Company
from hospes.config.demo.people import Person
from hospes.config.demo.schedule import Plan, plans
from hospes.config.demo.situations import SITUATIONS, SPAM
from hospes.config.demo.story import Happening, Story, Teller
from hospes.core import files, ids
from hospes.core.events import Event
from hospes.core.models import EventRow
from hospes.customers import events as customer_events
from hospes.staff.models import Agent
from hospes.tickets import queries
from hospes.tickets.events import TicketCreated
from hospes.tickets.models import (
    Attachment,
    Message,
    MessageSearch,
    Participant,
    SideConversation,
    Tag,
    Ticket,
    TicketRead,
)
from hospes.tickets.operations.base import SEARCHED_CHARACTERS
from hospes.tickets.searching import document

Tick = Callable[[str], None]
BATCH: Final = 1000


def write(
    company: Company,
    people: Sequence[Person],
    spammers: Sequence[Person],
    *,
    count: int,
    days: int,
    now: datetime,
    dice: random.Random,
    tick: Tick,
) -> list[Story]:
    """Invent `count` tickets and store them; returns them oldest first. `tick` is told what is being done."""
    statuses = {s.name or s.category: s for s in queries.statuses()}
    teller = Teller(company, statuses, dice, now)
    stories = []
    for plan in plans(people, spammers=spammers, count=count, days=days, now=now, dice=dice):
        stories.append(_tell(teller, plan, now))
        tick("ticket")
    stories.sort(key=lambda s: s.ticket.created_at)
    _store(stories)
    _store_events([*people, *spammers], stories)
    return stories


def _tell(teller: Teller, plan: Plan, now: datetime) -> Story:
    situation = SPAM if plan.key == "spam" else SITUATIONS[plan.key]
    story = teller.begin(plan.person, plan.key, situation, plan.at)
    story.ending, story.fresh = plan.ending, plan.fresh
    agent = _answerer(teller, plan)
    ending = {"theirs": "waiting", "snoozed": "waiting"}.get(plan.ending, plan.ending)
    teller.tell(story, plan.turns, agent, ending=ending)
    last = plan.turns[-1][1]
    if plan.fresh or story.ticket.spam:
        _forget_sorting(story)
    elif plan.ending in {"solved", "closed"}:
        _finish(teller, plan, story, last, now)
    else:
        _leave_open(teller, plan, story, last, now)
    return story


def _answerer(teller: Teller, plan: Plan) -> Agent:
    speakers = teller.company.speakers(plan.person.language)
    rarely = [1 if agent.role == "admin" else 6 for agent in speakers]
    return teller.dice.choices(speakers, rarely)[0]


def _forget_sorting(story: Story) -> None:
    """Nobody has looked at it yet."""
    ticket = story.ticket
    ticket.type, ticket.priority, ticket.assignee, story.tags = "", 2, None, ()
    ticket.team = ticket.inbox.team
    if ticket.spam:
        ticket.waiting_since = None
    ticket.updated_at = story.messages[0].created_at
    story.happenings = [h for h in story.happenings if h.event.name() != "TicketChanged"]
    ticket.version = 1 + len(story.messages)
    for happening in story.happenings:
        happening.team, happening.assignee = ticket.team_id, None


def _finish(teller: Teller, plan: Plan, story: Story, last: datetime, now: datetime) -> None:
    """What ended well: solved, and closed by the nightly rule a fortnight later."""
    agent = story.ticket.assignee or _answerer(teller, plan)
    if story.ticket.assignee is None:
        teller.hand_over(story, last + timedelta(minutes=2), agent)
    if story.ticket.category not in {"solved", "closed"}:
        status = "Replaced under warranty" if plan.key in {"leak", "noise"} else "solved"
        teller.hold(story, min(last + timedelta(minutes=5), now), agent, teller.statuses[status])
    solved = story.ticket.solved_at or last
    if solved < now - timedelta(days=14):
        teller.close(story, (solved + timedelta(days=14)).replace(hour=3, minute=5, second=0, microsecond=0))


def _leave_open(teller: Teller, plan: Plan, story: Story, last: datetime, now: datetime) -> None:
    agent = plan.given_to(teller.company) or story.ticket.assignee or _answerer(teller, plan)
    moment = min(last + timedelta(minutes=3), now)
    if story.ticket.assignee_id != agent.pk:
        teller.hand_over(story, moment, agent)
    if plan.ending == "on_hold":
        own = "Waiting for courier" if story.side or plan.key in {"late", "delivered"} else "Waiting for warehouse"
        teller.hold(story, moment, agent, teller.statuses[own])


# Storing


def _reserve(model: type[models.Model], count: int) -> list[int]:
    """Ids out of the table's own sequence, so that rows can name each other before they are stored."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(row[0] for row in cursor.fetchall())


def _store(stories: Sequence[Story]) -> None:
    for story, pk in zip(stories, _reserve(Ticket, len(stories)), strict=True):
        story.ticket.pk = pk
    sides = [s.side for s in stories if s.side]
    messages = sorted((m for s in stories for m in s.messages), key=lambda m: m.created_at)
    for message, pk in zip(messages, _reserve(Message, len(messages)), strict=True):
        message.pk = pk
        message.ticket_id = message.ticket.pk
    for story in stories:
        story.ticket.last_message_id = story.newest.pk if story.newest else None
    Ticket.objects.bulk_create([s.ticket for s in stories], batch_size=BATCH)
    for side in sides:
        side.ticket_id = side.ticket.pk
    SideConversation.objects.bulk_create(sides)
    for message in messages:
        if message.side is not None:
            message.side_id = message.side.pk
    Message.objects.bulk_create(messages, batch_size=BATCH)
    Participant.objects.bulk_create((_requester(s) for s in stories), batch_size=BATCH)
    MessageSearch.objects.bulk_create((_searched(m) for m in messages), batch_size=BATCH)
    _store_tags(stories)
    _store_files(stories)
    TicketRead.objects.bulk_create(_read(stories))


def _requester(story: Story) -> Participant:
    person = story.person
    return Participant(
        ticket=story.ticket, kind="requester", key=person.address.casefold(), address=person.address,
        name=person.name.full, customer=person.row,
    )  # fmt: skip


def _searched(message: Message) -> MessageSearch:
    """As tickets.operations.base.index_message does it."""
    parts = [message.subject or message.ticket.subject, message.author_name, message.author_address]
    doc = document([*parts, message.text[:SEARCHED_CHARACTERS]])
    return MessageSearch(message=message, ticket_id=message.ticket_id, doc=doc)


def _store_tags(stories: Sequence[Story]) -> None:
    names = sorted({name for s in stories for name in s.tags})
    Tag.objects.bulk_create((Tag(name=name) for name in names), ignore_conflicts=True)
    tags = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = Ticket.tags.through
    through.objects.bulk_create(
        (through(ticket_id=s.ticket.pk, tag_id=tags[name]) for s in stories for name in s.tags), batch_size=BATCH
    )


def _store_files(stories: Sequence[Story]) -> None:
    """Photographs (every third within the words, as mail programs paste them) and invoices."""
    attachments = []
    for story in stories:
        for message in story.photos:
            content = pictures.photo(message.pk % 12)
            made = _attachment(message, f"IMG_{1000 + message.pk % 8000}.png", "image/png", content)
            if message.pk % 3 == 0:
                made.inline, made.content_id = True, f"photo{message.pk}@mail.example"
                picture = f'<p><img data-cid="{made.content_id}" alt="{made.name}"></p>'
                message.html = writing.as_html(message.text) + picture
            attachments.append(made)
        for message in story.invoices:
            facts = story.matter.facts
            content = pictures.invoice(facts["order"], facts["amount"])
            attachments.append(_attachment(message, f"{facts['order']}.pdf", "application/pdf", content))
    Attachment.objects.bulk_create(attachments, batch_size=BATCH)
    inline = [a.message for a in attachments if a.inline and a.message]
    Message.objects.bulk_update(inline, ["html"], batch_size=200)


def _attachment(message: Message, name: str, kind: str, content: bytes) -> Attachment:
    return Attachment(
        message=message, token=ids.token(), name=name, content_type=kind, size=len(content),
        file_key=files.store(content), created_at=message.created_at,
    )  # fmt: skip


def _read(stories: Iterable[Story]) -> list[TicketRead]:
    """Owners have read two thirds of what is theirs and open."""
    return [
        TicketRead(ticket_id=s.ticket.pk, agent_id=s.ticket.assignee_id, message_id=s.ticket.last_message_id)
        for s in stories
        if s.ticket.active and s.ticket.assignee_id and s.ticket.last_message_id and s.ticket.pk % 3
    ]


def _store_events(people: Sequence[Person], stories: Sequence[Story]) -> None:
    rows: list[EventRow] = []
    for person in people:
        event = customer_events.CustomerCreated(customer_id=person.row.pk)
        rows.append(_row(event, person.row.created_at, "customer", None, person.name.full, "email"))
    for story, happening in ((s, h) for s in stories for h in s.happenings):
        actor = happening.actor
        row = _row(_event(happening), happening.at, actor.kind, actor.id, actor.name, actor.via)
        # Somebody may have signed in meanwhile: their list fills when the newest ones arrive.
        row.live = story.fresh and happening.event is TicketCreated
        rows.append(row)
    rows.sort(key=lambda row: row.at)
    EventRow.objects.bulk_create(rows, batch_size=2 * BATCH)


def _event(happening: Happening) -> Event:
    fields = dict(happening.fields)
    if happening.message is not None:
        fields["message_id"] = happening.message.pk
    if "customer" in fields:
        fields["customer_id"] = fields.pop("customer").row.pk
    made: Callable[..., Event] = happening.event
    return made(team_id=happening.team, ticket_id=happening.ticket.pk, assignee_id=happening.assignee, **fields)


def _row(event: Event, at: datetime, kind: str, actor_id: int | None, name: str, via: str) -> EventRow:
    return EventRow(
        name=event.name(),
        at=at,
        actor_kind=kind,
        actor_id=actor_id,
        actor_name=name,
        via=via,
        subject=event.subject,
        subject_id=getattr(event, event.subject_id_field),
        team_id=event.team_id,
        live=False,
        data=event.payload(),
    )
