"""SMS by Twilio's API: signatures, messages, files, states, words such as STOP, and our requests as documented."""

import json

import pytest
from django.test import Client

from hospes.channels import inbound, twilio
from hospes.channels.adapter import ChannelError, News, OutgoingMessage, Raw, Refused, WebhookCall
from hospes.channels.calling import Said
from hospes.channels.models import OptOut, RawMessage
from hospes.channels.sms import messages
from hospes.channels.sms.adapter import EMPTY_TWIML, SmsAdapter
from hospes.channels.sms.errors import words_of
from hospes.channels.sms.sending import parts_of
from hospes.channels.sms.tests.calls import TOKEN, incoming, signed, status
from hospes.channels.sms.tests.contract import CONTRACT
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

ADAPTER = SmsAdapter()


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


def outgoing(text, *, to="+37120000001", urls=(), done=()):
    return OutgoingMessage(
        message_id="m", number="K7F2M9Q", subject="", text=text, html="", sender=("Shop", "+15557122661"),
        to=(("", to),), cc=(), reply_to={}, in_reply_to="", references=(), automatic=False, language="lv",
        at=NOON, file_urls=urls, done_recipients=done, inbox_id=7,
    )  # fmt: skip


def parsed(form):
    return [ADAPTER.parse(Raw(piece.body, piece.envelope, "+15557122661")) for piece in messages.pieces_of(form)]


def test_the_signature_is_the_one_of_the_documented_example():
    form = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    made = twilio.signature("https://mycompany.com/myapp.php?foo=1&bar=2", form, "12345")
    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("shown", ["https://shop.example/a/?b=1", "https://shop.example:443/a/?b=1"])
def test_the_usual_port_may_be_in_the_signed_address_or_not(shown):
    sent = signed("https://shop.example/a/?b=1", incoming())
    headers = {name.lower(): value for name, value in sent.headers.items()}
    ADAPTER.verify(WebhookCall("POST", shown, headers, {}, sent.body), {"auth_token": TOKEN}, NOON)


def test_row_24_a_call_with_a_changed_address_or_parameter_is_refused():
    sent = signed("https://shop.example/a/", incoming())
    headers = {name.lower(): value for name, value in sent.headers.items()}
    for url, body in (("https://shop.example/b/", sent.body), ("https://shop.example/a/", sent.body + b"&From=x")):
        with pytest.raises(Refused):
            ADAPTER.verify(WebhookCall("POST", url, headers, {}, body), {"auth_token": TOKEN}, NOON)


def test_row_24_without_a_token_in_the_settings_nobody_is_let_in():
    sent = signed("https://shop.example/a/", incoming(), token="")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    with pytest.raises(Refused):
        ADAPTER.verify(WebhookCall("POST", "https://shop.example/a/", headers, {}, sent.body), {}, NOON)


def test_the_documented_message_is_understood():
    [message] = parsed(incoming())
    assert message.sender.address == "+14017122661"
    assert (message.identity, message.authenticated) == ("phone", False)
    assert message.text == "Ahoy! We can't wait to see what you build."
    assert not message.defects


def test_a_sender_by_name_is_kept_and_can_not_be_answered():
    [message] = parsed(incoming(sender="KETTLES"))
    assert (message.sender.address, message.identity) == ("sms:KETTLES", "handle")
    assert message.extra["no_reply"]
    assert message.automatic
    with pytest.raises(ChannelError) as told:
        messages.number_of("sms:KETTLES")
    assert told.value.permanent


def test_a_short_number_can_be_answered():
    assert messages.number_of(messages.address_of("12345")) == "12345"


def test_files_of_an_mms_are_named_by_their_kind():
    media = {"MediaUrl0": "https://api.example/ME1", "MediaContentType0": "image/jpeg", "MediaUrl1": "ftp://x"}
    [message] = parsed(incoming(text="") | media | {"NumMedia": "2"})
    [file] = message.remote_files
    assert (file.ref, file.name, file.content_type) == ("https://api.example/ME1", "file-1.jpg", "image/jpeg")
    assert any("file" in defect for defect in message.defects)


def test_a_place_is_shown_as_words():
    [message] = parsed(incoming(text="") | {"Latitude": "56.95", "Longitude": "24.11", "Label": "Shop"})
    assert "Shop 56.95, 24.11" in message.text
    assert message.extra["location"]["latitude"] == "56.95"


@pytest.mark.parametrize(
    ("state", "kind"),
    [("delivered", "delivered"), ("read", "read"), ("undelivered", "failed"), ("failed", "failed")],
)
def test_a_state_becomes_news(state, kind):
    [news] = parsed(status("SM1", state, ErrorCode="30003"))
    assert (news.kind, news.message_id) == (kind, "SM1")
    assert bool(news.words) == (kind == "failed")


@pytest.mark.parametrize("state", ["accepted", "queued", "sending", "sent"])
def test_a_state_on_the_way_is_not_kept(state):
    assert messages.pieces_of(status("SM1", state)) == []


def test_a_code_is_told_in_plain_words():
    assert words_of(30003) == "30003 the phone is switched off or cannot be reached"
    assert words_of(39999, "Strange things") == "39999 Strange things"
    assert words_of(0) == "the provider gave no reason"


def test_stop_is_news_and_no_message():
    [news] = parsed(incoming(text=" Stop. "))
    assert news == News("opted_out", sender="+14017122661")


@pytest.mark.parametrize("word", ["CANCEL", "yes", "END"])
def test_a_word_that_may_be_an_answer_is_both(word):
    news, message = parsed(incoming(text=word))
    assert isinstance(news, News)
    assert message.text == word


def test_help_is_a_message_for_a_person():
    [message] = parsed(incoming(text="HELP"))
    assert message.extra["keyword"] == "help"


def test_a_word_of_the_admins_own_counts_when_the_provider_has_read_it():
    news, message = parsed(incoming(text="Genug") | {"OptOutType": "STOP"})
    assert news.kind == "opted_out"
    assert message.text == "Genug"


def test_the_provider_is_answered_with_empty_twiml(db, provider):
    inbox = CONTRACT.inbox(provider)
    sent = CONTRACT.call(inbox, Words())
    response = Client().post(
        f"/channels/sms/{inbox.pk}/", data=sent.body, content_type=sent.content_type, headers=sent.headers
    )
    assert (response.status_code, response.content.decode()) == (200, EMPTY_TWIML)
    assert response["Content-Type"] == "text/xml"


def test_who_said_stop_gets_nothing_until_start(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    CONTRACT.deliver(inbox, Words(text="STOP", message_id="m-2"))
    work()
    assert OptOut.objects.get().address == "+37120000001"
    provider.asked.clear()
    ticket = Ticket.objects.get()
    with pytest.raises(InvalidInput):
        tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text="It left today.")
    work()
    assert not provider.asked
    CONTRACT.deliver(inbox, Words(text="START", message_id="m-3"))
    work()
    assert not OptOut.objects.exists()
    tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text="It left today.")
    work()
    assert len(provider.asked) == 1


def test_what_the_provider_says_of_our_message_reaches_it(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    sid = f"SMout{CONTRACT._count}"
    assert CONTRACT.post(inbox, signed(CONTRACT.url(inbox), status(sid, "delivered"))) == 200
    work()
    reply.refresh_from_db()
    assert reply.delivered_at is not None
    CONTRACT.post(inbox, signed(CONTRACT.url(inbox), status(sid, "undelivered", ErrorCode="30005")))
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.FAILED
    assert "not in use" in reply.delivery_words


def test_an_opted_out_number_is_remembered_from_the_refusal(provider, agent):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words())
    work()
    provider.answers[:] = [Reply(status=400, data={"code": 21610, "message": "unsubscribed recipient"})] * 2
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    assert reply.delivery == Message.Delivery.FAILED
    assert OptOut.objects.filter(address="+37120000001").exists()


@pytest.mark.parametrize(
    ("status_code", "code", "permanent", "set_up", "opted_out"),
    [
        (400, 21610, True, True, True),
        (400, 21211, True, True, False),
        (400, 21614, True, True, False),
        (429, 20429, False, True, False),
        (401, 20003, False, False, False),
        (400, 21606, False, False, False),
        (503, 0, False, True, False),
    ],
)
def test_a_refusal_is_read_by_its_code(status_code, code, permanent, set_up, opted_out):
    error = twilio.refusal(Said(status_code, {"code": code, "message": "words"}))
    assert (error.permanent, error.set_up, error.opted_out) == (permanent, set_up, opted_out)


def test_a_long_text_goes_in_parts_and_a_fault_repeats_only_what_is_left(provider):
    text = " ".join(["word"] * 700)
    sids = iter(f"SM{n}" for n in range(9))

    def usual(asked):
        return Reply(status=201, data={"sid": next(sids)})

    provider.usual = usual
    provider.answers[:] = [Reply(status=201, data={"sid": "SMfirst"}), Reply(status=500)]
    credential = {"account_sid": "AC1", "auth_token": "t", "api_base": provider.url}
    with pytest.raises(ChannelError) as told:
        ADAPTER.send(outgoing(text), credential)
    assert told.value.recipients_done == ("0=SMfirst",)
    provider.asked.clear()
    receipt = ADAPTER.send(outgoing(text, done=told.value.recipients_done), credential)
    assert receipt.provider_id.split()[0] == "SMfirst"
    assert [one.form["Body"] for one in provider.asked] == [t for t, _urls in parts_of(outgoing(text))][1:]


def test_files_go_as_addresses_that_the_provider_fetches(provider):
    provider.usual = lambda asked: Reply(status=201, data={"sid": "MM1"})
    credential = {"account_sid": "AC1", "auth_token": "t", "messaging_service_sid": "MG1", "api_base": provider.url}
    urls = tuple(f"https://shop.example/{n}.png" for n in range(12))
    ADAPTER.send(outgoing("See the pictures", urls=urls), credential)
    first, second = provider.asked
    assert first.body.decode().count("MediaUrl=") == 10
    assert second.body.decode().count("MediaUrl=") == 2
    assert first.form["MessagingServiceSid"] == "MG1"
    assert "From" not in first.form


def test_the_token_is_shown_to_the_provider_alone(provider):
    provider.usual = lambda asked: Reply(body=b"x")
    credential = {"account_sid": "AC1", "auth_token": "t", "api_base": "https://api.example"}
    media = incoming() | {"NumMedia": "1", "MediaUrl0": f"{provider.url}/x", "MediaContentType0": "image/png"}
    [message] = parsed(media)
    ADAPTER.fetch(message.remote_files[0], credential)
    assert "authorization" not in provider.asked[0].headers


def test_row_4_a_file_inside_our_own_network_is_not_fetched(settings, db):
    settings.HTTP_ALLOW = []
    media = incoming() | {"NumMedia": "1", "MediaUrl0": "http://169.254.169.254/x", "MediaContentType0": "image/png"}
    [message] = parsed(media)
    with pytest.raises(ChannelError):
        ADAPTER.fetch(message.remote_files[0], {})


def test_the_live_check_sets_the_webhook_of_the_only_free_number(provider):
    rows = [{"sid": "PN1", "phone_number": "+15557122661", "sms_url": ""}]

    def usual(asked):
        if asked.path.endswith("/IncomingPhoneNumbers.json"):
            return Reply(data={"incoming_phone_numbers": rows})
        return Reply(data={"status": "active", "sid": "PN1"})

    provider.usual = usual
    credential = {"account_sid": "AC1", "auth_token": "t", "api_base": provider.url}
    found = ADAPTER.check(credential, "https://shop.example/channels/sms/7/")
    assert all(one.good for one in found)
    last = provider.asked[-1]
    assert last.path == "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/PN1.json"
    assert last.form == {"SmsUrl": "https://shop.example/channels/sms/7/", "SmsMethod": "POST"}


def test_the_live_check_leaves_a_number_alone_that_leads_elsewhere(provider):
    rows = [{"sid": "PN1", "phone_number": "+1555", "sms_url": "https://other.example/"}]
    provider.usual = lambda asked: Reply(data={"incoming_phone_numbers": rows, "status": "active"})
    credential = {"account_sid": "AC1", "auth_token": "t", "api_base": provider.url}
    found = ADAPTER.check(credential, "https://shop.example/channels/sms/7/")
    assert [one.good for one in found] == [True, False]
    assert all(one.method == "GET" for one in provider.asked)


def test_what_is_kept_is_the_form_as_it_came(db, provider):
    inbox = CONTRACT.inbox(provider)
    CONTRACT.deliver(inbox, Words(text="Ķīlis & Søn: 5 < 6"))
    kept = json.loads(bytes(RawMessage.objects.get().body))
    assert kept["Body"] == "Ķīlis & Søn: 5 < 6"
    assert inbound.ingest_waiting(now=clock.now()) == 1
