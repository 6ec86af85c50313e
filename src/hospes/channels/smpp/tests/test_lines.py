"""The bound line: stored before it is answered, parts kept until they are whole, lines that break and come back."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError

from hospes.channels import inbound, operations
from hospes.channels.adapter import ChannelError
from hospes.channels.models import Credential, DoorCount, OptOut, RawMessage
from hospes.channels.smpp import intake, listening
from hospes.channels.smpp.line import Gone, Line, Wish
from hospes.channels.smpp.listening import Listener, Listeners, Session
from hospes.channels.smpp.tests.contract import CONTRACT
from hospes.channels.smpp.tests.smsc import pdu, smsc
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, make_agent
from hospes.tickets.models import Inbox, Message, Ticket


@pytest.fixture
def allowed(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]


@pytest.fixture
def contract(allowed, db):
    yield CONTRACT
    CONTRACT.end()


@pytest.fixture
def center(allowed):
    with smsc() as running:
        yield running


def wish(center, **more):
    return Wish.of({"host": "127.0.0.1", "port": str(center.port), "system_id": "h", "password": "secret", **more})


def part(reference, total, number, text):
    return {"esm_class": 0x40, "message": bytes((5, 0, 3, reference, total, number)) + text}


def deliver(contract, **given):
    """Deliver a PDU over the bound line; its status."""
    sequence = contract._smsc.push(**given)
    assert contract._session.step(20)
    return contract._smsc.answer_to(sequence)


@pytest.fixture
def bound(contract):
    """An inbox with a bound line."""
    inbox = contract.inbox()
    contract._session = Session(inbox, contract.credential())
    return contract, inbox


def texts_said():
    return [m.text for m in Message.objects.filter(kind=Message.Kind.INCOMING).order_by("id")]


def test_row_24_an_smsc_that_we_do_not_know_by_our_password_is_not_listened_to(center):
    with pytest.raises(ChannelError) as told:
        Line.bound(wish(center, password="wrong"), "transceiver")
    assert not told.value.set_up
    assert not center.bound


def test_row_24_nobody_can_bring_an_sms_by_the_door_of_webhooks(bound, client):
    _contract, inbox = bound
    response = client.post(f"/channels/smpp/{inbox.pk}/", data=b"hello", content_type="text/plain")
    assert response.status_code == 401
    assert not RawMessage.objects.exists()


def test_what_could_not_be_stored_is_not_acknowledged(bound, monkeypatch):
    contract, _inbox = bound

    def away(**given):
        raise DatabaseError("away")

    monkeypatch.setattr(intake, "take", away)
    sequence = contract._smsc.push()
    with pytest.raises(DatabaseError):
        contract._session.step(20)
    assert contract._smsc.answer_to(sequence) == 0x64


def test_what_was_acknowledged_is_stored(bound):
    contract, inbox = bound
    assert deliver(contract) == 0
    raw = RawMessage.objects.get()
    assert (raw.inbox_id, raw.channel) == (inbox.pk, "smpp")
    assert Credential.objects.get(inbox=inbox).seen_at is not None


def test_a_pdu_that_nobody_can_read_is_kept_and_seen(bound):
    contract, _inbox = bound
    sequence = contract._smsc.push(body=b"\xff" * 9)
    contract._session.step(20)
    assert contract._smsc.answer_to(sequence) == 0
    work()
    message = Message.objects.get()
    assert message.flags


def test_row_24_the_same_octets_again_are_the_same_message(bound):
    contract, inbox = bound
    for _time in range(3):
        assert deliver(contract, message=b"Where is it?") == 0
    work()
    assert texts_said() == ["Where is it?"]
    assert DoorCount.objects.get(inbox=inbox, outcome="repeated").count == 2


def test_the_same_words_some_time_later_are_another_message(bound, monkeypatch):
    contract, _inbox = bound
    deliver(contract, message=b"Hello?")
    later = clock.now() + intake.AGAIN + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    deliver(contract, message=b"Hello?")
    work()
    assert texts_said() == ["Hello?", "Hello?"]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_parts_are_taken_in_once_all_are_there(bound, order):
    contract, _inbox = bound
    said = {1: b"One ", 2: b"two ", 3: b"three"}
    for number in order[:2]:
        deliver(contract, **part(9, 3, number, said[number]))
        work()
    assert not Message.objects.exists()
    deliver(contract, **part(9, 3, order[2], said[order[2]]))
    work()
    assert texts_said() == ["One two three"]


def test_parts_that_the_smsc_repeats_are_one(bound):
    contract, _inbox = bound
    for number in (1, 1, 2, 2, 1):
        deliver(contract, **part(9, 2, number, b"%d " % number))
    work()
    assert texts_said() == ["1 2 "] or texts_said() == ["1 2"]


def test_parts_of_two_long_messages_do_not_mix(bound):
    contract, _inbox = bound
    deliver(contract, **part(1, 2, 1, b"red "))
    deliver(contract, **part(2, 2, 1, b"blue "))
    deliver(contract, source=b"37120000002", **part(1, 2, 1, b"green "))
    deliver(contract, **part(2, 2, 2, b"kettle"))
    deliver(contract, **part(1, 2, 2, b"teapot"))
    deliver(contract, source=b"37120000002", **part(1, 2, 2, b"cup"))
    work()
    assert sorted(texts_said()) == ["blue kettle", "green cup", "red teapot"]


def test_a_reference_that_a_phone_uses_again_begins_a_message_of_its_own(bound):
    contract, _inbox = bound
    deliver(contract, **part(1, 2, 1, b"old "))
    deliver(contract, **part(1, 2, 1, b"new "))
    deliver(contract, **part(1, 2, 2, b"end"))
    deliver(contract, **part(1, 2, 2, b"END"))
    work()
    assert sorted(texts_said()) == ["new END", "old end"]


def test_what_never_becomes_whole_is_taken_in_and_marked(bound):
    contract, _inbox = bound
    deliver(contract, **part(9, 3, 1, b"One "))
    deliver(contract, **part(9, 3, 3, b"three"))
    work()
    assert not Message.objects.exists()
    inbound.ingest_waiting(now=clock.now() + intake.REST_OF_LONG + timedelta(seconds=1))
    message = Message.objects.get()
    assert "One" in message.text
    assert "three" in message.text
    assert any("parts of a long message" in flag for flag in message.flags)


def test_a_part_that_comes_too_late_is_taken_in_too(bound):
    contract, _inbox = bound
    deliver(contract, **part(9, 2, 1, b"One "))
    inbound.ingest_waiting(now=clock.now() + intake.REST_OF_LONG + timedelta(seconds=1))
    deliver(contract, **part(9, 2, 2, b"two"))
    inbound.ingest_waiting(now=clock.now() + intake.REST_OF_LONG + timedelta(seconds=1))
    assert Ticket.objects.count() == 1
    assert len(texts_said()) == 2


def test_stop_and_start_are_kept_and_are_no_messages(bound):
    contract, inbox = bound
    make_agent("Ivo")
    deliver(contract, message=b"Hello there")
    deliver(contract, message=b"STOP")
    work()
    assert OptOut.objects.get(inbox=inbox).address == "+37120000001"
    deliver(contract, message=b"START")
    work()
    assert not OptOut.objects.exists()
    assert texts_said() == ["Hello there"]


def test_a_word_that_may_be_an_answer_is_heard_and_shown(bound):
    contract, inbox = bound
    deliver(contract, message=b"Cancel")
    work()
    assert OptOut.objects.filter(inbox=inbox).exists()
    assert texts_said() == ["Cancel"]


def test_pdus_in_pieces_and_together_are_read_all(center):
    taken = []
    line = Line.bound(wish(center), "transceiver", take=lambda raw: taken.append(raw) or 0)
    one = pdu(5, 0, 1, b"\0" * 33)
    center.write(one + one[:20])
    assert line.step(10)
    assert not line.step(0.2)  # the second is not whole, and nothing of it is lost
    center.write(one[20:] + pdu(0x15, 0, 2))
    assert line.step(10)
    assert line.step(10)
    assert taken == [one, one]
    line.close()


def test_a_command_of_another_world_is_refused_and_the_line_goes_on(center):
    line = Line.bound(wish(center), "transceiver", take=lambda raw: 0)
    center.write(pdu(0x0103_0000, 0, 5))
    assert line.step(10)
    line.enquire()
    assert center.enquired == 1
    line.close()


@pytest.mark.parametrize("noise", [b"\xff\xff\xff\xff rest", b"\0\0\0\1 rest"], ids=["endless", "too short"])
def test_noise_ends_the_line(center, noise):
    line = Line.bound(wish(center), "transceiver")
    center.write(noise)
    with pytest.raises(Gone):
        line.step(10)
    line.close(politely=False)


def test_an_smsc_that_says_goodbye_is_answered(center):
    line = Line.bound(wish(center), "transceiver")
    center.write(pdu(0x06, 0, 9))
    with pytest.raises(Gone):
        line.step(10)
    assert center.answer_to(9) == 0
    line.close(politely=False)


def test_a_silent_smsc_is_asked_whether_it_is_there(bound, monkeypatch):
    contract, _inbox = bound
    monkeypatch.setattr(listening, "ENQUIRE_EVERY", 0.0)
    contract._session.step(0.01)
    assert contract._smsc.enquired == 1


def make_inbox(center):
    inbox = Inbox.objects.create(name="Shop", kind="smpp", address="+37129999999", created_at=NOON)
    values = {"host": "127.0.0.1", "port": str(center.port), "system_id": "h", "password": "secret"}
    operations.save_credential(inbox=inbox, values=values, actor=SYSTEM, now=NOON)
    return inbox


@pytest.mark.django_db(transaction=True)
def test_a_listener_binds_again_after_the_line_broke_and_loses_nothing(center):
    inbox = make_inbox(center)
    listeners = Listeners()
    listener = Listener(inbox.pk, dict(listeners.wanted()[inbox.pk]), pause=0.01)
    listener.start()
    try:
        first = center.push(message=b"One")
        assert center.answer_to(first) == 0
        center.bind_statuses[:] = [0x08, 0x08]
        center.cut()
        with center.heard:
            assert center.heard.wait_for(lambda: not center.bind_statuses, 20)
        second = center.push(message=b"Two")
        assert center.answer_to(second) == 0
    finally:
        listener.stopping.set()
        listener.join(10)
    assert not listener.is_alive()
    assert RawMessage.objects.count() == 2
    assert Credential.objects.get(inbox=inbox).working


@pytest.mark.django_db(transaction=True)
def test_only_one_machine_holds_the_line_of_an_inbox(center, monkeypatch):
    inbox = make_inbox(center)
    looked = threading.Event()

    class Second(Listener):
        """Another machine's."""

        def work(self):
            monkeypatch.setattr(self.stopping, "wait", lambda seconds=None: looked.set() or self.stopping.is_set())
            super().work()

    first = Listener(inbox.pk, dict(Listeners().wanted()[inbox.pk]), pause=0.01)
    first.start()
    try:
        center.listening()
        second = Second(inbox.pk, first.credential, pause=0.01)
        second.start()
        assert looked.wait(20)
        assert len(center.bound) == 1
        second.stopping.set()
        second.join(10)
    finally:
        first.stopping.set()
        first.join(10)


@pytest.mark.django_db(transaction=True)
def test_a_wrong_password_is_told_on_the_settings_page(center):
    inbox = make_inbox(center)
    center.bind_statuses[:] = [0x0E] * 50
    listener = Listener(inbox.pk, dict(Listeners().wanted()[inbox.pk]), pause=0.01)
    told = threading.Event()
    listener._tell = lambda *, working, words, tell=listener._tell: (tell(working=working, words=words), told.set())
    listener.start()
    assert told.wait(20)
    listener.stopping.set()
    listener.join(10)
    credential = Credential.objects.get(inbox=inbox)
    assert credential.working is False
    assert "password" in credential.words


def test_the_customer_of_two_numbers_is_two_customers(bound):
    contract, inbox = bound
    contract.deliver(inbox, Words())
    contract.deliver(inbox, Words(sender="p2"))
    work()
    assert {m.author_address for m in Message.objects.all()} == {"+37120000001", "+37120000002"}
