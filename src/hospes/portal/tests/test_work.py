"""An outsider's work order by its link: shows the order and nothing else, works once, teaches nobody who guesses."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hospes.core import clock
from hospes.core.secrets import unseal
from hospes.portal.views import work as page
from hospes.testing.people import desk_actor, make_agent, receive
from hospes.tickets import operations
from hospes.tickets.models import Attachment, Message, WorkOrder


@pytest.fixture
def order(db):
    """An order for a courier, on a ticket with words that are none of their business."""
    ticket = receive("SECRET-BODY", subject="SECRET-SUBJECT", name="Secret Customer", now=clock.now()).ticket
    ivo = desk_actor(make_agent("Ivo"))
    operations.add_note(ticket=ticket, text="SECRET-NOTE", actor=ivo, now=clock.now())
    return operations.open_work_order(
        ticket=ticket,
        subject="Where is the <parcel>?",
        address="desk@courier.example",
        contact_name="Berta",
        text="Number 7 <b>",
        actor=ivo,
        now=clock.now(),
    )


def token_of(order):
    return unseal(WorkOrder.objects.get(pk=order.pk).token_sealed)["token"]


def address(order, token=None):
    return reverse("portal:work", args=[order.number, token or token_of(order)])


def test_the_page_shows_the_order_and_nothing_of_the_ticket(order):
    answer = Client().get(address(order))
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Where is the &lt;parcel&gt;?" in body
    assert "Number 7 &lt;b&gt;" in body
    assert "SECRET" not in body.upper().replace("SECRETS", "")
    assert order.ticket.number not in body
    assert order.ticket.shown_number not in body
    assert "anna@customer.example" not in body
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


def test_an_answer_with_a_file_lands_on_the_ticket_and_the_form_is_gone(order):
    client = Client()
    file = SimpleUploadedFile("../../proof.pdf", b"%PDF-1", content_type="application/pdf")
    sent = client.post(address(order), {"message": "On its way.", "attachments": file, "do": "answer"})
    assert sent.status_code == 302
    message = Message.objects.get(kind="side_in")
    assert (message.text, message.ticket, message.author_name) == ("On its way.", order.ticket, "Berta")
    assert Attachment.objects.get(message=message).name == "proof.pdf"
    shown = client.get(address(order)).content.decode()
    assert "On its way." in shown
    assert "<textarea" not in shown
    again = client.post(address(order), {"message": "Twice", "do": "answer"})
    assert again.status_code == 422
    assert Message.objects.filter(kind="side_in").count() == 1


def test_it_may_be_accepted_or_declined(order):
    client = Client()
    assert client.post(address(order), {"do": "accept"}).status_code == 302
    assert client.post(address(order), {"message": "", "do": "decline"}).status_code == 422
    assert client.post(address(order), {"message": "Not ours.", "do": "decline"}).status_code == 302
    found = WorkOrder.objects.get()
    assert (found.state, found.answer) == ("declined", "Not ours.")


@pytest.mark.parametrize("what", ["guess", "old", "cancelled", "other", "none", "long"])
def test_row_6_a_link_that_is_not_good_says_the_same_whatever_is_wrong(order, what):
    token, number = token_of(order), order.number
    if what == "guess":
        token = "x" * 43
    elif what == "long":
        token = "x" * 2000
    elif what == "old":
        WorkOrder.objects.update(token_expires_at=clock.now() - timedelta(seconds=1))
    elif what == "cancelled":
        operations.close_work_order(order=order, cancel=True, actor=desk_actor(order.owner), now=clock.now())
    elif what == "other":
        number = "ZZZZZZZ"
    place = reverse("portal:work", args=[number, token])
    if what == "none":
        place = reverse("portal:work-without-link", args=[number])
    got = Client().get(place)
    guessed = Client().get(reverse("portal:work", args=["YYYYYYY", "y" * 43]))
    assert got.status_code == guessed.status_code == 404
    assert b"parcel" not in got.content
    if what != "none":
        posted = Client().post(place, {"message": "Hello", "do": "answer"})
        assert posted.status_code == 404
    assert not Message.objects.filter(kind="side_in").exists()


def test_guessing_is_counted(order, monkeypatch):
    monkeypatch.setattr(page, "TRIES", 3)
    client = Client()
    for _try in range(3):
        assert client.get(address(order, "x" * 43)).status_code == 404
    assert client.get(address(order)).status_code == 429


def test_a_form_of_another_site_cannot_answer(order):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(order), {"message": "Hello", "do": "answer"}).status_code == 403


def test_the_page_speaks_the_template_s_language(order):
    WorkOrder.objects.update(language="fa")
    assert 'dir="rtl"' in Client().get(address(order)).content.decode()
