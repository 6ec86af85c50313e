"""Meta's private messages on their whole way: from the door to the ticket and back."""

from datetime import timedelta

import pytest
from django.test import Client

from hospes.channels.instagram.tests.contract import CONTRACT as INSTAGRAM
from hospes.channels.messenger.tests.contract import CONTRACT as MESSENGER
from hospes.channels.messenger.tests.contract import PAGE
from hospes.channels.tests.meta_calls import answer, posted, sign
from hospes.channels.whatsapp.tests.contract import CONTRACT
from hospes.core import files
from hospes.core.errors import InvalidInput
from hospes.customers.models import Customer
from hospes.testing.channels import Words, work
from hospes.testing.people import desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


@pytest.mark.parametrize("contract", [CONTRACT, MESSENGER, INSTAGRAM], ids=lambda c: c.kind)
def test_the_address_proves_to_be_ours_to_whoever_knows_the_verify_token(contract, provider, db):
    inbox = contract.inbox(provider)
    ask = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    good = Client().get(f"/channels/{contract.kind}/{inbox.pk}/", {**ask, "hub.verify_token": "verify-me-please"})
    assert (good.status_code, good.content, good["Content-Type"]) == (200, b"1158201444", "text/plain")
    bad = Client().get(f"/channels/{contract.kind}/{inbox.pk}/", {**ask, "hub.verify_token": "guessed"})
    assert (bad.status_code, bad.content) == (403, b"")
    assert Client().get(f"/channels/{contract.kind}/{inbox.pk}/", ask).status_code == 401


def test_a_name_is_asked_for_once_and_a_provider_that_does_not_tell_it_holds_nothing_up(provider, agent):
    inbox = MESSENGER.inbox(provider)
    provider.answers[:] = [Reply(status=500)]
    MESSENGER.deliver(inbox, Words())
    work()
    assert Customer.objects.get().name == ""
    MESSENGER.deliver(inbox, Words(text="Hello?", message_id="m-2"))
    MESSENGER.deliver(inbox, Words(text="Anybody?", message_id="m-3"))
    work()
    assert Customer.objects.get().name == "Anna Kalniņa"
    work()
    MESSENGER.deliver(inbox, Words(text="Thanks", message_id="m-4"))
    work()
    assert Message.objects.count() == 4
    assert sum(one.method == "GET" for one in provider.asked) == 2


@pytest.mark.parametrize("contract", [MESSENGER, INSTAGRAM], ids=lambda c: c.kind)
def test_after_a_day_a_person_answers_as_a_person(contract, provider, agent):
    inbox = contract.inbox(provider)
    contract.deliver(inbox, Words())
    work()
    assert answer(agent, later=timedelta(hours=30)).delivery == Message.Delivery.SENT
    _path, sent = posted(provider)[-1]
    assert (sent["messaging_type"], sent["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    with pytest.raises(InvalidInput, match="until the customer writes again"):
        answer(agent, later=timedelta(days=8))


def test_the_providers_clock_counts_when_it_says_that_the_day_is_over(provider, agent):
    inbox = MESSENGER.inbox(provider)
    MESSENGER.deliver(inbox, Words())
    work()
    error = {"code": 10, "error_subcode": 2018278, "message": "This message is sent outside of allowed window."}
    provider.answers[:] = [Reply(status=400, data={"error": error})]
    assert answer(agent).delivery == Message.Delivery.SENT
    assert [data.get("tag", "") for _path, data in posted(provider)] == ["", "HUMAN_AGENT"]
    provider.answers[:] = [Reply(status=400, data={"error": error})]
    machine = answer(agent, "We are closed.", automatic=True)
    assert machine.delivery == Message.Delivery.FAILED


def test_pressed_answers_files_and_bytes_are_as_documented(provider, agent):
    inbox = INSTAGRAM.inbox(provider)
    INSTAGRAM.deliver(inbox, Words())
    work()
    picture = tickets.StoredFile("kettle.jpg", "image/jpeg", 2, files.store(b"\xff\xd8"))
    answer(agent, "ā" * 700, buttons=["Red", "Blue"], files=[picture])
    first, second, third = (data["message"] for _path, data in posted(provider))
    assert max(len(first["text"].encode()), len(second["text"].encode())) <= 1000
    assert second["quick_replies"][1] == {"content_type": "text", "title": "Blue", "payload": "choice-2"}
    assert third["attachment"]["type"] == "image"
    assert third["attachment"]["payload"]["url"].endswith("/kettle.jpg")


def test_what_our_own_app_sent_is_not_taken_in_again(provider, agent):
    inbox = MESSENGER.inbox(provider)
    MESSENGER.deliver(inbox, Words())
    work()
    answer(agent)
    echo = {
        "sender": {"id": PAGE}, "recipient": {"id": "101580001"}, "timestamp": 1,
        "message": {"is_echo": True, "mid": "m_x", "text": "It left today.", "metadata": "hospes 1"},
    }  # fmt: skip
    elsewhere = {**echo, "message": {"is_echo": True, "mid": "m_y", "text": "From the page's inbox"}}
    entry = {"id": PAGE, "time": 1, "messaging": [echo, elsewhere]}
    MESSENGER.post(inbox, sign({"object": "page", "entry": [entry]}))
    work()
    said = Message.objects.filter(kind=Message.Kind.REPLY).order_by("id").values_list("text", flat=True)
    assert list(said) == ["It left today.", "From the page's inbox"]
