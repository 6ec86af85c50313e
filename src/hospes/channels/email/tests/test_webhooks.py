"""Mail and delivery news posted by providers: only with the secret, signed where it can be, kept before 200."""

import hashlib
import hmac
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hospes.channels import operations
from hospes.channels.email.parse import parse
from hospes.channels.email.tests.mails import mail
from hospes.channels.models import Delivery, RawMessage
from hospes.channels.queries import raw_bytes
from hospes.core.actors import SYSTEM
from hospes.customers.models import ContactPoint
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message

pytestmark = pytest.mark.django_db
SECRET = "s" * 43
KEY = "signing-key"


@pytest.fixture
def inbox():
    inbox = make_inbox()
    values = {"webhook_secret": SECRET, "webhook_settings": {}}
    operations.save_credential(inbox=inbox, values=values, actor=SYSTEM, now=NOON)
    return inbox


def address(inbox, provider, kind="inbound", secret=SECRET):
    return f"/channels/email/{inbox.pk}/{secret}/{provider}/{kind}/"


def postmark(**changes):
    return {
        "From": "anna@customer.example",
        "FromFull": {"Email": "anna@customer.example", "Name": "Anna", "MailboxHash": ""},
        "ToFull": [{"Email": "support@demo.example", "Name": "", "MailboxHash": ""}],
        "CcFull": [],
        "OriginalRecipient": "support@demo.example",
        "Subject": "Kettle",
        "Date": "Mon, 04 May 2026 12:00:00 +0000",
        "TextBody": "It leaks.",
        "HtmlBody": "",
        "Headers": [{"Name": "Message-ID", "Value": "<one@customer.example>"}],
        "Attachments": [],
        **changes,
    }


def test_row_24_without_the_right_secret_nothing_gets_in(client, inbox):
    body = json.dumps(postmark())
    for url in (
        address(inbox, "postmark", secret="x" * 43),
        address(inbox, "unknown"),
        f"/channels/email/{inbox.pk + 1}/{SECRET}/postmark/inbound/",
    ):
        assert client.post(url, body, content_type="application/json").status_code == 404
    assert RawMessage.objects.count() == 0


def test_an_inbox_without_a_secret_takes_no_posts(client):
    inbox = make_inbox()
    assert client.post(address(inbox, "postmark"), "{}", content_type="application/json").status_code == 404


def test_row_24_a_posted_mail_is_kept_once_however_often_it_is_posted(client, inbox):
    for _ in range(2):
        answer = client.post(address(inbox, "postmark"), json.dumps(postmark()), content_type="application/json")
        assert answer.status_code == 200
    raw = RawMessage.objects.get()
    found = parse(raw_bytes(raw))
    assert (found.sender.address, found.subject, found.reply) == ("anna@customer.example", "Kettle", "It leaks.")
    assert raw.envelope["rcpt_to"] == ["support@demo.example"]


def signed(fields, key=KEY):
    token, timestamp = "t" * 50, "1777896000"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {**fields, "token": token, "timestamp": timestamp, "signature": signature}


def test_row_24_a_provider_that_signs_must_sign_rightly(client, inbox):
    values = {"webhook_settings": {"webhook_signing_key": KEY}}
    operations.save_credential(inbox=inbox, values=values, actor=SYSTEM, now=NOON)
    fields = {"recipient": "support@demo.example", "sender": "anna@c.example", "body-mime": mail().decode()}
    url = address(inbox, "mailgun", "inbound_mime")
    assert client.post(url, signed(fields, "other-key")).status_code == 403
    assert client.post(url, fields).status_code == 403
    assert RawMessage.objects.count() == 0
    assert client.post(url, signed(fields)).status_code == 200
    assert raw_bytes(RawMessage.objects.get()).replace(b"\r\n", b"\n") == mail().replace(b"\r\n", b"\n")


def test_a_signing_provider_without_a_key_is_told_to_try_later(client, inbox):
    answer = client.post(address(inbox, "mailgun"), {"body-mime": mail().decode()})
    assert answer.status_code == 503
    assert RawMessage.objects.count() == 0


def test_a_post_that_cannot_be_read_is_kept_for_somebody_to_see(client, inbox):
    posted = SimpleUploadedFile("x", b"\x00\xff")
    assert client.post(address(inbox, "postmark"), b"not json", content_type="application/json").status_code == 200
    assert client.post(address(inbox, "mailjet"), {"file": posted}).status_code == 200
    first = parse(raw_bytes(RawMessage.objects.order_by("id")[0]))
    assert first.automatic
    assert first.attachments[0].content == b"not json"


def test_news_of_a_bounce_marks_message_and_contact_once(client, inbox):
    ticket = receive(inbox=inbox).ticket
    message = tickets.reply(ticket=ticket, actor=desk_actor(make_agent()), now=NOON, text="Hello")
    Delivery.objects.create(message=message, state="sent", next_try_at=NOON, receipt="pm-77 pm-78")
    news = {
        "RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "TypeCode": 1, "MessageID": "pm-78",
        "Email": "anna@customer.example", "BouncedAt": "2026-05-04T12:00:00Z", "Details": "550 no such user",
        "Description": "The server was unable to deliver", "Metadata": {}, "Tag": "",
    }  # fmt: skip
    for _ in range(2):
        url = address(inbox, "postmark", "tracking")
        assert client.post(url, json.dumps(news), content_type="application/json").status_code == 200
    fresh = Message.objects.get(pk=message.pk)
    assert fresh.delivery == "bounced"
    assert "550 no such user" in fresh.delivery_words
    assert ContactPoint.objects.get(key="anna@customer.example").bounced_at is not None
