"""Own requests: seen by those who may, answered, settled, reopened; and nobody else's."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hospes.customers.models import Customer
from hospes.portal.tests.people import ANNA, signed_in
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive
from hospes.tickets import operations
from hospes.tickets.incoming import Person
from hospes.tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db
EVE = "eve@elsewhere.example"


def page_of(ticket):
    return f"/portal/requests/{ticket.number}/"


def upload(client, ticket, name, content, kind="application/octet-stream"):
    file = SimpleUploadedFile(name, content, kind)
    assert client.post(page_of(ticket), {"message": "See the file.", "attachments": file}).status_code == 302
    return Attachment.objects.get(name=name)


def test_a_customer_reads_what_is_public_and_nothing_else():
    ticket = receive().ticket
    actor = desk_actor(make_agent())
    operations.reply(ticket=ticket, actor=actor, now=NOON, html="<p>Please send a <b>photo</b>.</p>")
    operations.add_note(ticket=ticket, actor=actor, now=NOON, text="She is difficult.")
    operations.reply(ticket=ticket, actor=actor, now=NOON, text="Not yet sent.", undo_seconds=10)
    page = signed_in().get(page_of(ticket)).content.decode()
    assert "My kettle leaks." in page
    assert "<b>photo</b>" in page
    assert "difficult" not in page
    assert "Not yet sent" not in page


def test_row_6_another_customers_request_does_not_exist():
    ticket = receive().ticket
    mine = upload(signed_in(), ticket, "invoice.pdf", b"%PDF-1.7")
    message = Message.objects.filter(ticket=ticket).first()
    thief = signed_in(EVE)
    assert thief.get("/portal/requests/").status_code == 200
    for address in (page_of(ticket), f"{page_of(ticket)}messages/{message.pk}/", f"/portal/files/{mine.token}/"):
        assert thief.get(address).status_code == 404, address
    assert thief.post(page_of(ticket), {"message": "x"}).status_code == 404
    assert thief.post(page_of(ticket) + "settle/").status_code == 404
    assert Message.objects.filter(ticket=ticket).count() == 2


def test_row_6_a_message_of_another_ticket_is_not_shown_under_an_own_number():
    theirs = receive("<b>secret</b>", sender=EVE).ticket
    own = receive().ticket
    client = signed_in()
    assert client.get(f"{page_of(own)}messages/{theirs.last_message_id}/").status_code == 404


def test_nothing_is_shown_to_somebody_who_is_not_signed_in():
    ticket = receive().ticket
    for address in (page_of(ticket), "/portal/requests/", "/portal/details/", "/portal/files/abc/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/portal/sign-in/")


def test_row_10_somebody_who_joined_later_sees_only_what_came_since():
    first = receive("First secret words", message_id="one@c.example")
    operations.reply(ticket=first.ticket, actor=desk_actor(make_agent()), now=NOON, text="Second words")
    receive("Third words", cc=(Person(EVE),), in_reply_to="one@c.example")
    page = signed_in(EVE).get(page_of(first.ticket))
    if page.status_code == 200:
        assert "First secret" not in page.content.decode()
        assert "Second words" not in page.content.decode()
        assert "Third words" in page.content.decode()
    else:
        assert page.status_code == 404


def test_an_answer_with_a_file_reaches_the_ticket_and_reopens_it():
    ticket = receive().ticket
    operations.reply(ticket=ticket, actor=desk_actor(make_agent()), now=NOON, text="Done.", status="solved")
    attachment = upload(signed_in(), ticket, "photo.jpg", b"\xff\xd8\xff" + b"0" * 20, "image/jpeg")
    ticket.refresh_from_db()
    assert ticket.category == "open"
    assert attachment.message.text == "See the file."


def test_an_empty_answer_is_refused_and_says_why():
    ticket = receive().ticket
    answer = signed_in().post(page_of(ticket), {"message": "  "})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_customer_settles_and_reopens_their_request():
    ticket = receive().ticket
    client = signed_in()
    client.post(page_of(ticket) + "settle/", {"do": "settle"})
    assert Ticket.objects.get(pk=ticket.pk).category == "solved"
    assert "Kettle leaks" not in client.get("/portal/requests/").content.decode()
    assert "Kettle leaks" in client.get("/portal/requests/?state=settled").content.decode()
    client.post(page_of(ticket) + "settle/", {"do": "reopen"})
    assert Ticket.objects.get(pk=ticket.pk).category == "open"


def test_a_closed_request_takes_no_more_answers():
    ticket = receive().ticket
    operations.change_ticket(ticket=ticket, actor=desk_actor(make_agent()), now=NOON, status="closed")
    client = signed_in()
    assert "<textarea" not in client.get(page_of(ticket)).content.decode()
    assert client.post(page_of(ticket), {"message": "More"}).status_code == 422


def test_the_list_goes_on_page_by_page_and_misses_none():
    make_inbox()
    for number in range(45):
        receive(f"Text {number}", subject=f"Matter {number:02d}", message_id=f"{number}@c.example")
    client = signed_in()
    seen, address = [], "/portal/requests/"
    for _page in range(3):
        page = client.get(address).content.decode()
        seen += re.findall(r"Matter \d\d", page)
        following = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        address = "/portal/requests/" + (following[1].replace("&amp;", "&") if following else "")
    assert sorted(seen) == [f"Matter {number:02d}" for number in range(45)]
    assert following is None


@pytest.mark.parametrize("broken", ["x", "-", "99999999999999999999-1", "1-x", "nan-1", "١-٢"])
def test_a_broken_page_key_is_the_first_page(broken):
    receive()
    answer = signed_in().get("/portal/requests/", {"after": broken})
    assert answer.status_code == 200


def test_a_request_is_found_by_word_and_by_number():
    make_inbox()
    kettle = receive("a", subject="Kettle leaks", message_id="1@c.example").ticket
    receive("b", subject="Invoice copy", message_id="2@c.example")
    client = signed_in()
    for text in ("kettle", f"#{kettle.shown_number}", kettle.number.lower()):
        page = client.get("/portal/requests/", {"q": text}).content.decode()
        assert "Kettle leaks" in page
        assert "Invoice copy" not in page


def test_row_1_html_from_outside_stands_in_a_frame_where_nothing_runs():
    html = '<table><tr><td onclick="alert(1)">Hello<script>alert(2)</script></td></tr></table><img src="https://x.example/p.gif">'
    ticket = receive("Hello", html=html).ticket
    client = signed_in()
    page = client.get(page_of(ticket)).content.decode()
    assert "alert(" not in page
    frame = client.get(f"{page_of(ticket)}messages/{ticket.last_message_id}/")
    assert "alert(" not in frame.content.decode()
    assert ' src="https://x.example' not in frame.content.decode()
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


def test_row_2_names_and_subjects_are_escaped_on_every_page():
    canary = '"><script>alert(1)</script>'
    ticket = receive("Hi", subject=canary, name=canary).ticket
    client = signed_in()
    upload(client, ticket, "x<img src=y onerror=alert(1)>.txt", b"text")
    for address in ("/portal/requests/", page_of(ticket), "/portal/details/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=y" not in page


@pytest.mark.parametrize(
    ("name", "content", "claimed"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        ("a.html", b"<script>alert(1)</script>", "text/html"),
        ("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "application/xhtml+xml"),
        ("a.pdf", b"%PDF-1.7 /JavaScript", "application/pdf"),
        ("a.png", b"<script>alert(1)</script>", "image/png"),
    ],
)
def test_row_3_what_could_carry_code_is_only_downloaded_whatever_it_claims(name, content, claimed):
    ticket = receive().ticket
    client = signed_in()
    answer = client.get(f"/portal/files/{upload(client, ticket, name, content, claimed).token}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == content


def test_row_3_a_picture_that_is_one_is_shown_under_its_true_kind():
    ticket = receive().ticket
    client = signed_in()
    attachment = upload(client, ticket, "a.gif", b"\x89PNG\r\n\x1a\n" + b"0" * 20, "image/gif")
    answer = client.get(f"/portal/files/{attachment.token}/")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("inline")
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_own_details_are_changed_and_the_pages_follow_the_language():
    receive()
    client = signed_in()
    fields = {"name": "Anna Maria", "language": "tr", "time_zone": "Europe/Riga"}
    assert client.post("/portal/details/", fields).status_code == 302
    customer = Customer.objects.get()
    assert (customer.name, customer.language, customer.time_zone) == ("Anna Maria", "tr", "Europe/Riga")
    assert 'lang="tr"' in client.get("/portal/details/").content.decode()


def test_row_7_only_the_asked_details_can_be_changed():
    receive()
    fields = {"name": "A", "language": "en", "time_zone": "", "vip": "1", "notes": "x", "merged_into": "1", "id": "9"}
    signed_in().post("/portal/details/", fields)
    customer = Customer.objects.get()
    assert (customer.vip, customer.notes, customer.merged_into_id) == (False, "", None)


@pytest.mark.parametrize("code", ["en", "uz", "lv", "fa", "tr", "hy"])
def test_every_page_offers_six_languages_and_turns_round_for_persian(code):
    make_inbox()
    page = Client().get("/portal/", {"lang": code})
    text = page.content.decode()
    assert f'<html lang="{code}" dir="{"rtl" if code == "fa" else "ltr"}"' in text
    assert text.count("hreflang=") == 6
    assert page.cookies["hospes_language"].value == code


def test_row_22_no_page_of_the_portal_may_be_framed_by_another_site():
    ticket = receive().ticket
    client = signed_in()
    for address in ("/portal/sign-in/", "/portal/requests/", page_of(ticket), "/portal/details/"):
        answer = client.get(address)
        if answer.status_code == 200:
            assert answer["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
            assert answer["Cache-Control"] == "private, no-store"


def test_the_address_of_the_signed_in_is_their_own():
    receive()
    assert ANNA in signed_in().get("/portal/details/").content.decode()
