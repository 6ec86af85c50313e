"""Whole ways of a mail: in, onto its ticket, answered, out, back; loops, floods, bounces, and death at any point."""

from datetime import timedelta
from pathlib import Path

import pytest

from hospes.channels import inbound, outbound
from hospes.channels.email import send
from hospes.channels.email.parse import parse
from hospes.channels.email.receive import accept
from hospes.channels.email.tests.mails import mail
from hospes.channels.email.tests.servers import smtp_sink
from hospes.channels.models import Delivery, RawMessage
from hospes.core import clock
from hospes.customers.models import ContactPoint
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "email" / "tests" / "samples"
LATER = timedelta(days=1)
SENDMAIL = b"""Return-Path: <MAILER-DAEMON>
From: Mail Delivery Subsystem <MAILER-DAEMON@relay.example>
To: <support@demo.example>
Date: Mon, 4 May 2026 12:00:00 GMT
Message-ID: <202605041200.abc@relay.example>
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/relay"

--B/relay

The original message was received at Mon, 4 May 2026 12:00:00 GMT

   ----- The following addresses had permanent fatal errors -----
<anna@customer.example>
    (reason: 550 5.1.1 <anna@customer.example>... User unknown)

--B/relay
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon, 4 May 2026 12:00:00 GMT

Final-Recipient: RFC822; anna@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: SMTP; 550 5.1.1 <anna@customer.example>... User unknown

--B/relay
Content-Type: message/rfc822

From: Demo shop <support@demo.example>
To: anna@customer.example
Subject: Re: Kettle
Message-ID: <k7f2m9q.original@demo.example>

Done.

--B/relay--
"""


def take(body, to="support@demo.example"):
    return accept(body, mail_from="", rcpt_to=[to] if to else [], via="smtp", now=NOON)


def work():
    """All that workers do, until nothing is left."""
    while inbound.ingest_waiting(now=clock.now()):
        pass
    settle()
    while outbound.deliver_waiting(now=clock.now() + timedelta(seconds=30)):
        pass


def answer(ticket, text="Please send a photo."):
    return tickets.reply(ticket=ticket, actor=desk_actor(make_agent()), now=NOON, text=text)


@pytest.fixture
def sink(settings):
    with smtp_sink() as (sink, url):
        settings.MAIL_RELAY_URL = url
        yield sink


def test_the_main_job_a_mail_is_answered_and_the_customers_answer_lands_in_the_same_ticket(sink):
    make_inbox()
    take(mail())
    work()
    ticket = Ticket.objects.get()
    message = answer(ticket)
    work()
    message.refresh_from_db()
    assert message.delivery == "sent"
    sent = parse(sink.mails[-1][2])
    assert sent.reply == "Please send a photo."
    assert "My kettle leaks." in sent.quoted
    assert sent.in_reply_to == "one@customer.example" or "one@customer.example" in sent.references
    [reply_to] = sent.reply_to
    # Another mail program: no References, another subject; the reply address alone tells.
    take(mail("Here it is.", to=reply_to.address, subject="photo", message_id="two@customer.example"), reply_to.address)
    work()
    assert Ticket.objects.count() == 1
    assert Message.objects.filter(ticket=ticket, kind="incoming").count() == 2
    assert RawMessage.objects.filter(state="done").count() == 2


def test_row_13_two_helpdesks_that_answer_each_other_stop_after_two_mails(sink):
    make_inbox()
    make_inbox("desk@other.example")
    take(mail("Hello", sender="desk@other.example", message_id="hello@other.example"))
    work()
    for _ in range(5):  # carry what was sent to the other side, as the mail servers would
        carried, sink.mails[:] = list(sink.mails), []
        for _sender, recipients, raw in carried:
            take(raw, recipients[0])
        work()
    automatic = Message.objects.filter(kind="reply", automatic=True)
    assert automatic.count() <= 2


def test_row_13_a_foreign_helpdesks_acknowledgement_is_not_answered(sink):
    make_inbox()
    take(mail("Ticket opened", sender="noreply@other.example", Auto_Submitted="auto-replied"))
    work()
    assert sink.mails == []
    assert Ticket.objects.count() == 1


def test_row_14_a_flood_of_one_sender_is_all_kept_and_answered_at_most_thrice(sink):
    make_inbox()
    for n in range(120):
        take(mail(f"Bomb {n}", subject=f"CLICK http://evil.example {n}", message_id=f"{n}@customer.example"))
    work()
    assert Message.objects.filter(kind="incoming").count() == 120
    assert 1 <= len(sink.mails) <= 3
    for _sender, _to, raw in sink.mails:
        assert b"evil" not in raw
        assert b"Bomb" not in raw


def test_row_8_a_mail_in_an_agents_name_is_never_a_public_reply(sink):
    make_inbox()
    take(mail())
    work()
    ticket = Ticket.objects.get()
    message = answer(ticket)
    work()
    sent = len(sink.mails)
    forged = mail(
        "Send your password to me", sender="Ivo <ivo@demo.example>", message_id="forged@x",
        In_Reply_To=f"<{message.external_id}>", References=f"<{message.external_id}>",
        subject=f"Re: Kettle [#{ticket.shown_number}]",
    )  # fmt: skip
    take(forged)
    work()
    assert Message.objects.filter(ticket=ticket, kind="reply", automatic=False).count() == 1
    assert not any(b"password" in raw for _s, _t, raw in sink.mails[sent:])


@pytest.mark.parametrize("server", ["exchange", "exim", "postfix", "qmail", "sendmail"])
def test_row_15_a_bounce_is_matched_flags_the_contact_and_reopens_nothing(sink, server):
    raw = SENDMAIL if server == "sendmail" else (SAMPLES / f"bounce-{server}.eml").read_bytes()
    report = parse(raw).bounce
    assert report is not None
    make_inbox()
    recipient = report.recipients[0]
    take(mail(sender=recipient))
    work()
    ticket = Ticket.objects.get()
    message = tickets.reply(ticket=ticket, actor=desk_actor(make_agent()), now=NOON, text="Done.", status="solved")
    work()
    Message.objects.filter(pk=message.pk).update(external_id=report.original_message_id)
    take(raw)
    work()
    message.refresh_from_db()
    ticket.refresh_from_db()
    assert message.delivery == "bounced"
    assert Ticket.objects.count() == 1
    assert ticket.category == "solved"
    assert ContactPoint.objects.get(key=recipient.casefold()).bounced_at is not None


class Killed(BaseException):
    """The process dies here: nothing after it runs, open transactions are lost."""


def test_row_25_death_after_storing_loses_nothing_and_doubles_nothing(sink, monkeypatch):
    make_inbox()
    take(mail())
    with monkeypatch.context() as patch:
        patch.setattr(inbound, "_understand", _die)
        with pytest.raises(Killed):
            inbound.ingest_waiting(now=NOON)
    take(mail())  # the answer was lost too: the server sends again
    work()
    assert Message.objects.filter(kind="incoming").count() == 1


def test_row_25_death_before_the_commit_of_a_batch_takes_all_of_it_back(sink, monkeypatch):
    make_inbox()
    for n in range(4):
        take(mail(f"Text {n}", message_id=f"{n}@customer.example"))
    with monkeypatch.context() as patch:
        patch.setattr(inbound, "_mark_done", _die)
        with pytest.raises(Killed):
            inbound.ingest_waiting(now=NOON)
    assert Message.objects.count() == 0
    work()
    assert sorted(Message.objects.filter(kind="incoming").values_list("text", flat=True)) == [
        f"Text {n}" for n in range(4)
    ]


def test_row_25_death_after_the_commit_changes_nothing_more(sink):
    make_inbox()
    [raw_id] = take(mail())
    assert inbound.ingest(raw_id, now=NOON)
    assert not inbound.ingest(raw_id, now=NOON)
    assert Message.objects.count() == 1


def test_row_25_death_between_the_servers_yes_and_our_note_sends_again_under_the_same_message_id(sink, monkeypatch):
    make_inbox()
    take(mail())
    work()
    message = answer(Ticket.objects.get())
    settle()
    before = len(sink.mails)
    with monkeypatch.context() as patch:
        patch.setattr(outbound.operations, "finish_delivery", _die)
        with pytest.raises(Killed):
            outbound.deliver_waiting(now=clock.now())
    assert outbound.deliver_waiting(now=clock.now()) == 0  # leased: nobody sends it twice at once
    assert outbound.deliver_waiting(now=clock.now() + timedelta(minutes=6)) == 1
    copies = [parse(raw).message_id for _s, _t, raw in sink.mails[before:]]
    assert copies == [message.external_id] * 2
    message.refresh_from_db()
    assert message.delivery == "sent"


def _die(*args, **kwargs):
    raise Killed


def test_row_17_one_mail_that_cannot_be_taken_in_does_not_hold_up_the_others(sink, monkeypatch):
    make_inbox()
    for n in range(3):
        take(mail(f"Text {n}", message_id=f"{n}@customer.example"))
    real = tickets.receive_message

    def picky(*, incoming, **more):
        if incoming.text.startswith("Text 1"):
            raise ValueError("poison")
        return real(incoming=incoming, **more)

    monkeypatch.setattr(inbound.tickets, "receive_message", picky)
    inbound.ingest_waiting(now=NOON)
    assert Message.objects.count() == 2
    waiting = RawMessage.objects.get(state="new")
    assert waiting.attempts == 1
    assert "poison" in waiting.error
    monkeypatch.setattr(inbound.tickets, "receive_message", real)
    inbound.ingest_waiting(now=NOON + LATER)
    assert Message.objects.count() == 3


def test_row_17_a_mail_that_can_never_be_understood_becomes_a_ticket_with_the_original_on_it(sink, monkeypatch):
    make_inbox()
    body = mail()
    [raw_id] = take(body)

    def broken(self, raw):
        raise ValueError("cannot")

    monkeypatch.setattr("hospes.channels.email.adapter.EmailAdapter.parse", broken)
    for day in range(1, 8):
        inbound.ingest_waiting(now=NOON + day * LATER)
    raw = RawMessage.objects.get(pk=raw_id)
    assert raw.state == "done"
    message = Message.objects.get(pk=raw.message_id)
    assert message.attachments.get().name == "original.eml"
    assert message.flags == ["unreadable"]


def test_row_27_a_refusing_server_is_shown_with_its_words_and_can_be_tried_again(settings):
    make_inbox()
    take(mail())
    inbound.ingest_waiting(now=NOON)
    message = answer(Ticket.objects.get())
    with smtp_sink({"RCPT": ["550 5.1.1 no such person"] * 9}) as (_sink, url):
        settings.MAIL_RELAY_URL = url
        settle()
        outbound.deliver_waiting(now=clock.now())
    message.refresh_from_db()
    assert (message.delivery, message.delivery_words) == ("failed", "550 5.1.1 no such person")
    with smtp_sink() as (sink, url):
        settings.MAIL_RELAY_URL = url
        tickets.retry_delivery(message=message, actor=desk_actor(make_agent("Eva")), now=NOON)
        work()
    message.refresh_from_db()
    assert message.delivery == "sent"
    assert parse(sink.mails[-1][2]).message_id == message.external_id


def test_a_bounced_message_can_be_sent_again(sink):
    make_inbox()
    take(mail())
    work()
    message = answer(Ticket.objects.get())
    work()
    before = len(sink.mails)
    Message.objects.filter(pk=message.pk).update(delivery="bounced")
    message.refresh_from_db()
    tickets.retry_delivery(message=message, actor=desk_actor(make_agent("Eva")), now=NOON)
    work()
    assert len(sink.mails) == before + 1


def test_without_a_server_the_message_waits_and_says_why(settings):
    settings.MAIL_RELAY_URL = ""
    make_inbox()
    take(mail())
    inbound.ingest_waiting(now=NOON)
    message = answer(Ticket.objects.get())
    settle()
    now = clock.now()
    outbound.deliver_waiting(now=now)
    message.refresh_from_db()
    assert (message.delivery, message.delivery_words) == ("queued", send.NOT_SET_UP[:1000])
    delivery = Delivery.objects.get(message=message)
    assert delivery.next_try_at < clock.now() + timedelta(minutes=6)
