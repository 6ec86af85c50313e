"""The demo's customers: where they live, what they are called, how they write."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from hospes.config.demo.names import NAMES, Names
from hospes.customers.models import Company, ContactPoint, Customer
from hospes.customers.policies import email_key, phone_key, search_text


class Country(NamedTuple):
    """Where the shop ships to. `money` takes an amount in euros times `rate`."""

    language: str
    weight: int
    time_zone: str
    hours: float
    phone: str
    mail: tuple[str, ...]
    money: str
    rate: float
    cities: tuple[str, ...]
    streets: tuple[str, ...]


COUNTRIES: Final = (
    Country("lv", 24, "Europe/Riga", 2, "+37126{:06d}", ("pasts.example", "epasts.example"), "{:.2f} €", 1.0,
            ("Rīga", "Liepāja", "Cēsis", "Daugavpils", "Jelgava", "Kuldīga"),
            ("Brīvības iela 112", "Ganību iela 7", "Raiņa iela 3", "Miera iela 41")),
    Country("en", 22, "Europe/London", 0, "+4477009{:05d}", ("mail.example", "post.example"), "£{:.2f}", 0.85,
            ("Leeds", "Bristol", "London", "Glasgow", "Norwich", "Cardiff"),
            ("14 Mill Lane", "7 Station Road", "Flat 3, 22 King Street", "5 Orchard Close")),
    Country("tr", 18, "Europe/Istanbul", 3, "+90532{:07d}", ("posta.example", "eposta.example"), "{:.0f} TL", 48.0,
            ("İstanbul", "İzmir", "Ankara", "Bursa", "Eskişehir", "Antalya"),
            ("Bağdat Cad. 118/4", "Atatürk Bulvarı 52", "Gül Sok. 9 D:3", "Cumhuriyet Mah. 14. Sok. 6")),
    Country("uz", 14, "Asia/Tashkent", 5, "+99890{:07d}", ("pochta.example", "xat.example"), "{:.0f} soʻm", 13500.0,
            ("Toshkent", "Samarqand", "Buxoro", "Fargʻona", "Andijon", "Nukus"),
            ("Amir Temur koʻchasi 45", "Navoiy koʻchasi 12, 8-xonadon", "Chilonzor 9-mavze, 14-uy", "Mustaqillik 3")),
    Country("fa", 12, "Asia/Tehran", 3.5, "+98912{:07d}", ("nameh.example", "post-ir.example"), "{:.0f} تومان", 62000.0,
            ("تهران", "اصفهان", "شیراز", "تبریز", "رشت", "یزد"),
            ("خیابان ولیعصر، پلاک ۱۲۴", "خیابان چهارباغ، کوچهٔ گلستان، پلاک ۷", "بلوار زند، پلاک ۳۳، واحد ۴",
             "خیابان شریعتی، پلاک ۵۱۸")),
    Country("hy", 10, "Asia/Yerevan", 4, "+37491{:06d}", ("namak.example", "post-am.example"), "{:.0f} դրամ", 440.0,
            ("Երևան", "Գյումրի", "Վանաձոր", "Դիլիջան", "Գորիս", "Էջմիածին"),
            ("Աբովյան փողոց 12, բն. 5", "Մաշտոցի պողոտա 40", "Թումանյան փողոց 8", "Խաչատրյան 21, բն. 14")),
)  # fmt: skip
NOTES: Final = (
    "Prefers a call in the evening.", "Orders for her mother too; two addresses.", "Buys for the office every spring.",
    "Allergic to nickel: check the material first.", "Wrote a lovely review in May.", "Speaks English as well.",
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """A customer and how they write: `sloppy` from 0 (careful) to 1 (thumbs on a small phone)."""

    row: Customer
    name: "Names"
    address: str
    country: Country
    sloppy: float
    city: str
    street: str
    formal: str = ""
    phone: str = ""
    works_at: Company | None = None

    @property
    def language(self) -> str:
        """What they write in."""
        return self.country.language


def invent(dice: random.Random, count: int, *, since: datetime, companies: list[Company]) -> list[Person]:
    """`count` people, none named like another, who became customers in the year before `since`."""
    taken: set[str] = set()
    people: list[Person] = []
    weights = [c.weight for c in COUNTRIES]
    while len(people) < count:
        country = dice.choices(COUNTRIES, weights)[0]
        # The first ones go round the countries, so that a small company has every language too.
        country = COUNTRIES[len(people)] if len(people) < len(COUNTRIES) else country
        name = NAMES[country.language].pick(dice)
        if name.latin in taken and len(taken) < 4 * len(people):
            continue
        taken.add(name.latin)
        people.append(_person(dice, country, name, len(people), since, companies))
    return people


def _person(
    dice: random.Random, country: Country, name: Names, number: int, since: datetime, companies: list[Company]
) -> Person:
    near = [company for company in companies if COMPANIES[company.domain][1] == country.language]
    works_at = dice.choice(near) if near and dice.random() < 0.2 else None
    local = name.latin.lower().replace(" ", dice.choice([".", "_", ""]))
    local += dice.choice(["", "", "", str(dice.randint(1, 99)), str(dice.randint(1962, 2004))])
    domain = works_at.domain if works_at else dice.choice(country.mail)
    address = f"{local}@{domain}"
    if number % 7 == 0 and not works_at:
        address = f"{local}{number}@{domain}"
    phone = country.phone.format(dice.randint(10_000, 99_999)) if dice.random() < 0.5 else ""
    joined = since - timedelta(days=dice.randint(0, 365), minutes=dice.randint(0, 1440))
    city = dice.choice(country.cities)
    row = Customer(
        name=name.full,
        company=works_at,
        language=country.language,
        time_zone=country.time_zone,
        vip=number % 17 == 3,
        notes=dice.choice(NOTES) if dice.random() < 0.12 else "",
        fields={"city": city, "orders": dice.randint(1, 14)},
        search=search_text(name.full, works_at.name if works_at else "", [p for p in (address, phone) if p]),
        created_at=joined,
        updated_at=joined,
    )
    return Person(row, name, address, country, max(0.0, dice.gauss(0.25, 0.25)), city, dice.choice(country.streets),
                  formal=name.formal, phone=phone, works_at=works_at)  # fmt: skip


def invent_spammers(*, since: datetime) -> list[Person]:
    """Those who write to every address that they find."""
    england = next(country for country in COUNTRIES if country.language == "en")
    found = []
    for name, address in SPAMMERS:
        row = Customer(
            name=name,
            language="en",
            time_zone="UTC",
            fields={},
            search=search_text(name, "", [address]),
            created_at=since,
            updated_at=since,
        )
        parts = Names(name, name, name, "")
        found.append(Person(row, parts, address, england, 0.0, "London", england.streets[0]))
    return found


SPAMMERS: Final = (
    ("Ranking Experts", "hello@top-ranking.example"),
    ("Domain Registry Notice", "renewals@domain-notice.example"),
    ("Mr. Bright Loans", "office@bright-loans.example"),
    ("Golden Kettle Factory", "sales7@golden-kettle-export.example"),
    ("Cheap SEO Traffic", "offers@cheap-seo-traffic.example"),
)


def contact_points(people: list[Person]) -> list[ContactPoint]:
    """Addresses and phone numbers of stored people, none given to two."""
    points: dict[tuple[str, str], ContactPoint] = {}
    for person in people:
        for kind, value in (("email", person.address), ("phone", person.phone)):
            key = email_key(value) if kind == "email" else phone_key(value)
            if value:
                points.setdefault(
                    (kind, key),
                    ContactPoint(
                        customer=person.row, kind=kind, value=value, key=key, created_at=person.row.created_at
                    ),
                )
    return list(points.values())


def invent_companies(*, since: datetime) -> list[Company]:
    """Businesses whose people buy tea."""
    founded = since - timedelta(days=200)
    return [Company(name=name, domain=domain, created_at=founded) for domain, (name, _language) in COMPANIES.items()]


COMPANIES: Final = {
    "rats-kafejnica.example": ("Kafejnīca Rāts", "lv"),
    "ziemelu-teja.example": ("SIA Ziemeļu tēja", "lv"),
    "hotel-daugava.example": ("Hotel Daugava", "lv"),
    "latgale-turisms.example": ("Latgales Tūrisma birojs", "lv"),
    "bean-and-leaf.example": ("Bean & Leaf Ltd", "en"),
    "harbour-guesthouse.example": ("Harbour Guesthouse", "en"),
    "northgate.example": ("Northgate Primary School", "en"),
    "cinaralti.example": ("Çınaraltı Çay Bahçesi", "tr"),
    "anadolu-otel.example": ("Anadolu Otel", "tr"),
    "registon-hotel.example": ("Registon Mehmonxonasi", "uz"),
    "ipakyoli.example": ("Ipak Yoʻli Choyxonasi", "uz"),
    "bahar-cafe.example": ("چای‌خانهٔ بهار", "fa"),
    "naqshejahan.example": ("هتل نقش جهان", "fa"),
    "ararat-cafe.example": ("Արարատ սրճարան", "hy"),
    "dilijan-house.example": ("Դիլիջան հյուրատուն", "hy"),
}
