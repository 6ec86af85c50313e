"""The kettle shop on WhatsApp, Facebook and Instagram: talks of today, a comment that anybody can read, templates."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.channels.adapter import Raw
from hospes.channels.meta import dumps
from hospes.channels.models import ReadyTemplate
from hospes.channels.registry import adapters
from hospes.config.demo.company import Company
from hospes.core.actors import SYSTEM
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.models import Inbox, Message

PAGE: Final = "100064811223344"
TEMPLATES: Final = (
    ("on_its_way", "en", "Hello {{1}}, your order {{2}} is on its way. It arrives on {{3}}."),
    ("on_its_way", "lv", "Labdien, {{1}}! Jūsu pasūtījums {{2}} ir ceļā. Tas pienāks {{3}}."),
    ("repair_ready", "en", "Hello {{1}}, your {{2}} is repaired and waits for you at our workshop."),
)


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Through the channels' own parsers and the operations, as it would have happened."""
    admin = actor_of(company.agents["admin@demo.example"], via="desk")
    names = (("whatsapp", "WhatsApp", "+371 2000 0000"), ("messenger", "Facebook", "samovar.and.co"))
    inboxes = {
        kind: tickets.create_inbox(name=name, address=address, kind=kind, actor=admin, now=now - timedelta(days=20))
        for kind, name, address in (*names, ("instagram", "Instagram", "@kettles"))
    }
    ReadyTemplate.objects.bulk_create(
        ReadyTemplate(
            inbox=inboxes["whatsapp"], name=name, language=language, body=body, updated_at=now,
            parts=[{"type": "BODY", "text": body}],
        )
        for name, language, body in TEMPLATES
    )  # fmt: skip
    people = [actor_of(agent, via="desk") for agent in company.agents.values() if agent.role == "agent"]
    agent = dice.choice([actor for actor in people if actor.team_ids is None] or [admin])
    _on_whatsapp(inboxes["whatsapp"], agent, now)
    _in_public(inboxes["messenger"], now)
    _on_instagram(inboxes["instagram"], now)


def _on_whatsapp(inbox: Inbox, agent: Any, now: datetime) -> None:
    """A talk that was answered, and a new question in it."""
    person = {"profile": {"name": "Zeynep Arslan"}, "wa_id": "905321110022"}

    def say(number: int, at: datetime, **content: Any) -> Message:
        message = {"from": "905321110022", "id": f"wamid.demo-{number}", "timestamp": str(int(at.timestamp()))}
        part = {"what": "message", "message": {**message, **content}, "contact": person}
        return _taken(inbox, part, at)

    began = now - timedelta(hours=3)
    words = "Merhaba, bakır çaydanlığım geldi ama kapağı tam oturmuyor. Ne yapabilirim?"
    first = say(1, began, type="text", text={"body": words})
    answered = tickets.reply(
        ticket=first.ticket, actor=agent, now=began + timedelta(minutes=4),
        text="Merhaba Zeynep Hanım! Size hemen yeni bir kapak gönderiyoruz. Adresiniz hâlâ aynı mı?",
    )  # fmt: skip
    # Nobody is there to take it: it has arrived and was read.
    sent = began + timedelta(minutes=4)
    tickets.mark_delivery(message_id=answered.pk, state="sent", actor=SYSTEM, now=sent)
    answered.refresh_from_db()
    read = began + timedelta(minutes=9)
    tickets.note_receipt(message=answered, what="read", at=read, now=read)
    tickets.note_reaction(message=answered, who="+905321110022", emoji="🙏", now=read, actor=SYSTEM)
    place = {"name": "Kadıköy", "address": "Moda Cd. 12, Kadıköy, İstanbul", "latitude": 40.985, "longitude": 29.025}
    say(2, now - timedelta(minutes=12), type="location", location=place)
    say(3, now - timedelta(minutes=11), type="text", text={"body": "Taşındım, yeni adresim bu. Ne zaman gelir?"})


def _in_public(inbox: Inbox, now: datetime) -> None:
    """A comment below a post, for everybody to read."""
    at = now - timedelta(minutes=38)
    value = {
        "item": "comment", "verb": "add", "comment_id": "2200_3300", "post_id": f"{PAGE}_2200",
        "parent_id": f"{PAGE}_2200", "created_time": int(at.timestamp()),
        "from": {"id": "7100", "name": "Mark Ozoliņš"},
        "message": "Lovely kettles, but I ordered mine two weeks ago and nobody answers. Is anybody there?",
        "post": {"permalink_url": "https://www.facebook.com/kettles/posts/2200"},
    }  # fmt: skip
    _taken(inbox, {"what": "feed", "value": value}, at)


def _on_instagram(inbox: Inbox, now: datetime) -> None:
    """An answer to a story."""
    at = now - timedelta(minutes=21)
    message = {
        "mid": "aWdf_demo_1", "text": "Is the green one back in stock?",
        "reply_to": {"story": {"id": "1795", "url": "https://www.instagram.com/stories/kettles/1795/"}},
    }  # fmt: skip
    event = {"sender": {"id": "6370"}, "timestamp": int(at.timestamp() * 1000), "message": message}
    _taken(inbox, {"what": "event", "event": event}, at, name="Narine")


def _taken(inbox: Inbox, part: dict[str, Any], at: datetime, *, name: str = "") -> Message:
    """One piece of a call, parsed and taken in."""
    incoming = adapters()[inbox.kind].parse(Raw(dumps(part), {}, inbox.address))
    assert isinstance(incoming, IncomingMessage)
    if name:  # told by the provider on asking
        incoming = replace(incoming, sender=replace(incoming.sender, name=name))
    return tickets.receive_message(
        incoming=incoming, inbox=inbox, source_id=None, files=[], now=at, channel=inbox.kind
    ).message
