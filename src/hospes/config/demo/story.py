"""One ticket of the history: its turns in time, and what each did to the ticket, as operations would have done it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.config.demo import writing
from hospes.config.demo.company import BILLING, SUPPORT, Company
from hospes.config.demo.people import Person
from hospes.config.demo.situations import AGENT_TURNS, CUSTOMER_TURNS, SPAM, Situation
from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.events import Event
from hospes.core.text import shorten
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of
from hospes.tickets import events
from hospes.tickets.models import Message, SideConversation, Status, Ticket
from hospes.tickets.operations.base import set_status

COURIER_DESK: Final = "desk@courier.example"


@dataclass(slots=True)
class Happening:
    """An event before its ids are known: `team` and `assignee` are those after it."""

    at: datetime
    actor: Actor
    event: type[Event]
    ticket: Ticket
    team: int | None
    assignee: int | None
    fields: dict[str, Any] = field(default_factory=dict)
    message: Message | None = None


@dataclass(slots=True)
class Story:
    """A ticket with everything said and done on it, oldest first."""

    ticket: Ticket
    matter: writing.Matter
    situation: Situation
    person: Person
    ending: str = ""
    fresh: bool = False
    tags: tuple[str, ...] = ()
    messages: list[Message] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    photos: list[Message] = field(default_factory=list)
    invoices: list[Message] = field(default_factory=list)
    side: SideConversation | None = None
    newest: Message | None = None


@dataclass(slots=True)
class Teller:
    """Tells stories: keeps what all of them share."""

    company: Company
    statuses: dict[str, Status]
    dice: random.Random
    now: datetime
    actors: dict[int, Actor] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)

    def actor(self, agent: Agent) -> Actor:
        """An agent as actor, made once."""
        if agent.pk not in self.actors:
            self.actors[agent.pk] = actor_of(agent, via="desk")
        return self.actors[agent.pk]

    def number(self) -> str:
        """A ticket number not given before."""
        while (number := ids.ticket_number()) in self.numbers:
            pass
        self.numbers.add(number)
        return number

    def begin(self, person: Person, key: str, situation: Situation, at: datetime) -> Story:
        """A ticket as its first mail makes it, without the mail."""
        matter = writing.matter_of(self.dice, person, key, situation.kinds, at)
        inbox = self.company.inboxes[BILLING if situation.billing and self.dice.random() < 0.6 else SUPPORT]
        spam = situation is SPAM
        ticket = Ticket(
            number=self.number(),
            subject=writing.subject_of(matter),
            status=self.statuses["new"],
            category="new",
            active=not spam,
            team=inbox.team,
            customer=person.row,
            inbox=inbox,
            channel="email",
            language=person.language,
            created_at=at,
            updated_at=at,
            promised_at=at + timedelta(hours=inbox.promise_hours),
            spam=spam,
        )
        return Story(ticket, matter, situation, person)

    def tell(self, story: Story, turns: Sequence[tuple[str, datetime]], agent: Agent, *, ending: str) -> Story:
        """Play the turns; `ending` is the category in which the ticket stands after the last of them."""
        for index, (turn, at) in enumerate(turns):
            if turn in CUSTOMER_TURNS:
                self._customer(story, turn, at, agent)
                if turn == "open":
                    self._sort(story, at, agent)
            elif turn == "ack":
                self._acknowledge(story, at)
            elif turn == "note":
                self._note(story, at, agent)
            elif turn in AGENT_TURNS:
                last = not any(t in AGENT_TURNS for t, _at in turns[index + 1 :])
                self._answer(story, turn, at, agent, ending if last else "waiting")
            elif turn == "away":
                self._away(story, at)
            else:
                self._side(story, turn, at, agent)
        return story

    # The turns

    def _customer(self, story: Story, turn: str, at: datetime, agent: Agent) -> None:
        text = (
            writing.opening(story.matter)
            if turn == "open"
            else writing.customer_turn(story.matter, turn, self.company.signs(agent))
        )
        message = self._incoming(story, text, at, first=turn == "open")
        if story.situation.files == "photo" and (turn == "told" or (turn == "open" and self.dice.random() < 0.4)):
            story.photos.append(message)
        ticket = story.ticket
        actor = Actor(kind="customer", name=story.person.name.full, via="email")
        if turn == "open":
            fields = {"number": ticket.number, "customer": story.person, "channel": "email"}
            self._happen(story, at, actor, events.TicketCreated, fields)
        reopened = ticket.category == "solved"
        if ticket.category in {"solved", "waiting"}:
            set_status(ticket, self.statuses["open"], now=at)
        if ticket.waiting_since is None:
            ticket.waiting_since = at
        fields = {"acknowledge": turn == "open" and not ticket.spam}
        self._happen(story, at, actor, events.MessageReceived, fields, message)
        if reopened:
            self._happen(story, at, actor, events.TicketReopened, {}, message)
        if turn == "thanks":
            self._settle(story, at + timedelta(minutes=self.dice.randint(4, 90)), agent)

    def _incoming(self, story: Story, text: str, at: datetime, *, first: bool) -> Message:
        ticket, person = story.ticket, story.person
        previous = [m for m in story.messages if m.kind in Message.PUBLIC_KINDS]
        quoted = ""
        if not first and previous and previous[-1].kind == "reply" and self.dice.random() < 0.7:
            quoted = "\n".join(f"> {line}" for line in previous[-1].text.splitlines())
        return self._said(
            story,
            Message(
                kind=Message.Kind.INCOMING,
                customer=person.row,
                author_name=person.name.full,
                author_address=person.address,
                subject=ticket.subject if first else f"Re: {ticket.subject} [#{ticket.shown_number}]",
                text=text,
                quoted=quoted,
                signature=writing.phone_signature(story.matter) if self.dice.random() < 0.2 else "",
                to=[{"name": ticket.inbox.name, "address": ticket.inbox.address}],
                external_id=f"{self.dice.getrandbits(80):x}@{person.address.rpartition('@')[2]}",
                created_at=at,
            ),
            from_customer=True,
        )

    def _said(self, story: Story, message: Message, *, from_customer: bool | None) -> Message:
        """Hang a message on the ticket and count it; `from_customer` None for what is not counted as newest."""
        ticket = story.ticket
        message.ticket = ticket
        if message.kind in Message.PUBLIC_KINDS:
            chain = [m.external_id for m in story.messages if m.kind in Message.PUBLIC_KINDS][-20:]
            message.references, message.in_reply_to = chain, chain[-1] if chain else ""
        story.messages.append(message)
        ticket.version += 1
        if message.kind != Message.Kind.SIDE_OUT:
            ticket.message_count += 1
        if message.kind == Message.Kind.REPLY and message.automatic:
            return message  # what a machine of ours says is not news
        ticket.updated_at = max(ticket.updated_at, message.created_at)
        if from_customer is not None:
            story.newest = message
            ticket.last_words = shorten(message.text, 240)
            ticket.last_from_customer = from_customer
        return message

    def _answer(self, story: Story, turn: str, at: datetime, agent: Agent, ending: str) -> None:
        ticket = story.ticket
        first = not any(m.kind == "reply" and not m.automatic for m in story.messages)
        text = writing.agent_turn(story.matter, turn, self.company.signs(agent), first=first)
        message = self._outgoing(story, Message.Kind.REPLY, text, at, agent)
        message.to = [{"name": story.person.name.full, "address": story.person.address}]
        self._said(story, message, from_customer=False)
        if turn == "answer" and story.situation.files == "invoice":
            story.invoices.append(message)
        actor = self.actor(agent)
        self._happen(story, at, actor, events.ReplyQueued, {}, message)
        ticket.first_response_at = ticket.first_response_at or at
        ticket.waiting_since = None
        self._move(story, at, actor, self.statuses["on_hold" if turn == "checking" else ending])
        if ticket.assignee_id is None:
            self._give(story, at, actor, agent)
        sent = at + timedelta(seconds=self.dice.randint(11, 19))
        self._happen(story, sent, SENDER, events.DeliveryChanged, {"state": "sent", "words": ""}, message)

    def _outgoing(self, story: Story, kind: str, text: str, at: datetime, agent: Agent | None) -> Message:
        ticket = story.ticket
        return Message(
            kind=kind,
            agent=agent,
            author_name=agent.name if agent else ticket.inbox.name,
            author_address=ticket.inbox.address,
            subject=ticket.subject,
            text=text,
            html=writing.as_html(text),
            external_id=f"{ticket.number.lower()}.{self.dice.getrandbits(140):x}@demo.example",
            created_at=at,
            delivery=Message.Delivery.SENT,
            send_after=at + timedelta(seconds=10),
            sent_at=at + timedelta(seconds=12),
        )

    def _acknowledge(self, story: Story, at: datetime) -> None:
        from django.utils import translation

        from hospes.tickets.operations import acknowledgement_text

        with translation.override(story.ticket.language):
            text = acknowledgement_text(story.ticket)
        message = self._outgoing(story, Message.Kind.REPLY, text, at, None)
        message.html = ""
        message.automatic = True
        message.to = [{"name": story.person.name.full, "address": story.person.address}]
        self._said(story, message, from_customer=False)
        rule = Actor(kind="system", name=story.ticket.inbox.name, via="rule")
        self._happen(story, at, rule, events.ReplyQueued, {"automatic": True}, message)

    def _note(self, story: Story, at: datetime, agent: Agent) -> None:
        text = writing.note(story.matter, agent.language or "en")
        message = Message(
            kind=Message.Kind.NOTE, channel="desk", agent=agent, author_name=agent.name, text=text,
            html=writing.as_html(text), created_at=at,
        )  # fmt: skip
        self._said(story, message, from_customer=None)
        self._happen(story, at, self.actor(agent), events.NoteAdded, {}, message)

    def _away(self, story: Story, at: datetime) -> None:
        """An out-of-office: attached, never reopening."""
        subject, text = writing.out_of_office(story.matter, story.ticket.subject)
        message = self._incoming(story, text, at, first=False)
        message.subject, message.quoted, message.signature = subject, "", ""
        message.auto_kind, message.automatic = "out-of-office", True
        actor = Actor(kind="customer", name=story.person.name.full, via="email")
        self._happen(story, at, actor, events.MessageReceived, {"automatic": True}, message)

    def _side(self, story: Story, turn: str, at: datetime, agent: Agent) -> None:
        ticket, facts = story.ticket, story.matter.facts
        if story.side is None:
            story.side = SideConversation(
                ticket=ticket, subject=f"Parcel {facts['track']}", address=COURIER_DESK, key=COURIER_DESK,
                name=facts["courier"], created_at=at,
            )  # fmt: skip
        if turn == "side_out":
            text = (
                f"Hello,\n\nparcel {facts['track']} to {facts['city']} has not moved for days. "
                f"Please tell us where it is and when it will be delivered.\n\n{agent.name}, Samovar & Co"
            )
            message = self._outgoing(story, Message.Kind.SIDE_OUT, text, at, agent)
            message.to = [{"name": story.side.name, "address": COURIER_DESK}]
            actor = self.actor(agent)
            event: type[Event] = events.ReplyQueued
        else:
            text = (
                f"Good day,\n\nthe parcel {facts['track']} was found at the depot in {facts['city']}. The driver "
                f"takes it along on his next round.\n\nCustomer desk, {facts['courier']}"
            )
            message = Message(
                kind=Message.Kind.SIDE_IN, author_name=facts["courier"], author_address=COURIER_DESK, text=text,
                subject=f"Re: Parcel {facts['track']}", created_at=at,
                external_id=f"{self.dice.getrandbits(80):x}@courier.example",
            )  # fmt: skip
            actor, event = Actor(kind="customer", name=facts["courier"], via="email"), events.MessageReceived
        message.subject = message.subject if turn == "side_in" else story.side.subject
        message.side = story.side
        self._said(story, message, from_customer=None if turn == "side_out" else False)
        self._happen(story, at, actor, event, {}, message)

    # What turns do to the ticket

    def _sort(self, story: Story, at: datetime, agent: Agent) -> None:
        """What a first look does: type, tags, priority; sometimes the lead hands it to somebody."""
        ticket, situation = story.ticket, story.situation
        if ticket.spam:
            return
        at += timedelta(minutes=self.dice.randint(1, 20))
        if at >= self.now - timedelta(minutes=2):
            return
        actor = self.actor(agent)
        ticket.type, story.tags = situation.type, situation.tags
        ticket.priority = min(4, situation.priority + (1 if story.person.row.vip else 0))
        self._change(story, at, actor, "type", "", ticket.type)
        self._change(story, at, actor, "tags", "", ", ".join(sorted(story.tags)))
        if ticket.priority != 2:
            self._change(story, at, actor, "priority", "2", str(ticket.priority))
        if self.dice.random() < 0.4:
            lead = self.company.agents["james@demo.example"]
            self._give(story, at, self.actor(lead), agent)
        home = self.company.home(agent)
        if ticket.team_id != home.pk or (situation.hard and home.tier < 2 and self.dice.random() < 0.3):
            target = home if ticket.team_id != home.pk else self.company.teams["Specialists"]
            before, ticket.team = ticket.team_id, target
            self._change(story, at, actor, "team", str(before or ""), str(target.pk))
        ticket.updated_at = max(ticket.updated_at, at)

    def _give(self, story: Story, at: datetime, actor: Actor, agent: Agent) -> None:
        story.ticket.assignee = agent
        self._change(story, at, actor, "assignee", "", str(agent.pk))

    def _move(self, story: Story, at: datetime, actor: Actor, status: Status) -> None:
        ticket = story.ticket
        before = ticket.status_id
        if before == status.pk:
            return
        set_status(ticket, status, now=at)
        self._change(story, at, actor, "status", str(before), str(status.pk))

    def _settle(self, story: Story, at: datetime, agent: Agent) -> None:
        if at < self.now:
            self._move(story, at, self.actor(agent), self.statuses["solved"])
            story.ticket.updated_at = max(story.ticket.updated_at, at)

    def hold(self, story: Story, at: datetime, agent: Agent, status: Status) -> None:
        """Put a ticket on one of the company's own statuses."""
        self._move(story, at, self.actor(agent), status)
        story.ticket.updated_at = max(story.ticket.updated_at, at)

    def hand_over(self, story: Story, at: datetime, agent: Agent) -> None:
        """Give a ticket to somebody else at the end."""
        before, story.ticket.assignee = story.ticket.assignee_id, agent
        actor = self.actor(self.company.agents["james@demo.example"])
        self._change(story, at, actor, "assignee", str(before or ""), str(agent.pk))
        story.ticket.updated_at = max(story.ticket.updated_at, at)

    def close(self, story: Story, at: datetime) -> None:
        """The nightly rule that closes what has been solved for long."""
        rule = Actor(kind="system", name="Hospes", via="rule")
        self._move(story, at, rule, self.statuses["closed"])
        story.ticket.updated_at = max(story.ticket.updated_at, at)

    def _change(self, story: Story, at: datetime, actor: Actor, name: str, before: str, after: str) -> None:
        story.ticket.version += 1
        fields = {"field": name, "before": before, "after": after}
        self._happen(story, at, actor, events.TicketChanged, fields)

    def _happen(
        self,
        story: Story,
        at: datetime,
        actor: Actor,
        event: type[Event],
        fields: dict[str, Any],
        message: Message | None = None,
    ) -> None:
        ticket = story.ticket
        story.happenings.append(
            Happening(at, actor, event, ticket, ticket.team_id, ticket.assignee_id, fields, message)
        )


SENDER: Final = Actor(kind="system", name="Hospes")
