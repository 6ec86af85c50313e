"""What every channel promises, asked of each folder that is found; a folder without its contract fails here."""

import json
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes import channels
from hospes.channels import calling, outbound
from hospes.channels.adapter import News, Raw
from hospes.channels.models import Delivery, DoorCount, RawMessage
from hospes.channels.registry import ADAPTERS, adapters
from hospes.core import clock
from hospes.testing.channels import Contract, Words, work
from hospes.testing.people import desk_actor, make_agent, settle
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.models import Message, Ticket

FOLDERS = sorted(path.parent.name for path in Path(channels.__file__).parent.glob("*/adapter.py"))
ANSWER = "It left today and arrives on Friday."


def contract_of(kind: str) -> Contract:
    """A folder's contract."""
    found: Contract = import_module(f"hospes.channels.{kind}.tests.contract").CONTRACT
    assert found.kind == kind
    return found


@pytest.fixture(params=FOLDERS)
def contract(request):
    """Each channel's contract in turn."""
    found = contract_of(request.param)
    if found.no_messages:
        pytest.skip(found.no_messages)
    yield found
    found.end()


@pytest.fixture
def provider(settings):
    """The provider, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def agent(db):
    """Somebody who answers."""
    return desk_actor(make_agent("Ivo"))


def said():
    """All that customers said, oldest first."""
    return list(Message.objects.filter(kind=Message.Kind.INCOMING).order_by("id"))


def answer(agent, text=ANSWER):
    """The agent answers the only ticket."""
    return tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text=text)


def test_every_folder_with_an_adapter_is_in_the_registry_and_has_its_contract_and_its_own_tests():
    assert set(FOLDERS) == set(ADAPTERS)
    for kind in FOLDERS:
        folder = Path(channels.__file__).parent / kind / "tests"
        assert contract_of(kind).kind == kind
        assert list(folder.glob("test_*.py")), f"{kind} has no tests of its own"


def test_every_channel_tells_what_it_can_do():
    for kind, adapter in adapters().items():
        assert adapter.traits.kind == kind
        assert str(adapter.traits.label)
        assert len({field.name for field in adapter.fields}) == len(adapter.fields)


def test_a_message_becomes_a_ticket_and_its_answer_reaches_the_customer(contract, provider, agent):
    inbox = contract.inbox(provider)
    words = Words()
    assert contract.deliver(inbox, words) == 200
    work()
    [message] = said()
    ticket = Ticket.objects.get()
    assert words.text in message.text
    assert message.author_address == contract.sender_key(words)
    assert (message.inbox_id, ticket.inbox_id, message.channel) == (inbox.pk, inbox.pk, contract.kind)
    provider.asked.clear()
    reply = answer(agent)
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.SENT, reply.delivery_words
    assert any(ANSWER in text for text in contract.sent_texts(provider.asked))


def test_the_same_message_in_another_call_is_kept_once(contract, provider, agent):
    inbox = contract.inbox(provider)
    assert contract.deliver(inbox, Words()) == 200
    assert contract.deliver(inbox, Words(nonce=1)) == 200
    work()
    assert contract.deliver(inbox, Words(nonce=2)) == 200
    work()
    assert len(said()) == 1


def test_messages_out_of_order_all_land_on_one_ticket(contract, provider, agent):
    inbox = contract.inbox(provider)
    first, second, third = (
        Words(text=f"Part {n} of my story.", message_id=f"m-{n}", at=Words.at + n) for n in (1, 2, 3)
    )
    for words in (second, first, third):
        assert contract.deliver(inbox, words) == 200
        work()
    texts = [message.text for message in said()]
    assert sorted(texts) == sorted(f"Part {n} of my story." for n in (1, 2, 3))
    if adapters()[contract.kind].traits.talk:
        assert Ticket.objects.count() == 1


def test_two_senders_with_one_name_are_two_customers(contract, provider, agent):
    inbox = contract.inbox(provider)
    contract.deliver(inbox, Words())
    contract.deliver(inbox, Words(sender="p2", message_id="m-2"))
    work()
    assert Ticket.objects.count() == 2
    assert len({ticket.customer_id for ticket in Ticket.objects.all()}) == 2


def test_a_file_larger_than_we_take_does_not_lose_the_message(contract, provider, agent):
    if contract.no_files:
        pytest.skip(contract.no_files)
    inbox = contract.inbox(provider)
    sent = contract.file_call(inbox, Words(), provider, calling.LARGEST_FILE + 1)
    assert contract.post(inbox, sent) == 200
    work()
    [message] = said()
    assert not message.attachments.exists()
    assert any("file" in flag for flag in message.flags), message.flags


def test_a_file_lands_on_the_ticket(contract, provider, agent):
    if contract.no_files:
        pytest.skip(contract.no_files)
    inbox = contract.inbox(provider)
    assert contract.post(inbox, contract.file_call(inbox, Words(), provider, 2000)) == 200
    work()
    [message] = said()
    [file] = message.attachments.all()
    assert file.size == 2000


def test_a_kind_of_message_that_we_do_not_know_is_seen_by_somebody(contract, provider, agent):
    if contract.unsigned:
        pytest.skip(contract.unsigned)
    inbox = contract.inbox(provider)
    assert contract.post(inbox, contract.unknown_call(inbox, Words())) == 200
    work()
    [message] = said()
    assert message.flags
    assert message.text.strip()


def test_row_24_a_call_with_a_wrong_signature_leaves_nothing_but_a_counter(contract, provider, agent):
    if contract.unsigned:
        pytest.skip(contract.unsigned)
    inbox = contract.inbox(provider)
    assert contract.post(inbox, contract.forge(contract.call(inbox, Words()))) in {401, 403}
    assert not RawMessage.objects.exists()
    [count] = DoorCount.objects.filter(inbox=inbox)
    assert (count.outcome != "taken", count.count) == (True, 1)


def test_row_24_a_call_without_a_signature_leaves_nothing_but_a_counter(contract, provider, agent):
    if contract.unsigned:
        pytest.skip(contract.unsigned)
    inbox = contract.inbox(provider)
    bare = replace(contract.call(inbox, Words()), headers={}, query="")
    assert contract.post(inbox, bare) in {401, 403}
    assert not RawMessage.objects.exists()


def test_row_24_a_replayed_call_changes_nothing(contract, provider, agent):
    if contract.unsigned:
        pytest.skip(contract.unsigned)
    inbox = contract.inbox(provider)
    sent = contract.call(inbox, Words())
    assert contract.post(inbox, sent) == 200
    work()
    again = contract.post(inbox, sent)
    assert again == (403 if adapters()[contract.kind].replays == "refused" else 200)
    work()
    assert len(said()) == 1
    assert DoorCount.objects.filter(inbox=inbox).exclude(outcome="taken").get().count == 1


def test_a_call_that_is_too_large_is_refused(contract, provider, agent):
    if contract.unsigned:
        pytest.skip(contract.unsigned)
    inbox = contract.inbox(provider)
    sent = contract.call(inbox, Words())
    assert contract.post(inbox, replace(sent, body=sent.body + b" " * 9_000_000)) == 413
    assert not RawMessage.objects.exists()


@pytest.mark.parametrize(
    "trouble",
    [Reply(status=429, headers={"Retry-After": "7"}), Reply(status=500), Reply(status=503), Reply(drop=True)],
    ids=["429", "500", "503", "cut off"],
)
def test_what_goes_wrong_for_now_is_tried_again_and_arrives_once(contract, provider, agent, trouble):
    if contract.own_faults:
        pytest.skip(contract.own_faults)
    inbox = contract.inbox(provider)
    contract.deliver(inbox, Words())
    work()
    provider.asked.clear()
    provider.answers[:] = [trouble]
    reply = answer(agent)
    settle()
    outbound.deliver_waiting(now=clock.now() + timedelta(seconds=1))
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.QUEUED
    assert reply.delivery_words
    assert Delivery.objects.get(message=reply).state == Delivery.State.WAITING
    provider.asked.clear()
    work(later=86_000)
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.SENT, reply.delivery_words
    assert sum(ANSWER in text for text in contract.sent_texts(provider.asked)) == 1


def test_a_provider_that_does_not_answer_in_time_is_asked_again(contract, provider, agent, monkeypatch):
    if contract.own_faults:
        pytest.skip(contract.own_faults)
    monkeypatch.setattr(calling, "TIMEOUT", 0.4)
    inbox = contract.inbox(provider)
    contract.deliver(inbox, Words())
    work()
    provider.answers[:] = [Reply(late=True)]
    reply = answer(agent)
    settle()
    outbound.deliver_waiting(now=clock.now() + timedelta(seconds=1))
    assert Delivery.objects.get(message=reply).state == Delivery.State.WAITING


def test_what_can_never_be_delivered_is_shown_with_the_providers_words(contract, provider, agent):
    if contract.own_faults:
        pytest.skip(contract.own_faults)
    inbox = contract.inbox(provider)
    contract.deliver(inbox, Words())
    work()
    provider.answers[:] = [contract.refuse_for_good()] * 3
    reply = answer(agent)
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.FAILED
    assert reply.delivery_words


def test_row_2_hostile_words_and_names_are_kept_as_words(contract, provider, agent):
    inbox = contract.inbox(provider)
    hostile = '<img src=x onerror=alert(1)> {{7*7}} "quoted" \u202eevil'
    assert contract.deliver(inbox, Words(text=hostile, name="<script>alert(1)</script>")) == 200
    work()
    [message] = said()
    assert "onerror=alert(1)" in message.text
    assert "onerror" not in message.html
    assert "<script" not in message.html


@pytest.mark.parametrize("kind", FOLDERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=400)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_row_17_parsing_never_raises_whatever_comes(kind, body):
    parsed = adapters()[kind].parse(Raw(body, {}, "our-address"))
    assert parsed is None or isinstance(parsed, IncomingMessage | News)
