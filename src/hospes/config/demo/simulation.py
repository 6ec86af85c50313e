"""`hospes simulate`: customers who write, and who answer what agents write to them, through the real mail door."""

import email.policy
import random
import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from hospes.config.demo import mails, people, sink, staffing, writing
from hospes.config.demo.company import BILLING, SUPPORT
from hospes.config.demo.mails import Letter
from hospes.config.demo.names import Names
from hospes.config.demo.people import COUNTRIES, Person
from hospes.config.demo.situations import SITUATIONS, SPAM
from hospes.core import clock
from hospes.customers.models import ContactPoint

NEWCOMERS: Final = 0.15
THINKS_SECONDS: Final = (8.0, 45.0)  # how long a customer takes to answer
QUESTION_MARKS: Final = "?؟՞"
SPAMMERS: Final = frozenset(address for _name, address in people.SPAMMERS)
Say = Callable[[str], None]


class Door:
    """The mail door, opened again whenever it was shut."""

    def __init__(self, host: str, port: int, say: Say) -> None:
        self.host, self.port, self.say = host, port, say
        self._open: smtplib.SMTP | None = None

    def hand_in(self, raw: bytes, *, sender: str, to: str) -> bool:
        """Hand a mail in; waits for a door that is shut, and returns False for a mail that is refused for good."""
        pause = 1.0
        while True:
            try:
                if self._open is None:
                    self._open = smtplib.SMTP(self.host, self.port, timeout=30)
                self._open.sendmail(sender, [to], raw)
                return True
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as refusal:
                self.close()
                if all(code >= 500 for code in _codes(refusal)):
                    self.say(f"refused   {to}: {refusal}")
                    return False
                why = str(refusal)
            except (OSError, smtplib.SMTPException) as error:
                self.close()
                why = str(error)
            self.say(f"waiting   smtp://{self.host}:{self.port} does not take mail ({why}); again in {pause:.0f} s")
            time.sleep(pause)
            pause = min(10.0, pause * 1.7)

    def close(self) -> None:
        """Leave."""
        if self._open is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._open.close()
        self._open = None


def _codes(refusal: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> list[int]:
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        return [code for code, _words in refusal.recipients.values()]
    return [refusal.smtp_code]


@dataclass(slots=True)
class Due:
    """A mail of ours that its recipient will have read at `at` (seconds since 1970)."""

    at: float
    letter: Letter
    recipient: str


@dataclass(slots=True)
class Town:
    """The customers, what each of them wrote about last, and the mails that they have yet to read."""

    dice: random.Random
    by_address: dict[str, Person]
    folder: Path
    since: float
    matters: dict[str, writing.Matter] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    due: list[Due] = field(default_factory=list)

    def next_mail(self, moment: float) -> tuple[str, Person, EmailMessage]:
        """(what it is, whose, the mail): an answer to us that is due, else something new."""
        self._look(moment)
        for due in [d for d in self.due if d.at <= moment]:
            self.due.remove(due)
            made = self._react(due)
            if made is not None:
                return made
        return self._something_new()

    def _look(self, moment: float) -> None:
        for path in sink.since(self.folder, self.since, self.seen):
            self.seen.add(path.name)
            with suppress(FileNotFoundError):  # the sink keeps the last ones only
                mail = BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())
                recipient = str(mail[sink.RECIPIENT] or "").casefold()
                letter = mails.read(mail)
                if recipient in self.by_address and letter.message_id:
                    self.due.append(Due(moment + self.dice.uniform(*THINKS_SECONDS), letter, recipient))

    def _react(self, due: Due) -> tuple[str, Person, EmailMessage] | None:
        """What a customer does with a mail of ours: mostly answer an agent, hardly ever a machine."""
        person, now, chance = self.by_address[due.recipient], _now(), self.dice.random()
        matter = self.matters.get(due.recipient) or self._matter(person, "stock", now)
        if chance < 0.03 and not due.letter.automatic:
            mail = mails.bounce(due.letter, recipient=due.recipient, to=due.letter.answer_to, at=now)
            return "bounce", person, mail
        if chance < 0.08:
            return "away", person, mails.away(matter, due.letter, at=now)
        if due.letter.automatic or chance > 0.85:
            return None
        asked = any(sign in due.letter.text for sign in QUESTION_MARKS)
        turn = "told" if asked else self.dice.choices(["thanks", "unhappy"], [3, 1])[0]
        return "answer", person, mails.answer(matter, turn, due.letter, at=now)

    def _something_new(self) -> tuple[str, Person, EmailMessage]:
        dice, now = self.dice, _now()
        spam = dice.random() < 0.03
        if spam:
            person = dice.choice(people.invent_spammers(since=now))
        elif not self.by_address or dice.random() < NEWCOMERS:
            person = people.invent(dice, len(COUNTRIES) + 1, since=now, companies=[])[-1]
            self.by_address.setdefault(person.address.casefold(), person)
        else:
            person = dice.choice(list(self.by_address.values()))
        key = "spam" if spam else dice.choices(list(SITUATIONS), [s.weight for s in SITUATIONS.values()])[0]
        matter = self._matter(person, key, now)
        self.matters[person.address.casefold()] = matter
        billing = not spam and SITUATIONS[key].billing and dice.random() < 0.6
        return "new", person, mails.first(matter, to=BILLING if billing else SUPPORT, at=now)

    def _matter(self, person: Person, key: str, now: datetime) -> writing.Matter:
        situation = SPAM if key == "spam" else SITUATIONS[key]
        return writing.matter_of(self.dice, person, key, situation.kinds, now)


def run(*, rate: float, host: str | None, port: int | None, minutes: float | None, say: Say = print) -> int:
    """Send `rate` mails a minute until Ctrl-C or for so many minutes; returns how many were taken."""
    import os

    door = Door(host or "127.0.0.1", port or int(os.environ.get("HOSPES_SMTP_PORT") or 2525), say)
    town = Town(mails.dice(), known_people(mails.dice()), sink.folder(), time.time())
    say(f"{rate:g} mails a minute to smtp://{door.host}:{door.port}; Ctrl-C stops it.")
    taken, end = 0, time.monotonic() + minutes * 60 if minutes else float("inf")
    due = looked = time.monotonic()
    try:
        while due < end:
            if time.monotonic() >= looked:
                staffing.keep_here()
                looked = time.monotonic() + 60
            time.sleep(max(0.0, due - time.monotonic()))
            what, person, mail = town.next_mail(time.time())
            sender = "" if what == "bounce" else person.address
            to = str(mail["To"])
            if door.hand_in(mail.as_bytes(policy=email.policy.SMTP), sender=sender, to=to):
                taken += 1
                say(f"{time.strftime('%H:%M:%S')}  {what:7}  {person.name.full} <{person.address}>  {mail['Subject']}")
            # As calls at a switchboard come: at random, on average at the rate; after a long wait not all at once.
            due = max(due + town.dice.expovariate(rate / 60), time.monotonic() - 5)
    except KeyboardInterrupt:
        pass
    finally:
        door.close()
    say(f"{taken} mails were taken.")
    return taken


def known_people(dice: random.Random) -> dict[str, Person]:
    """The customers with a mail address, as people who write."""
    by_language = {country.language: country for country in COUNTRIES}
    points = ContactPoint.objects.filter(kind="email").select_related("customer__company")
    found = {}
    for point in points.order_by("-id")[:2000]:
        row = point.customer
        country = by_language.get(row.language)
        if country is None or not row.name or point.value in SPAMMERS:
            continue
        name = Names(row.name.split()[0], row.name, "", "")
        city = str(row.fields.get("city") or country.cities[0])
        habits = max(0.0, dice.gauss(0.25, 0.25))
        person = Person(row, name, point.value, country, habits, city, country.streets[0], works_at=row.company)
        found[point.value.casefold()] = person
    return found


def _now() -> datetime:
    return clock.now().astimezone(UTC) - timedelta(seconds=2)
