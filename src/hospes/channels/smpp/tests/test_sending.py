"""Sending by a line of its own to an SMSC with real sockets: parts, refusals, faults, receipts that come back."""

import pytest

from hospes.channels import segments
from hospes.channels.adapter import ChannelError, OutgoingMessage
from hospes.channels.smpp import line
from hospes.channels.smpp.adapter import SmppAdapter
from hospes.channels.smpp.sending import LINES
from hospes.channels.smpp.tests.contract import CONTRACT
from hospes.channels.smpp.tests.smsc import smsc
from hospes.core import clock
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, desk_actor, make_agent
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

ADAPTER = SmppAdapter()


@pytest.fixture
def center(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with smsc() as running:
        yield running
        LINES.close_all()


def access(center, **more):
    return {"host": "127.0.0.1", "port": str(center.port), "system_id": "hospes", "password": "secret", **more}


def outgoing(text, *, to="+37120000001", done=()):
    return OutgoingMessage(
        message_id="m", number="K7F2M9Q", subject="", text=text, html="", sender=("Shop", "+37129999999"),
        to=(("", to),), cc=(), reply_to={}, in_reply_to="", references=(), automatic=False, language="lv",
        at=NOON, done_recipients=done, inbox_id=7,
    )  # fmt: skip


def test_a_long_unicode_text_goes_in_parts_that_belong_together(center):
    text = "Jūsu sūtījums ir ceļā. " * 8
    receipt = ADAPTER.send(outgoing(text), access(center))
    assert len(receipt.provider_id.split()) == len(center.submitted) == 3
    headers = [one.message[:6] for one in center.submitted]
    assert {(h[0], h[1], h[2], h[3], h[4]) for h in headers} == {(5, 0, 3, headers[0][3], 3)}
    assert [h[5] for h in headers] == [1, 2, 3]
    assert "".join(one.message[6:].decode("utf-16-be") for one in center.submitted) == text.strip()
    assert {(one.coding, one.esm_class, one.registered) for one in center.submitted} == {(8, 0x40, 1)}


def test_messages_in_a_row_go_by_one_session(center):
    for text in ("One", "Two"):
        ADAPTER.send(outgoing(text), access(center))
    assert [segments.decode(one.message) for one in center.submitted] == ["One", "Two"]
    assert [session.kind for session in center.bound] == ["transmitter"]


def test_a_line_that_the_smsc_cut_meanwhile_is_bound_anew(center):
    ADAPTER.send(outgoing("One"), access(center))
    center.cut()
    with center.heard:
        assert center.heard.wait_for(lambda: not center.bound, 10)
    ADAPTER.send(outgoing("Two"), access(center))
    assert len(center.submitted) == 2


@pytest.mark.parametrize(
    ("status", "permanent", "set_up"),
    [(0x58, False, True), (0x14, False, True), (0x08, False, True), (0x64, False, True), (0x0B, True, True),
     (0x65, True, True), (0x0A, False, False), (0x433, True, True)],
)  # fmt: skip
def test_a_refusal_is_read_by_its_status(center, status, permanent, set_up):
    center.submit_statuses[:] = [status]
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center))
    assert (told.value.permanent, told.value.set_up) == (permanent, set_up)
    assert f"0x{status:02X}" in told.value.words
    ADAPTER.send(outgoing("Again"), access(center))  # the line is in order
    assert len(center.submitted) == 1


def test_what_is_throttled_waits_a_moment(center):
    center.submit_statuses[:] = [0x58]
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center))
    assert told.value.retry_after > 0


def test_after_a_fault_only_the_missing_parts_go(center):
    center.submit_statuses[:] = [0, 0x14]
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("x" * 400), access(center))
    assert len(told.value.recipients_done) == 1
    receipt = ADAPTER.send(outgoing("x" * 400, done=told.value.recipients_done), access(center))
    assert [one.message[5] for one in center.submitted] == [1, 2, 3]
    assert len({one.message[3] for one in center.submitted}) == 1
    assert len(receipt.provider_id.split()) == 3


@pytest.mark.parametrize("trouble", [None, "late"], ids=["cut off", "no answer"])
def test_a_line_that_breaks_is_for_now(center, monkeypatch, trouble):
    monkeypatch.setattr(line, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(line.Line.ask, "__kwdefaults__", {"timeout": 0.4})
    center.submit_statuses[:] = [trouble]
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center))
    assert (told.value.permanent, told.value.set_up) == (False, True)
    ADAPTER.send(outgoing("Hello"), access(center))
    assert len(center.submitted) == 1


@pytest.mark.parametrize(
    ("change", "set_up"),
    [({"password": "wrong"}, False), ({"port": "1"}, True), ({"host": ""}, False), ({"port": "x"}, False)],
)
def test_who_is_not_let_in_waits_for_an_admin(center, change, set_up):
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center, **change))
    assert (told.value.permanent, told.value.set_up) == (False, set_up)


@pytest.mark.parametrize(("status", "set_up"), [(0x0E, False), (0x0F, False), (0x0D, False), (0x05, True)])
def test_a_refused_bind_tells_why(center, status, set_up):
    center.bind_statuses[:] = [status]
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center))
    assert (told.value.permanent, told.value.set_up) == (False, set_up)


def test_row_4_an_smsc_inside_our_own_network_needs_to_be_allowed(center, settings):
    settings.HTTP_ALLOW = []
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing("Hello"), access(center))
    assert not told.value.set_up
    assert not center.submitted


def test_an_smsc_without_encryption_is_not_spoken_to_when_it_is_wanted(center, monkeypatch):
    monkeypatch.setattr(line, "CONNECT_SECONDS", 0.5)  # it answers a greeting in TLS with silence
    with pytest.raises(ChannelError):
        ADAPTER.send(outgoing("Hello"), access(center, tls="1"))
    assert not center.submitted


def test_the_live_check_binds_and_asks(center):
    [finding] = ADAPTER.check(access(center), "")
    assert finding.good
    assert center.enquired == 1
    [finding] = ADAPTER.check(access(center, password="wrong"), "")
    assert not finding.good


@pytest.fixture
def contract(settings, db):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    yield CONTRACT
    CONTRACT.end()


def test_a_receipt_reaches_the_message_that_it_is_of(contract):
    agent = desk_actor(make_agent("Ivo"))
    inbox = contract.inbox()
    contract.deliver(inbox, Words())
    work()
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.SENT
    center, session = contract._smsc, contract._session
    text = b"id:1A2B00 sub:001 dlvrd:%s submit date:2605041200 done date:2605041201 stat:%s err:%s text:It"
    for stat, error in ((b"DELIVRD", b"000"), (b"UNDELIV", b"011")):
        sequence = center.push(esm_class=4, message=text % (b"001", stat, error))
        session.step(20)
        assert center.answer_to(sequence) == 0
        work()
        reply.refresh_from_db()
        if stat == b"DELIVRD":
            assert reply.delivered_at is not None
    assert reply.delivery == Message.Delivery.FAILED
    assert "UNDELIV" in reply.delivery_words
    assert Message.objects.filter(kind=Message.Kind.INCOMING).count() == 1


def test_what_the_smsc_refuses_for_good_is_shown_on_the_message(contract):
    agent = desk_actor(make_agent("Ivo"))
    inbox = contract.inbox()
    contract.deliver(inbox, Words())
    work()
    contract._smsc.submit_statuses[:] = [0x0B]
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.FAILED
    assert "no valid number" in reply.delivery_words


def test_what_is_throttled_arrives_later_and_once(contract):
    agent = desk_actor(make_agent("Ivo"))
    inbox = contract.inbox()
    contract.deliver(inbox, Words())
    work()
    contract._smsc.submit_statuses[:] = [0x58]
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.QUEUED
    work(later=3600)
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.SENT
    assert len(contract._smsc.submitted) == 1
