"""The contact form: a message becomes a ticket, robots and floods are slowed, nobody's words are lost."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.customers.models import Customer
from hospes.customers.operations import block_sender
from hospes.portal.tests.people import ANNA, filled, signed_in
from hospes.testing.people import NOON, make_inbox, settle
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
URL = "/portal/contact/"


@pytest.fixture(autouse=True)
def inbox():
    return make_inbox()


def test_a_message_becomes_a_ticket_in_the_language_of_the_page_and_is_confirmed_with_its_number():
    client = Client()
    answer = client.post(URL + "?lang=lv", filled())
    ticket = Ticket.objects.get()
    assert answer.status_code == 302
    assert (ticket.subject, ticket.language, ticket.customer.name) == ("Kettle leaks", "lv", "Anna Kalniņa")
    page = client.get(answer["Location"]).content.decode()
    assert ticket.shown_number in page
    assert ANNA in page
    settle()
    reply = Message.objects.get(ticket=ticket, kind="reply")
    assert reply.automatic
    assert ticket.shown_number in reply.text


def test_row_14_the_acknowledgement_of_an_anonymous_ticket_repeats_no_text_of_the_sender():
    canary = "BUY-CHEAP-PILLS"
    Client().post(URL, filled(name=f"http://x.example/{canary}", subject=canary, message=f"{canary} now"))
    settle()
    reply = Message.objects.get(kind="reply")
    assert canary not in reply.text
    assert canary not in reply.html
    assert canary not in reply.subject


def test_files_go_with_the_message_under_their_own_names():
    files = [
        SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40),
        SimpleUploadedFile("note.txt", b"hello"),
    ]
    Client().post(URL, filled(attachments=files))
    names = list(Message.objects.get().attachments.values_list("name", "size"))
    assert names == [("photo.png", 48), ("note.txt", 5)]


def test_a_file_over_the_limit_is_refused_in_words_and_the_message_stays_in_the_form(settings):
    settings.MAX_ATTACHMENT_BYTES = 1024 * 1024
    large = SimpleUploadedFile("film.mp4", b"0" * (1024 * 1024 + 1))
    answer = Client().post(URL, filled(attachments=[large]))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "film.mp4" in page
    assert "since yesterday" in page
    assert not Ticket.objects.exists()


def test_a_body_that_is_far_too_large_is_refused_before_it_is_read():
    answer = Client().generic(
        "POST", URL, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(300 * 1024 * 1024)
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "how",
    [
        {"website": "https://robot.example"},
        {"seconds": 1},
        {"seconds": 4, "worked": False},
        {"seconds": 7 * 3600},
        {"token": "made.up.token"},
    ],
    ids=["trap", "quick", "quick without the work", "stale", "forged"],
)
def test_what_looks_like_a_robot_is_asked_once_more_and_keeps_its_words(how):
    answer = Client().post(URL, filled(**how))
    assert answer.status_code == 422
    assert "since yesterday" in answer.content.decode()
    assert "robot.example" not in answer.content.decode()
    assert not Ticket.objects.exists()


def test_the_time_spent_counts_when_the_form_comes_back():
    client = Client()
    with time_machine.travel(clock.now() - timedelta(seconds=4), tick=False):
        client.get(URL)
        early = filled(0, worked=False)
        page = client.post(URL, early).content.decode()
    assert f'name="token" value="{early["token"]}"' in page
    with time_machine.travel(clock.now() + timedelta(seconds=4), tick=False):
        assert client.post(URL, early).status_code == 302


def test_a_form_is_taken_without_any_script_when_a_person_took_their_time():
    assert Client().post(URL, filled(60, worked=False)).status_code == 302


def test_one_token_sends_one_message():
    fields = filled()
    client = Client()
    assert client.post(URL, fields).status_code == 302
    assert client.post(URL, fields).status_code == 422
    assert Ticket.objects.count() == 1


def test_a_flood_from_one_place_is_slowed_and_told_for_how_long():
    client = Client()
    for number in range(4):
        assert client.post(URL, filled(60, worked=False, email=f"a{number}@c.example")).status_code == 302
    answer = client.post(URL, filled(60, worked=False, email="a5@c.example"))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "support@demo.example" in answer.content.decode()
    assert "since yesterday" in answer.content.decode()


def test_a_flood_in_one_persons_name_is_slowed_wherever_it_comes_from():
    for number in range(6):
        assert Client(REMOTE_ADDR=f"198.51.100.{number}").post(URL, filled()).status_code == 302
    assert Client(REMOTE_ADDR="198.51.100.99").post(URL, filled()).status_code == 429


def test_a_blocked_senders_form_is_kept_as_spam_and_not_acknowledged():
    block_sender(pattern=ANNA, reason="", actor=SYSTEM, now=NOON)
    assert Client().post(URL, filled()).status_code == 302
    settle()
    assert Ticket.objects.get().spam
    assert not Message.objects.filter(kind="reply").exists()


def test_somebody_elses_known_name_is_neither_changed_nor_shown():
    Client().post(URL, filled())
    page = Client().post(URL, filled(name="Somebody Else"), follow=True).content.decode()
    assert Customer.objects.get().name == "Anna Kalniņa"
    assert "Kalniņa" not in page


def test_a_topic_is_chosen_among_the_inboxes_that_want_the_form():
    billing = make_inbox("billing@demo.example")
    hidden = make_inbox("secret@demo.example")
    hidden.in_contact_form = False
    hidden.save()
    client = Client()
    page = client.get(URL).content.decode()
    assert f'value="{billing.pk}"' in page
    assert f'value="{hidden.pk}"' not in page
    assert client.post(URL, filled(inbox=hidden.pk)).status_code == 422
    assert client.post(URL, filled(inbox=billing.pk)).status_code == 302
    assert Ticket.objects.get().inbox_id == billing.pk


def test_without_an_inbox_the_page_says_so(inbox):
    inbox.in_contact_form = False
    inbox.save()
    assert Client().get(URL).status_code == 404


def test_the_confirmation_of_another_ticket_cannot_be_guessed():
    Client().post(URL, filled())
    number = Ticket.objects.get().pk
    for key in (str(number), "", "x:y:z"):
        answer = Client().get("/portal/contact/sent/", {"k": key})
        assert answer.status_code == 302


def test_somebody_signed_in_is_not_asked_who_they_are():
    client = signed_in()
    page = client.get(URL).content.decode()
    assert 'name="email"' not in page
    assert client.post(URL, filled(email="other@c.example", name="Other")).status_code == 302
    assert Ticket.objects.get().customer.contact_points.get().value == ANNA


def test_row_22_the_form_wants_its_csrf_token():
    client = Client(enforce_csrf_checks=True)
    assert client.post(URL, filled()).status_code == 403


def test_the_short_address_leads_to_the_form():
    assert Client().get("/contact?inbox=3")["Location"] == "/portal/contact/?inbox=3"


def test_row_2_what_a_customer_typed_is_escaped_when_the_form_comes_back():
    canary = "<script>alert(1)</script>"
    page = Client().post(URL, filled(1, name=canary, subject=canary, message=canary)).content.decode()
    assert canary not in page
    assert page.count("&lt;script&gt;alert(1)") == 3
