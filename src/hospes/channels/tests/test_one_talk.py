"""A customer writes by mail, then in the chat, then by WhatsApp, through the real doors: one record, one talk. A
stranger with the same name stays a stranger."""

import pytest
from django.urls import reverse

from hospes.channels import operations
from hospes.channels.chat.tests.contract import ChatContract
from hospes.channels.chat.tests.test_door import SECRET, Page, signed
from hospes.channels.email.receive import accept
from hospes.channels.email.tests.mails import mail
from hospes.channels.whatsapp.tests.contract import WhatsAppContract
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.customers.models import Customer, IdentityClaim
from hospes.customers.queries import find_by_contact
from hospes.desk.tests.conftest import signed_in
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, make_agent, make_inbox
from hospes.testing.standin import standin
from hospes.tickets.models import Message, Ticket

ANNA = "anna@customer.example"
NAME = "Anna Kalniņa"


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as played:
        yield played


def by_mail(inbox, text, *, sender=ANNA, message_id="first@customer.example"):
    body = mail(text, sender=f"{NAME} <{sender}>", message_id=message_id)
    accept(body, mail_from=sender, rcpt_to=[inbox.address], via="smtp", now=clock.now())
    work()


def test_mail_then_chat_then_whatsapp_is_one_record_and_one_talk(db, provider):
    mail_inbox, lead = make_inbox(), signed_in(make_agent("Mina", role="lead"))
    chat, whatsapp = ChatContract().inbox(None), WhatsAppContract()
    whatsapp_inbox = whatsapp.inbox(provider)
    operations.save_credential(inbox=chat, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    anna = Words(text="It is me again", sender="p1", name=NAME)
    number = whatsapp.sender_key(anna)

    by_mail(mail_inbox, "My kettle leaks.")
    [ticket] = Ticket.objects.all()

    # The shop's own site vouches for her address; the number is only said.
    page = Page(chat)
    assert page.start(jwt=signed(email=ANNA, name=NAME, phone=number)).status_code == 200
    assert page.say("Any news about the kettle?").status_code == 202
    work()
    assert set(Message.objects.filter(kind="incoming").values_list("ticket", "channel")) == {
        (ticket.pk, "email"), (ticket.pk, "chat"),
    }  # fmt: skip
    claim = IdentityClaim.objects.get(kind="phone")
    assert find_by_contact("phone", number) is None

    # An agent makes sure of it, and from then on the number is hers.
    shown = lead.get(reverse("desk:panels", args=[ticket.number])).content.decode()
    assert "May be reached here, too" in shown
    decided = lead.post(reverse("desk:claim", args=[claim.pk]), {"decide": "accept", "why": "She told me the order"})
    assert decided.status_code == 200

    assert whatsapp.deliver(whatsapp_inbox, anna) == 200
    work()
    assert list(Ticket.objects.values_list("pk", flat=True)) == [ticket.pk]
    heard = Message.objects.filter(ticket=ticket, kind="incoming").order_by("id").values_list("channel", flat=True)
    assert list(heard) == ["email", "chat", "whatsapp"]
    [person] = Customer.objects.filter(merged_into=None)
    assert find_by_contact("phone", number) == find_by_contact("email", ANNA) == person

    # The answer goes where she wrote last, and can go every other way.
    ways = lead.get(reverse("desk:ways", args=[ticket.number])).json()["ways"]
    assert [way["kind"] for way in ways] == ["whatsapp", "chat", "email"]
    said = lead.post(
        reverse("desk:reply", args=[ticket.number]), {"html": "<p>It left today.</p>", "via": ways[0]["via"]}
    )
    assert said.status_code == 200, said.content
    work()
    assert "It left today." in whatsapp.sent_texts(provider.asked)

    # Somebody else of the same name, on every channel, is somebody else.
    stranger = Words(text="Hello there", sender="p2", name=NAME, message_id="m-2")
    assert whatsapp.deliver(whatsapp_inbox, stranger) == 200
    other = Page(chat)
    other.start(fields={"name": NAME})
    other.say("Hello from the chat")
    by_mail(mail_inbox, "Hello by mail", sender="another.anna@customer.example", message_id="second@customer.example")
    work()
    assert Customer.objects.filter(merged_into=None, name=NAME).count() == 4
    assert Message.objects.filter(ticket=ticket, kind="incoming").count() == 3
    assert Ticket.objects.count() == 4
