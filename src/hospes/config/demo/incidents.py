"""What went wrong at the kettle shop: the parts of its service, one incident that goes on, one looked back on."""

import random
from datetime import datetime, timedelta
from typing import Final

from hospes.config.demo.company import Company
from hospes.incidents import operations
from hospes.incidents.detection import terms_of
from hospes.incidents.models import Component, TicketSign
from hospes.incidents.queries.rates import vocabulary
from hospes.tickets.models import Message, Ticket

LEARNED_FROM: Final = 800  # the newest tickets teach what is usual, so that an outage is noticed at once

PARTS: Final[tuple[tuple[str, dict[str, str], dict[str, list[str]]], ...]] = (
    (
        "Online shop",
        {"lv": "Interneta veikals", "uz": "Internet doʻkon", "tr": "Çevrim içi mağaza", "fa": "فروشگاه اینترنتی",
         "hy": "Առցանց խանութ"},
        {"en": ["website", "web shop"], "lv": ["mājaslapa", "vietne"], "uz": ["sayt"], "tr": ["site"],
         "fa": ["سایت"], "hy": ["կայք"]},
    ),
    (
        "Payments",
        {"lv": "Maksājumi", "uz": "Toʻlovlar", "tr": "Ödemeler", "fa": "پرداخت‌ها", "hy": "Վճարումներ"},
        {"en": ["payment", "pay", "card declined"], "lv": ["maksājums", "samaksāt"], "uz": ["toʻlov", "toʻlay"],
         "tr": ["ödeme", "ödeyemiyorum"], "fa": ["پرداخت"], "hy": ["վճարում", "վճարել"]},
    ),
    (
        "Deliveries",
        {"lv": "Piegāde", "uz": "Yetkazib berish", "tr": "Teslimat", "fa": "ارسال", "hy": "Առաքում"},
        {"en": ["parcel", "courier", "delivery"], "lv": ["sūtījums", "kurjers", "piegāde"], "uz": ["kuryer"],
         "tr": ["kargo", "kurye"], "fa": ["بسته", "پیک"], "hy": ["ծանրոց", "առաքիչ"]},
    ),
    (
        "Telephone",
        {"lv": "Tālrunis", "uz": "Telefon", "tr": "Telefon", "fa": "تلفن", "hy": "Հեռախոս"},
        {"en": ["phone line", "hotline"]},
    ),
)  # fmt: skip
LATE: Final = {
    "en": "Parcels to Latvia are three to four days late because of the storm. Yours is safe; nothing is lost.",
    "lv": "Vētras dēļ sūtījumi uz Latviju kavējas trīs līdz četras dienas. Jūsu sūtījums ir drošībā.",
}
ARRIVED: Final = {
    "en": "All parcels that were held up have been delivered. We are sorry for the wait.",
    "lv": "Visi aizkavētie sūtījumi ir piegādāti. Atvainojamies par gaidīšanu.",
}
FAILING: Final = {
    "en": "Card payments fail for some of you. No money is taken. We are working on it with our payment provider.",
    "lv": "Dažiem no jums neizdodas maksājumi ar karti. Nauda netiek noņemta. Kopā ar maksājumu partneri to labojam.",
    "uz": "Baʼzi mijozlarda karta bilan toʻlov oʻtmayapti. Pul yechilmaydi. Toʻlov hamkorimiz bilan tuzatyapmiz.",
    "tr": "Bazı kart ödemeleri başarısız oluyor. Para çekilmiyor. Ödeme ortağımızla birlikte düzeltiyoruz.",
    "fa": "پرداخت با کارت برای برخی ناموفق است. پولی برداشت نمی‌شود. همراه با شریک پرداخت در حال رفع آن هستیم.",
    "hy": "Որոշ քարտային վճարումներ չեն անցնում։ Գումար չի գանձվում։ Գործընկերոջ հետ շտկում ենք։",
}


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Parts, two incidents, and what is usual as the newest tickets teach it."""
    actor = company.admin()
    since = now - timedelta(days=80)
    parts = [
        operations.save_component(name=name, names=names, keywords=words, position=place, actor=actor, now=since)
        for place, (name, names, words) in enumerate(PARTS)
    ]
    _learn(now=now)
    _past(company, parts[2], now=now)
    _present(company, parts[1], now=now)


def _tagged(tags: tuple[str, ...], *, before: datetime, since: datetime, most: int, active: bool) -> list[Ticket]:
    found = Ticket.objects.filter(tags__name__in=tags, created_at__lt=before, created_at__gt=since, spam=False)
    return list(found.filter(merged_into=None, active=active).distinct().order_by("-created_at")[:most])


def _past(company: Company, part: Component, *, now: datetime) -> None:
    """Over for three weeks: its tickets are linked afterwards, so that nobody is told anything today."""
    actor, began = company.admin(), now - timedelta(days=24, hours=5)
    title = {"lv": "Sūtījumi uz Latviju kavējas"}
    incident = operations.declare(
        title="Parcels to Latvia are late", titles=title, severity="minor", components=[part.pk], public=True,
        began_at=began, actor=actor, now=began + timedelta(minutes=40),
    )  # fmt: skip
    first, last = began + timedelta(minutes=55), began + timedelta(days=4)
    operations.post_update(incident=incident, texts=LATE, public=True, state="identified", actor=actor, now=first)
    operations.post_update(incident=incident, texts=ARRIVED, public=True, state="resolved", actor=actor, now=last)
    behind = _tagged(("delivery",), before=last, since=began - timedelta(days=6), most=14, active=False)
    operations.link_tickets(incident=incident, tickets=behind, actor=actor, now=last)
    operations.save_review(
        incident=incident,
        texts={
            "summary": "A storm closed the road to Riga for two days; the courier needed two more to catch up.",
            "cause": "All our parcels to Latvia go by one road and one courier.",
            "went_well": "Everybody behind it heard of it within the hour, in their language.",
            "went_badly": "The shop went on promising two days while we knew that it would be five.",
        },
        actions=[
            {
                "what": "Show longer times in the shop while a courier is late",
                "owner": "Ilze",
                "due": "",
                "done": False,
            },
            {"what": "A second courier for Latvia", "owner": "Mina", "due": "", "done": True},
        ],
        actor=actor,
        now=last + timedelta(days=2),
    )


def _present(company: Company, part: Component, *, now: datetime) -> None:
    """Card payments fail since an hour ago; customers have been told once."""
    actor, began = company.admin(), now - timedelta(minutes=70)
    incident = operations.declare(
        title="Card payments fail",
        titles={"lv": "Neizdodas maksājumi ar karti", "uz": "Karta bilan toʻlov oʻtmayapti",
                "tr": "Kart ödemeleri başarısız",
                "fa": "پرداخت با کارت ناموفق است", "hy": "Քարտային վճարումները չեն անցնում"},
        severity="major", components=[part.pk], public=True, began_at=began, actor=actor,
        now=now - timedelta(minutes=52),
    )  # fmt: skip
    behind = _tagged(("payment", "refund"), before=now, since=now - timedelta(days=60), most=9, active=True)
    operations.link_tickets(incident=incident, tickets=behind, actor=actor, now=now - timedelta(minutes=50))
    operations.post_update(
        incident=incident, texts={"en": "The provider confirms: their gateway in Frankfurt is down."}, actor=actor,
        now=now - timedelta(minutes=44),
    )  # fmt: skip
    told = now - timedelta(minutes=40)
    operations.post_update(incident=incident, texts=FAILING, public=True, state="identified", actor=actor, now=told)
    while operations.tell_waiting(now=now):
        pass


def _learn(*, now: datetime) -> None:
    """The newest tickets' signs, as if the watch had seen them come in."""
    newest = list(Ticket.objects.filter(spam=False, merged_into=None).order_by("-created_at")[:LEARNED_FROM])
    said = Message.objects.filter(ticket__in=newest, kind=Message.Kind.INCOMING, auto_kind="").order_by("-id")
    first = dict(said.values_list("ticket_id", "text"))
    words = vocabulary()
    TicketSign.objects.bulk_create(
        (
            TicketSign(
                ticket=ticket,
                who_id=ticket.customer_id,
                at=ticket.created_at,
                terms=terms_of(subject=ticket.subject, text=first[ticket.pk], vocabulary=words),
            )
            for ticket in newest
            if ticket.pk in first
        ),
        ignore_conflicts=True,
    )
    while operations.learn_waiting(now=now):
        pass
