"""What is going on at the desk today, through the ordinary operations: so it notifies, wakes and pushes as usual."""

import random
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Final

from hospes.channels import operations as channels
from hospes.channels.models import Delivery
from hospes.config.demo.company import Company
from hospes.config.demo.story import Story
from hospes.core.actors import Actor
from hospes.customers import operations as customers
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import Bounce, IncomingMessage, Person
from hospes.tickets.models import Message

BLOCKED = "offers@cheap-seo-traffic.example"
MENTIONS: Final[tuple[tuple[str, str, str, Set[str]], ...]] = (
    ("james@demo.example", "admin@demo.example", "may I go above my limit here? Six years with us, never a complaint.",
     {"complaint", "refund", "broken"}),
    ("anna@demo.example", "admin@demo.example", "the shop shows two payments. Could you look at the gateway's log?",
     {"payment", "refund"}),
    ("shirin@demo.example", "james@demo.example", "second complaint about this depot today, shall we call them?",
     {"late", "delivered", "complaint"}),
    ("elif@demo.example", "oskars@demo.example", "is there one left on the shelf? The system says 1.",
     {"leak", "wrong", "colour", "stock", "missing", "warranty"}),
    ("james@demo.example", "anna@demo.example", "lovely answer, I have put it into the macros.",
     {"choice", "discount", "gift", "account", "howto"}),
)  # fmt: skip
DRAFTS = (
    ("admin@demo.example", "reply", "<p>Thank you for your patience. I have now read the whole history, and</p>"),
    ("anna@demo.example", "reply", "<p>Labdien!</p><p>Noskaidroju noliktavā, ka</p>"),
    ("elif@demo.example", "note", "<p>Ask the depot about the second parcel</p>"),
    ("james@demo.example", "reply", "<p>Hello again,</p><p>I have good news:</p>"),
)


def enliven(company: Company, stories: Sequence[Story], *, now: datetime, dice: random.Random) -> None:
    """Snoozes, mentions, drafts, merges, links, a failed and a bounced mail, a blocked sender."""
    going_on = [s for s in stories if s.ticket.active and s.ticket.assignee_id]
    done = [s for s in stories if s.ticket.category in {"solved", "closed"} and not s.ticket.spam]
    lead = company.agents["james@demo.example"]
    actor = actor_of(lead, via="desk")
    _merge(done, actor, now)
    _snooze(going_on, actor, now, dice)
    customers.block_sender(pattern=BLOCKED, reason="advertising", actor=actor, now=now - timedelta(days=3))
    talks = dice.sample(going_on, len(going_on))
    _link(talks, done, actor, now)
    _mention(company, talks, now)
    _draft(company, talks, now)
    _hand_to(company, talks, actor, now)
    _hurry(going_on, actor, now)
    _fail(going_on, now)


def _merge(done: Sequence[Story], actor: Actor, now: datetime) -> None:
    """Customers who wrote twice about one thing: the second request was joined to the first."""
    first_of: dict[int, Story] = {}
    merged = 0
    for story in done:
        earlier = first_of.setdefault(story.ticket.customer_id, story)
        close = story.ticket.created_at - earlier.ticket.created_at < timedelta(days=4)
        if earlier is story or not close or merged >= 6:
            continue
        at = max(story.ticket.updated_at, earlier.ticket.updated_at) + timedelta(minutes=25)
        if at < now:
            tickets.merge_tickets(ticket=story.ticket, into=earlier.ticket, actor=actor, now=at)
            del first_of[story.ticket.customer_id]
            merged += 1


def _snooze(going_on: Sequence[Story], actor: Actor, now: datetime, dice: random.Random) -> None:
    for story in going_on:
        if story.ending == "snoozed":
            until = (now + timedelta(days=dice.randint(1, 6))).replace(hour=8, minute=0, second=0, microsecond=0)
            at = story.ticket.updated_at + timedelta(minutes=1)
            tickets.change_ticket(ticket=story.ticket, actor=actor, now=min(at, now), snoozed_until=until)


def _when(story: Story, now: datetime, minutes: float) -> datetime:
    """So many minutes ago, but after what was last said."""
    return min(now, max(now - timedelta(minutes=minutes), story.ticket.updated_at + timedelta(seconds=40)))


def _link(talks: list[Story], done: Sequence[Story], actor: Actor, now: datetime) -> None:
    for earlier in done[-4:]:
        story = _next(talks)
        if story is not None:
            at = _when(story, now, 120)
            tickets.link_tickets(ticket=story.ticket, other=earlier.ticket, actor=actor, now=at)


def _mention(company: Company, talks: list[Story], now: datetime) -> None:
    for number, (writer, asked, words, keys) in enumerate(MENTIONS):
        story = _next(talks, keys)
        if story is None:
            return
        agent = company.agents[asked]
        html = f'<p><span data-mention="{agent.pk}">@{agent.name}</span> {words}</p>'
        actor = actor_of(company.agents[writer], via="desk")
        tickets.add_note(ticket=story.ticket, actor=actor, html=html, now=_when(story, now, 50 - 9 * number))


def _next(talks: list[Story], keys: Set[str] = frozenset()) -> Story | None:
    """A talk that nothing has been done to yet, if possible about one of these situations."""
    if not talks:
        return None
    place = next((at for at, story in enumerate(talks) if story.matter.key in keys), 0)
    return talks.pop(place)


def _draft(company: Company, talks: list[Story], now: datetime) -> None:
    for number, (writer, kind, html) in enumerate(DRAFTS):
        story = _next(talks)
        if story is not None:
            actor = actor_of(company.agents[writer], via="desk")
            at = now - timedelta(minutes=6 + 4 * number)
            tickets.save_draft(ticket=story.ticket, kind=kind, html=html, actor=actor, now=at)


def _hand_to(company: Company, talks: list[Story], actor: Actor, now: datetime) -> None:
    """The lead has just given somebody a ticket, who hears of it."""
    for email in ("admin@demo.example", "anna@demo.example"):
        story = _next(talks)
        if story is not None:
            at = _when(story, now, 4)
            tickets.change_ticket(ticket=story.ticket, actor=actor, now=at, assignee=company.agents[email])


def _hurry(going_on: Sequence[Story], actor: Actor, now: datetime) -> None:
    """What the lead wants to be seen to first: money that is gone and parcels that are lost."""
    waiting = [s for s in going_on if s.ticket.waiting_since]
    for story in sorted(waiting, key=lambda s: s.situation.priority)[-3:]:
        tickets.change_ticket(ticket=story.ticket, actor=actor, now=_when(story, now, 18), priority=4)


def _fail(going_on: Sequence[Story], now: datetime) -> None:
    """One answer came back from the customer's server, another could not even be handed over."""
    answered = [s for s in going_on if any(m.kind == "reply" and m.agent_id for m in s.messages)]
    if len(answered) > 1:
        _bounce(answered[0], _when(answered[0], now, 33))
        _refuse(answered[1], _when(answered[1], now, 21))


def _last_answer(story: Story) -> Message:
    return [m for m in story.messages if m.kind == "reply" and m.agent_id][-1]


def _bounce(story: Story, at: datetime) -> None:
    original = _last_answer(story)
    words = f"550 5.1.1 <{story.person.address}>: Recipient address rejected: User unknown"
    tickets.receive_message(
        incoming=IncomingMessage(
            message_id=f"bounce.{original.pk}@mx.example",
            sender=Person("mailer-daemon@mx.example", "Mail Delivery System"),
            subject="Undelivered Mail Returned to Sender",
            text=f"This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message "
            f"could not be delivered to one or more recipients.\n\n{words}",
            in_reply_to=original.external_id,
            auto_kind="bounce",
            bounce=Bounce(
                (story.person.address,), "5.1.1", words, permanent=True, original_message_id=original.external_id
            ),
        ),
        inbox=story.ticket.inbox,
        source_id=None,
        files=[],
        now=at,
    )


def _refuse(story: Story, at: datetime) -> None:
    message = _last_answer(story)
    delivery = Delivery.objects.create(message=message, attempts=1, first_try_at=at, next_try_at=at)
    channels.fail_delivery(
        delivery_id=delivery.pk, words="554 5.7.1 Message rejected due to local policy", next_try_at=None, now=at
    )
