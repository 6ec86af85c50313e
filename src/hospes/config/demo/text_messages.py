"""The kettle shop by text message: long ones in three scripts, one that arrived, one that did not, one that waits."""

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hospes.channels.adapter import Raw
from hospes.channels.registry import adapters
from hospes.channels.sms.errors import words_of
from hospes.config.demo.company import Company
from hospes.core.actors import SYSTEM, Actor
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.models import Inbox, Message

NUMBER: Final = "+371 2900 1122"
SWITCHED_OFF: Final = 30003
LATVIAN: Final = (
    "Labdien! Mana tējkanna “Vara klasika” sāka tecēt pie snīpja jau otrajā nedēļā. Pasūtījuma numurs ir 40817. Vai "
    "varu to atnest uz jūsu veikalu Brīvības ielā, vai arī jāsūta pa pastu? Pilnu aprakstu jau nosūtīju e-pastā 🫖",
    "Labdien! Atvainojiet par sagādātajām raizēm. Atnesiet tējkannu uz veikalu jebkurā dienā no 10 līdz 18, salabosim "
    "to, kamēr gaidāt. Čeks nav vajadzīgs, pietiek ar pasūtījuma numuru 40817.",
)
ENGLISH: Final = (
    "Is my order 40790 coming today? I am home until 4.",
    "Yes, the courier is with you between 2 and 3. He rings before he comes.",
)
PERSIAN: Final = (
    "سلام. برای سماور شمارهٔ ۳ واشر یدکی دارید؟ من در ریگا هستم و می‌توانم فردا بعدازظهر خودم بیایم. اگر موجود است "
    "لطفاً یکی برایم کنار بگذارید."
)


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Through the channel's own parser and the operations, as it would have happened."""
    inbox = tickets.create_inbox(
        name="Text messages", address=NUMBER, kind="sms", actor=company.admin(), now=now - timedelta(days=25)
    )
    agent = actor_of(dice.choice(company.seeing_all("lv")), via="desk")
    began = now - timedelta(hours=5, minutes=dice.randint(0, 50))
    arrived = _answered(_came(inbox, "+37126112233", LATVIAN[0], "lv", began), agent, LATVIAN[1], began)
    tickets.note_receipt(message=arrived, what="delivered", at=arrived.created_at, now=arrived.created_at)
    began = now - timedelta(hours=1, minutes=dice.randint(0, 50))
    agent = actor_of(dice.choice(company.seeing_all("en")), via="desk")
    lost = _answered(_came(inbox, "+447700900345", ENGLISH[0], "en", began), agent, ENGLISH[1], began)
    tickets.mark_delivery(
        message_id=lost.pk, state="failed", words=words_of(SWITCHED_OFF), actor=SYSTEM,
        now=lost.created_at + timedelta(minutes=2),
    )  # fmt: skip
    _came(inbox, "+37126445566", PERSIAN, "fa", now - timedelta(minutes=17))


def _came(inbox: Inbox, number: str, words: str, language: str, at: datetime) -> Message:
    """A message as Twilio posts it."""
    key = f"SM{random.Random(words).getrandbits(128):032x}"  # noqa: S311 - a play
    form = {"MessageSid": key, "From": number, "To": NUMBER.replace(" ", ""), "Body": words, "NumMedia": "0"}
    parsed = adapters()["sms"].parse(Raw(json.dumps(form).encode(), {"as": "message"}, inbox.address))
    assert isinstance(parsed, IncomingMessage)
    incoming = replace(parsed, language=language)
    return tickets.receive_message(
        incoming=incoming, inbox=inbox, source_id=None, files=[], now=at, channel="sms"
    ).message


def _answered(message: Message, agent: Actor, words: str, at: datetime) -> Message:
    """Our answer, which the provider took (nobody is there to take it)."""
    said = at + timedelta(minutes=6)
    reply = tickets.reply(ticket=message.ticket, actor=agent, text=words, now=said)
    tickets.mark_delivery(message_id=reply.pk, state="sent", actor=SYSTEM, now=said)
    reply.refresh_from_db()
    return reply
