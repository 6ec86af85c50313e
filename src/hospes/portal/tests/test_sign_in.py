"""Signing in by a mailed code or link: for everybody alike, once, and never to another site."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from hospes.core import clock
from hospes.customers.models import PortalCode
from hospes.portal.tests.people import ANNA, signed_in
from hospes.testing.people import PASSWORD, make_agent, make_inbox, receive

pytestmark = pytest.mark.django_db
SIGN_IN, CODE = "/portal/sign-in/", "/portal/sign-in/code/"


def ask(client, email=ANNA, **more):
    client.post(SIGN_IN, {"email": email, **more})
    return mail.outbox[-1].subject.split()[0]


def link_in(message):
    return re.search(r"https?://[^/]+(/portal/sign-in/link/[^/\s]+/)", message.body)[1]


def test_a_mailed_code_opens_the_own_requests():
    receive()
    client = signed_in()
    assert "Kettle leaks" in client.get("/portal/requests/").content.decode()


def test_the_answer_is_the_same_whether_the_address_is_known():
    receive()
    pages = []
    for email in (ANNA, "anne@customer.example"):
        client = Client()
        first = client.post(SIGN_IN, {"email": email})
        page = (
            client.get(first["Location"]).content.decode().replace(email, "…").replace(email.replace("@", "%40"), "…")
        )
        pages.append((first.status_code, first["Location"], re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)))
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 2


def test_the_mail_says_that_a_machine_wrote_it_and_speaks_the_customers_language():
    receive(language="lv")
    Client().post(SIGN_IN, {"email": ANNA})
    message = mail.outbox[-1]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.to == [ANNA]
    [(html, kind)] = [(a.content, a.mimetype) for a in message.alternatives]
    assert kind == "text/html"
    assert 'lang="lv"' in html
    assert link_in(message) in html


@pytest.mark.parametrize("typed", ["{0} ", "-{0}-", "Code: {0}.", "{0:.3} {1}"])
def test_a_pasted_code_may_have_signs_around_it(typed):
    client = Client()
    code = ask(client)
    assert client.post(CODE, {"code": typed.format(code, code[3:])}).status_code == 302


def test_a_code_typed_on_a_persian_keyboard_is_good():
    client = Client()
    code = ask(client).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert client.post(CODE, {"code": code}).status_code == 302


def test_row_11_a_code_works_once_and_not_after_its_time():
    client = Client()
    code = ask(client)
    assert client.post(CODE, {"code": code}).status_code == 302
    again = Client()
    ask(again)
    PortalCode.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert again.post(CODE, {"code": mail.outbox[-1].subject.split()[0]}).status_code == 422
    session = Client()
    session.post(SIGN_IN, {"email": ANNA})
    assert session.post(CODE, {"code": code}).status_code == 422


def test_row_11_a_link_is_used_up_by_the_button_alone_and_only_once():
    Client().post(SIGN_IN, {"email": ANNA})
    link = link_in(mail.outbox[-1])
    for _scanner in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    client = Client()
    assert client.post(link).status_code == 302
    assert client.get("/portal/requests/").status_code == 200
    assert Client().post(link).status_code == 403


def test_a_code_is_not_guessed_in_five_tries():
    client = Client()
    code = ask(client)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _try in range(5):
        assert client.post(CODE, {"code": wrong}).status_code == 422
    assert client.post(CODE, {"code": code}).status_code == 422


def test_many_mails_to_one_address_are_refused_with_words():
    client = Client()
    for _mail in range(5):
        assert client.post(SIGN_IN, {"email": ANNA}).status_code == 302
    assert client.post(SIGN_IN, {"email": ANNA}).status_code == 429
    assert len(mail.outbox) == 5


def test_no_code_is_mailed_to_our_own_inbox_where_it_would_become_a_ticket():
    make_inbox("support@demo.example")
    for email in ("support@demo.example", "Support@demo.example"):
        assert Client().post(SIGN_IN, {"email": email})["Location"] == CODE
    assert not mail.outbox


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/portal/../desk/", "/desk/", "javascript:alert(1)"],
)
def test_row_22_signing_in_never_leads_elsewhere(wanted):
    client = Client()
    client.post(SIGN_IN, {"email": ANNA, "next": wanted})
    code = mail.outbox[-1].subject.split()[0]
    assert client.post(CODE, {"code": code})["Location"] == "/portal/requests/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for():
    received = receive()
    page = f"/portal/requests/{received.ticket.number}/"
    client = Client()
    asked = client.get(page)
    assert asked.status_code == 302
    shown = client.get(asked["Location"]).content.decode()
    assert f'value="{page}"' in shown
    client.post(SIGN_IN, {"email": ANNA, "next": page})
    assert client.post(CODE, {"code": mail.outbox[-1].subject.split()[0]})["Location"] == page


def test_a_planted_session_key_is_worth_nothing_after_signing_in():
    client = Client()
    code = ask(client)
    before = client.cookies["hospes_session"].value
    client.post(CODE, {"code": code})
    assert client.cookies["hospes_session"].value != before


def test_a_session_ends_after_thirty_days_away():
    client = signed_in()
    with time_machine.travel(clock.now() + timedelta(days=29), tick=False):
        assert client.get("/portal/requests/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=58), tick=False):
        assert client.get("/portal/requests/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=89), tick=False):
        assert client.get("/portal/requests/").status_code == 302


def test_signing_out_of_the_portal_leaves_the_staffs_sign_in_alone_and_the_other_way_round():
    make_agent("Ivo")
    client = signed_in()
    client.post("/account/login/", {"login": "ivo@demo.example", "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert client.get("/portal/requests/").status_code == 200
    client.post("/portal/sign-out/")
    assert client.get("/portal/requests/").status_code == 302
    assert "_auth_user_id" in client.session


def test_a_customer_is_no_agent_and_an_agent_no_customer():
    assert signed_in().get("/account/password/change/").status_code == 302
    agent = Client()
    agent.force_login(make_agent("Eva"))
    assert agent.get("/portal/requests/").status_code == 302
