"""Guidance at the kettle shop: the library of answers, how answers fared, three difficult talks, and a refusal of
service that waits for a decision."""

import random
from datetime import datetime, timedelta
from typing import Final

from hospes.config.demo.company import SUPPORT, Company
from hospes.core.actors import SYSTEM, Actor
from hospes.guidance import operations as guidance
from hospes.guidance.operations import uses
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Macro, Message, Ticket

USED: Final = 60
READ: Final = 60
# (address, name, language, subject, words): an offended one, one who does not know what they want.
DIFFICULT: Final = (
    (
        "ilze.ozolina@customers.example", "Ilze Ozoliņa", "lv", "Sarūgtināta par jūsu attieksmi",
        "Labdien! Esmu jūsu kliente jau astoņus gadus un esmu dziļi vīlusies. Jūsu kolēģe telefonā runāja no augšas, "
        "es jutos pazemota, un neviens pat neatvainojās. Samovārs joprojām stāv man mājās nelietots.",
    ),
    (
        "mehmet.aksoy@customers.example", "Mehmet Aksoy", "tr", "Hediye",
        "Merhaba, anneme bir hediye arıyorum ama hiçbir fikrim yok. Belki bir demlik, belki semaver, karar "
        "veremiyorum. Siz olsanız ne alırdınız?",
    ),
)  # fmt: skip


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Through the operations, as it would have happened."""
    admin = actor_of(company.agents["admin@demo.example"], via="desk")
    guidance.take_library(languages=["en", "uz", "lv", "fa", "tr", "hy"], actor=admin, now=now)
    _use_answers(company, now=now, dice=dice)
    for address, name, language, subject, words in DIFFICULT:
        _write(company, address, name, language, subject, words, now=now - timedelta(minutes=dice.randint(8, 50)))
    _refuse(company, now=now)
    newest = Message.objects.filter(kind=Message.Kind.INCOMING, ticket__active=True).order_by("-id")
    for message_id in newest.values_list("pk", flat=True)[:READ]:
        guidance.read_message(message_id=message_id, now=now)


def _use_answers(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Answers that were used on solved tickets of the last weeks, with what came of them."""
    by_language: dict[str, list[int]] = {}
    for pk, language in Macro.objects.filter(channel="").values_list("pk", "language"):
        by_language.setdefault(language, []).append(pk)
    solved = Ticket.objects.filter(solved_at__isnull=False, language__in=by_language).order_by("-solved_at")[:USED]
    agents = [agent.pk for agent in company.agents.values() if agent.role in {"agent", "lead"}]
    for turn, ticket in enumerate(solved):
        at = ticket.solved_at or now
        answers = by_language[ticket.language]
        # A few answers are used again and again, most of them now and then.
        macro_id = answers[min(len(answers) - 1, int(dice.expovariate(0.45)))]
        use = uses.note_use(
            event_id=-1 - turn, macro_id=macro_id, ticket_id=ticket.pk, agent_id=dice.choice(agents),
            at=at - timedelta(hours=dice.uniform(0.2, 40)),
        )  # fmt: skip
        if use is not None:
            uses.note_solved(ticket_id=ticket.pk, at=at)
        if dice.random() < 0.12:
            uses.note_reopened(ticket_id=ticket.pk, at=at + timedelta(hours=5))


def _write(
    company: Company, address: str, name: str, language: str, subject: str, words: str, *, now: datetime
) -> Ticket:
    received = tickets.receive_message(
        incoming=IncomingMessage(
            message_id=f"guidance-{address}",
            sender=Person(address, name),
            subject=subject,
            text=words,
            reply=words,
            language=language,
        ),
        inbox=company.inboxes[SUPPORT],
        source_id=None,
        files=[],
        now=now,
    )
    return received.ticket


def _refuse(company: Company, *, now: datetime) -> None:
    """Somebody went on insulting after a warning; the lead finds the request in the morning."""
    who = ("karl.brandt@customers.example", "Karl Brandt", "en")
    anna = company.agents["anna@demo.example"]
    actor: Actor = actor_of(anna, via="desk")
    began = now - timedelta(hours=3)
    ticket = _write(company, *who, "Where is my money", "You are all idiots. Shut up and send my money!", now=began)
    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=began, assignee=anna, tags=["refund"])
    warning = tickets.reply(
        ticket=ticket,
        actor=actor,
        now=began + timedelta(minutes=25),
        text="Your refund was booked on Monday and shows within five days. Please leave out the insults. If they go "
        "on, I will have to end this conversation.",
    )
    again = "Useless clowns! Thieves and liars, all of you idiots!"
    received = tickets.receive_message(
        incoming=IncomingMessage(
            message_id="guidance-again@customers.example",
            sender=Person(who[0], who[1]),
            subject="Re: Where is my money",
            text=again,
            reply=again,
            language="en",
            in_reply_to=warning.external_id,
            references=(warning.external_id,),
        ),
        inbox=company.inboxes[SUPPORT],
        source_id=None,
        files=[],
        now=began + timedelta(minutes=40),
    )
    guidance.ask_refusal(
        ticket=Ticket.objects.get(pk=ticket.pk),
        reason="insults",
        words="Insulted us again after a clear warning. The refund is on its way in any case.",
        evidence=[received.message.pk],
        warning_id=warning.pk,
        until=now + timedelta(days=90),
        actor=actor,
        now=began + timedelta(minutes=50),
    )
