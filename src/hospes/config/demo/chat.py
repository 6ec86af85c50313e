"""The kettle shop's live chat: a chat with an invitation, talks of yesterday with their ratings, one that waits now."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from hospes.channels.chat import reading, saying, sites, visitors
from hospes.channels.inbound import ingest_waiting
from hospes.channels.models import ChatInvitation, ChatSite, ChatVisitor, RawMessage
from hospes.config.demo.company import Company
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message

SHOP: Final = "https://shop.demo.example"
# (name, address, language, page, what they said, what we said, stars, why)
TALKS: Final = (
    (
        "Līga", "liga.berzina@customers.example", "lv", ("/kettles/copper", "Vara tējkannas"),
        "Labdien! Vai vara tējkanna der indukcijas plītij?",
        "Labdien, Līga! Jā, tai ir tērauda pamatne, tāpēc der arī indukcijai.", 5, "Ātri un skaidri, paldies!",
    ),
    (
        "Emre", "emre.kaya@customers.example", "tr", ("/cart", "Sepet"),
        "Merhaba, kargo bugün çıkar mı?",
        "Merhaba Emre! Saat 15'e kadar gelen siparişler aynı gün çıkar.", 4, "",
    ),
    (
        "Shirin", "", "fa", ("/samovars", "سماورها"),
        "سلام، سماور برقی هم دارید؟",
        "سلام شیرین! بله، سه مدل برقی داریم. لینک را برایتان می‌فرستم.", 5, "",
    ),
)  # fmt: skip
WAITING: Final = (
    "Narek", "narek.grigoryan@customers.example", "en", ("/checkout", "Checkout"),
    "Hello! The checkout says that my card is refused, but my bank says all is fine. Can you look?",
)  # fmt: skip
INVITATION: Final = {
    "en": "Not sure which kettle is right for you? Ask us.",
    "uz": "Qaysi choynak sizga mosligini bilmayapsizmi? Bizdan so‘rang.",
    "lv": "Nezināt, kura tējkanna jums derēs? Pajautājiet mums.",
    "fa": "نمی‌دانید کدام کتری برای شما مناسب است؟ از ما بپرسید.",
    "tr": "Hangi çaydanlık size uygun, emin değil misiniz? Bize sorun.",
    "hy": "Չգիտե՞ք, թե որ թեյնիկն է ձեզ հարմար։ Հարցրեք մեզ։",
}


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Through the operations, as it would have happened."""
    admin = actor_of(company.agents["admin@demo.example"], via="desk")
    site = sites.create_chat(
        name="Kettle shop", language="en", team=None, origins=[SHOP], actor=admin, now=now - timedelta(days=30)
    )
    one = sites.save_invitation(
        inbox=site.inbox, name="Cart that waits", texts=INVITATION, pages=["*/cart*", "*/checkout*"],
        after_seconds=40, actor=admin, now=now - timedelta(days=20),
    )  # fmt: skip
    ChatInvitation.objects.filter(pk=one.pk).update(shown=F("shown") + 412, accepted=F("accepted") + 37)
    people = [actor_of(agent, via="desk") for agent in company.agents.values() if agent.role == "agent"]
    people = [actor for actor in people if actor.team_ids is None] or [admin]
    for talk in TALKS:
        at = now - timedelta(hours=dice.randint(3, 30), minutes=dice.randint(0, 59))
        visitor = _said(site, *talk[:5], at=at)
        message = Message.objects.filter(thread_key=visitor.key).select_related("ticket").latest("id")
        agent = dice.choice(people)
        tickets.reply(ticket=message.ticket, actor=agent, text=talk[5], now=at + timedelta(seconds=40))
        reading.rate(visitor=visitor, score=talk[6], text=talk[7], now=at + timedelta(minutes=6))
        reading.end(visitor=visitor, now=at + timedelta(minutes=7))
        tickets.change_ticket(ticket=message.ticket, actor=agent, now=at + timedelta(minutes=8), status="solved")
    _said(site, *WAITING, at=now - timedelta(seconds=50))


def _said(
    site: ChatSite, name: str, email: str, language: str, page: tuple[str, str], words: str, *, at: datetime
) -> ChatVisitor:
    """Somebody comes and says something."""
    fields = {"name": name, "email": email} if email else {"name": name}
    where = visitors.Page(SHOP + page[0], page[1], "https://www.search.example/")
    coming = visitors.Coming(language=language, fields=fields, page=where)
    visitor, _token = visitors.come(site=site, known=None, coming=coming, now=at)
    message_id = str(uuid.UUID(int=random.Random(words).getrandbits(128)))  # noqa: S311 - a play
    saying.say(site=site, visitor=visitor, message_id=message_id, text=words, file_tokens=(), page=where, now=at)
    # The queue is emptied by workers; here it is done at the moment of the play.
    while RawMessage.objects.filter(channel="chat", state=RawMessage.State.NEW).exists():
        if not ingest_waiting(now=at + timedelta(seconds=1)):
            break
    return visitor
