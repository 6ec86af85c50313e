"""Simulated customers: their mails are understood, they answer what agents write, and the sink keeps what is sent."""

import email.policy
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from hospes.channels.email.parse import parse
from hospes.config.demo import mails, people, simulation, sink, writing
from hospes.config.demo.people import COUNTRIES
from hospes.config.demo.situations import SITUATIONS

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PEOPLE = people.invent(mails.dice(3), 12, since=NOON, companies=[])
ADDRESS = "support+k7f2m9q.0123456789abcdef@demo.example"


def raw(mail):
    return mail.as_bytes(policy=email.policy.SMTP)


def matter(person, key="leak", seed=1):
    return writing.matter_of(mails.dice(seed), person, key, SITUATIONS[key].kinds, NOON)


def from_agent(text="Could you send me a photo?", **headers):
    """A mail of ours as its recipient gets it."""
    mail = EmailMessage()
    mail["From"] = '"Anna Kalniņa (Samovar & Co)" <support@demo.example>'
    mail["Reply-To"] = ADDRESS
    mail["Subject"] = "Re: My kettle leaks [#K7F-2M9Q]"
    mail["Date"] = "Mon, 04 May 2026 12:00:00 +0000"
    mail["Message-ID"] = "<ours@demo.example>"
    mail["References"] = "<theirs@mail.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return BytesParser(policy=email.policy.default).parsebytes(raw(mail))


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda c: c.language)
def test_a_first_mail_is_understood_in_every_language(country):
    person = next(p for p in PEOPLE if p.language == country.language)
    for seed in range(25):
        understood = parse(raw(mails.first(matter(person, seed=seed), to="support@demo.example", at=NOON)))
        assert understood.sender.address == person.address
        assert understood.sender.name == person.name.full
        assert understood.reply.strip()
        assert not understood.quoted
        assert understood.auto_kind == ""
        assert "-- " not in understood.reply.splitlines()
        assert understood.defects == ()


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda c: c.language)
def test_an_answer_is_told_from_what_it_quotes_and_from_its_signature(country):
    person = next(p for p in PEOPLE if p.language == country.language)
    letter = mails.read(from_agent("Could you send me a photo of the label?\n\nAnna"))
    signed = 0
    for seed in range(25):
        mail = mails.answer(matter(person, seed=seed), "told", letter, at=NOON)
        understood = parse(raw(mail))
        assert "photo of the label?" in understood.quoted
        assert "photo of the label?" not in understood.reply
        assert understood.reply.strip()
        assert understood.in_reply_to == "ours@demo.example"
        assert understood.references == ("theirs@mail.example", "ours@demo.example")
        assert ADDRESS in [to.address for to in understood.to]
        signed += bool(understood.signature)
    assert signed


def test_an_absence_is_automatic_and_a_report_names_what_came_back():
    person = PEOPLE[0]
    letter = mails.read(from_agent())
    away = parse(raw(mails.away(matter(person), letter, at=NOON)))
    assert away.auto_kind in {"auto-reply", "out-of-office"}  # which of them, the subject tells
    assert away.automatic
    report = parse(raw(mails.bounce(letter, recipient=person.address, to="support@demo.example", at=NOON)))
    assert report.bounce is not None
    assert report.bounce.recipients == (person.address,)
    assert report.bounce.original_message_id == "ours@demo.example"


def test_customers_answer_agents_and_leave_machines_alone(tmp_path):
    person = PEOPLE[0]
    town = simulation.Town(mails.dice(5), {person.address: person}, tmp_path, since=0)
    for number in range(20):
        sink.store(tmp_path, raw(from_agent(f"Question {number}?")), [person.address])
        sink.store(tmp_path, raw(from_agent("We have received it.", Auto_Submitted="auto-replied")), [person.address])
        sink.store(tmp_path, raw(from_agent("Not for us.")), ["somebody@else.example"])
    town.next_mail(moment=100.0)
    assert len(town.due) == 40
    made = [town.next_mail(moment=1000.0) for _turn in range(30)]
    answers = [mail for what, _who, mail in made if what == "answer"]
    assert 10 <= len(answers) <= 20
    assert all(mail["To"] == ADDRESS for mail in answers)
    assert all("We have received it" not in str(parse(raw(mail)).quoted) for mail in answers)
    assert not town.due


def test_the_sink_takes_everything_and_keeps_the_last_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(sink, "KEEP", 3)
    door = sink.listening()
    sink.start(door, tmp_path)
    address = sink.address(door).removeprefix("smtp://")
    with smtplib.SMTP(address, timeout=10) as client:
        for number in range(5):
            client.sendmail("support@demo.example", ["a@x.example", "b@x.example"], f"Subject: {number}\r\n\r\nHi")
    kept = [BytesParser(policy=email.policy.default).parsebytes(path.read_bytes()) for path in sink.kept(tmp_path)]
    assert [mail["Subject"] for mail in kept] == ["2", "3", "4"]
    assert kept[0].get_all(sink.RECIPIENT) == ["a@x.example", "b@x.example"]


def test_a_door_that_was_shut_is_opened_again(monkeypatch):
    attempts, said = [], []

    class Shut:
        def __init__(self, *args, **options):
            attempts.append("opened")
            if len(attempts) < 3:
                raise ConnectionRefusedError("shut")

        def sendmail(self, sender, to, content):
            attempts.append("sent")

    monkeypatch.setattr(smtplib, "SMTP", Shut)
    monkeypatch.setattr(simulation.time, "sleep", said.append)
    door = simulation.Door("127.0.0.1", 2525, said.append)
    assert door.hand_in(b"x", sender="a@x.example", to="support@demo.example")
    assert attempts == ["opened", "opened", "opened", "sent"]


def test_a_mail_that_is_refused_for_good_is_let_go(monkeypatch):
    class Refusing:
        def __init__(self, *args, **options):
            pass

        def sendmail(self, sender, to, content):
            raise smtplib.SMTPRecipientsRefused({to[0]: (550, b"no such inbox")})

        def close(self):
            pass

    monkeypatch.setattr(smtplib, "SMTP", Refusing)
    said = []
    assert not simulation.Door("127.0.0.1", 2525, said.append).hand_in(b"x", sender="", to="nobody@demo.example")
    assert "no such inbox" in said[0]
