"""WhatsApp on its whole way: from the door to the ticket and back."""

from datetime import timedelta

import pytest

from hospes.channels import operations, queries, templates
from hospes.channels.models import DoorCount, RawMessage
from hospes.channels.tests.meta_calls import answer, posted, sign
from hospes.channels.whatsapp.tests.contract import ACCOUNT, CONTRACT, NUMBER_ID, envelope
from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput
from hospes.customers.models import ContactPoint, Customer
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets.models import Inbox, Message, Ticket

OTHER = "206540352242933"


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


def two_numbers(provider, secret):
    first = CONTRACT.inbox(provider)
    second = Inbox.objects.create(name="Workshop", kind="whatsapp", address="workshop", created_at=NOON)
    settings = {**CONTRACT.credential(provider), "phone_number_id": OTHER, "app_secret": secret}
    operations.save_credential(inbox=second, values=settings, actor=SYSTEM, now=NOON)
    return first, second


def to_both():
    one = {"id": "wamid.1", "from": "16505551231", "timestamp": "1749416383", "type": "text", "text": {"body": "One"}}
    call = envelope({"messages": [one]})
    other = {**one, "id": "wamid.2", "from": "16505551232", "text": {"body": "Two"}}
    call["entry"] += envelope({"messages": [other]}, number=OTHER)["entry"]
    return sign(call)


def test_one_address_serves_all_numbers_of_an_app(provider, agent):
    first, second = two_numbers(provider, "app-secret-of-tests")
    assert CONTRACT.post(first, to_both()) == 200
    work()
    assert {(m.text, m.inbox_id) for m in Message.objects.all()} == {("One", first.pk), ("Two", second.pk)}


def test_what_is_for_a_number_of_another_app_is_counted_and_left(provider, agent):
    first, _second = two_numbers(provider, "the secret of another app")
    assert CONTRACT.post(first, to_both()) == 200
    work()
    assert [m.text for m in Message.objects.all()] == ["One"]
    assert RawMessage.objects.count() == 1
    assert DoorCount.objects.get(outcome="not ours").count == 1


def tell(inbox, **value):
    assert CONTRACT.post(inbox, sign(envelope(value))) == 200
    work()


def test_what_becomes_of_an_answer_is_seen_on_it(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    reply = answer(agent)
    wamid = queries.Delivery.objects.get(message=reply).receipt
    for status in ("sent", "delivered", "read"):
        tell(inbox, statuses=[{"id": wamid, "status": status, "timestamp": "1750030073", "recipient_id": "1"}])
    reply.refresh_from_db()
    assert reply.delivered_at
    assert reply.read_at
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}
    tell(inbox, statuses=[{"id": wamid, "status": "failed", "timestamp": "1750030099", "errors": [error]}])
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.FAILED
    assert reply.delivery_words == "131026 Message undeliverable: Not on WhatsApp"


def test_a_customer_changes_takes_back_and_reacts(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words(text="Red?"))
    work()
    reply = answer(agent)
    about = {"from": "16505551231", "timestamp": "1749416390"}
    edit = {"original_message_id": "wamid.m-1", "message": {"type": "text", "text": {"body": "Blue?"}}}
    wamid = queries.Delivery.objects.get(message=reply).receipt
    tell(inbox, messages=[{**about, "id": "wamid.e", "type": "edit", "edit": edit}])
    tell(
        inbox,
        messages=[{**about, "id": "wamid.r", "type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}}],
    )
    said = Message.objects.get(kind=Message.Kind.INCOMING)
    assert (said.text, said.extra["first_text"]) == ("Blue?", "Red?")
    reply.refresh_from_db()
    assert reply.extra["reactions"] == {"+16505551231": "👍"}
    tell(inbox, messages=[{**about, "id": "wamid.w", "type": "revoke", "revoke": {"original_message_id": "wamid.m-1"}}])
    said.refresh_from_db()
    assert said.withdrawn_at


def test_whoever_changes_their_number_stays_the_same_customer(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    moved = {"body": "User A changed", "wa_id": "12195555358", "type": "user_changed_number"}
    tell(
        inbox, messages=[{"from": "16505551231", "id": "wamid.s", "timestamp": "1", "type": "system", "system": moved}]
    )
    new = {"from": "12195555358", "id": "wamid.n", "timestamp": "2", "type": "text", "text": {"body": "Still me"}}
    tell(inbox, messages=[new])
    assert Customer.objects.count() == 1
    assert Ticket.objects.get().message_count == 2
    numbers = ContactPoint.objects.filter(kind="phone").values_list("key", flat=True)
    assert set(numbers) == {"+16505551231", "+12195555358"}


def test_number_and_the_id_that_hides_it_are_one_customer(provider, agent):
    inbox = CONTRACT.inbox(provider)
    contact = {"profile": {"name": "Anna"}, "wa_id": "16505551231", "user_id": "US.134"}
    text = {"timestamp": "1", "type": "text", "text": {"body": "Hello"}, "from_user_id": "US.134"}
    tell(inbox, contacts=[contact], messages=[{**text, "id": "wamid.1", "from": "16505551231"}])
    hidden = {"profile": {"name": "Anna", "username": "anna"}, "user_id": "US.134"}
    tell(inbox, contacts=[hidden], messages=[{**text, "id": "wamid.2"}])
    assert Customer.objects.count() == 1
    reply = answer(agent)
    assert reply.delivery == Message.Delivery.SENT
    sent = [data for _path, data in posted(provider) if data.get("type") == "text"]
    assert sent[0]["recipient"] == "US.134"


def page_of_templates(asked):
    if not asked.path.endswith("/message_templates"):
        return CONTRACT.accept(asked)
    assert asked.path == f"/v23.0/{ACCOUNT}/message_templates"
    sent = {
        "name": "on_its_way", "language": "en_US", "status": "APPROVED", "category": "UTILITY", "id": "1",
        "components": [{"type": "BODY", "text": "Hello {{1}}, order {{2}} is on its way."}],
    }  # fmt: skip
    if "after" in asked.params:
        return Reply(data={"data": [{**sent, "language": "lv", "status": "PENDING"}], "paging": {}})
    paging = {"cursors": {"before": "A", "after": "B"}, "next": "https://graph.example/next"}
    return Reply(data={"data": [sent], "paging": paging})


def test_templates_are_kept_in_step_and_answer_after_the_window_has_closed(provider, agent):
    inbox = CONTRACT.inbox(provider)
    provider.usual = page_of_templates
    assert templates.sync_templates(inbox=inbox, actor=SYSTEM, now=NOON) == 2
    [kept] = queries.templates_for(inbox.pk, "lv")
    assert (kept.name, kept.language, kept.state) == ("on_its_way", "en_US", "approved")
    CONTRACT.deliver(inbox, Words())
    work()
    late = timedelta(hours=25)
    with pytest.raises(InvalidInput, match="Send a template"):
        answer(agent, later=late)
    wanted = {"name": "on_its_way", "language": "en_US", "values": ["Anna", "4711"]}
    reply = answer(agent, "Hello Anna, order 4711 is on its way.", template=wanted)
    assert reply.delivery == Message.Delivery.SENT, reply.delivery_words
    [sent] = [data for _path, data in posted(provider) if data.get("type") == "template"]
    parameters = [{"type": "text", "text": "Anna"}, {"type": "text", "text": "4711"}]
    assert sent["template"]["components"] == [{"type": "body", "parameters": parameters}]


def test_a_template_that_the_provider_dropped_is_dropped_here(provider, db):
    inbox = CONTRACT.inbox(provider)
    provider.usual = page_of_templates
    templates.sync_all(now=NOON)
    assert queries.ReadyTemplate.objects.count() == 2
    provider.usual = lambda asked: Reply(data={"data": [], "paging": {}})
    templates.sync_all(now=NOON)
    assert not queries.ReadyTemplate.objects.exists()
    provider.usual = lambda asked: Reply(status=401, data={"error": {"code": 190, "message": "Expired"}})
    templates.sync_all(now=NOON)
    assert queries.Credential.objects.get(pk=inbox.pk).words == "190: Expired"


def test_an_answer_by_the_phone_app_stands_in_the_talk_and_ours_is_not_doubled(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    reply = answer(agent)
    wamid = queries.Delivery.objects.get(message=reply).receipt
    echo = {"from": "15550783881", "to": "16505551231", "timestamp": "1739321024", "type": "text"}
    tell(inbox, message_echoes=[{**echo, "id": wamid, "text": {"body": "It left today."}}])
    tell(inbox, message_echoes=[{**echo, "id": "wamid.app", "text": {"body": "By courier."}}])
    said = Message.objects.filter(kind=Message.Kind.REPLY).order_by("id")
    assert [(m.text, bool(m.extra.get("elsewhere"))) for m in said] == [
        ("It left today.", False),
        ("By courier.", True),
    ]
    assert said[1].delivery == Message.Delivery.SENT
    assert not queries.Delivery.objects.filter(message=said[1]).exists()


def test_the_check_leads_the_numbers_calls_here(provider, db):
    adapter = templates.adapters()["whatsapp"]
    settings = CONTRACT.credential(provider)
    provider.usual = lambda asked: Reply(data={"verified_name": "Demo shop", "display_phone_number": "+1 555"})
    found = adapter.check(settings, "https://hospes.example/channels/whatsapp/1/")
    assert [(f.good, f.words) for f in found] == [
        (True, "Connected to Demo shop, +1 555."),
        (True, "Messages to this number are sent to this inbox."),
    ]
    address = "https://hospes.example/channels/whatsapp/1/"
    override = {"override_callback_uri": address, "verify_token": "verify-me-please"}
    subscribed, led = posted(provider)
    assert subscribed[0] == f"/v23.0/{ACCOUNT}/subscribed_apps"
    assert led == (f"/v23.0/{NUMBER_ID}", {"webhook_configuration": override})
    provider.usual = lambda asked: Reply(status=401, data={"error": {"code": 190, "message": "Expired"}})
    assert adapter.check(settings, address)[0].words == "190: Expired"
