"""The screens of the chat: the visitor beside the talk, the set-up with its code, invitations, the secret."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hospes.channels.chat import queries, visitors
from hospes.channels.chat.contrast import readable, text_on
from hospes.channels.chat.tests.contract import ChatContract
from hospes.channels.chat.tests.test_door import Page, signed
from hospes.channels.models import ChatInvitation, ChatSite, ChatVisitor
from hospes.core import clock
from hospes.core.models import EventRow
from hospes.testing.channels import work
from hospes.testing.people import make_agent
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db
FRAGMENT = {"Hospes-Fragment": "1"}
CANARY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def inbox(db):
    return ChatContract().inbox(None)


@pytest.fixture
def desk(client):
    client.force_login(make_agent("Admin", role="admin"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def chat_form(**more):
    first = {
        "name": "Shop chat", "language": "lv", "origins": "https://shop.example/\nHTTPS://Other.Example:443",
        "accent": "#0f766e", "mail_minutes": "7", "prechat_email": "required", "offline_email": "required",
        "own_prechat": "Topic: Delivery | Return *\nShoe size",
    }  # fmt: skip
    return {**first, **more}


def test_a_chat_is_made_and_gives_its_line_to_embed(desk):
    answer = desk.post(reverse("desk:new_chat"), {"name": "Shop", "language": "en", "origins": "https://shop.example"})
    site = ChatSite.objects.get()
    assert answer.url == reverse("desk:chat", args=[site.pk])
    page = desk.get(answer.url).content.decode()
    assert f"/channels/chat/chat.js&quot; data-inbox=&quot;{site.pk}&quot; async" in page
    assert site.origins == ["https://shop.example"]
    assert desk.get(reverse("desk:chats")).status_code == 200


def test_all_of_a_chat_is_changed_by_one_form(desk, inbox):
    assert desk.post(reverse("desk:chat", args=[inbox.pk]), chat_form()).status_code == 302
    site = queries.site_of(inbox.pk)
    assert site.origins == ["https://shop.example", "https://other.example"]
    assert (site.inbox.name, site.inbox.language, site.mail_minutes, site.files) == ("Shop chat", "lv", 7, False)
    assert [(f["name"], f["kind"], f["required"]) for f in site.prechat] == [
        ("email", "email", True), ("own0", "choice", True), ("own1", "text", False),
    ]  # fmt: skip
    fields = Page(inbox, origin="https://shop.example").ask("boot/?lang=en").json()["prechat"]["fields"]
    assert [f["label"] for f in fields] == ["E-mail address", "Topic", "Shoe size"]
    assert fields[1]["choices"] == ["Delivery", "Return"]
    again = desk.get(reverse("desk:chat", args=[inbox.pk])).content.decode()
    assert "Topic: Delivery | Return *" in again


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"origins": "shop.example"}, "is no address of a site"),
        ({"origins": "https://*.shop.example"}, "is no address of a site"),
        ({"origins": "https://shop.example/path"}, "is no address of a site"),
        ({"accent": "#ffe680"}, "too light"),
        ({"accent": "red"}, "such as #0f766e"),
        ({"mail_minutes": "2000"}, "1440"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure(desk, inbox, change, words):
    answer = desk.post(reverse("desk:chat", args=[inbox.pk]), chat_form(**change))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ChatSite.objects.get().mail_minutes == 5


def test_the_secret_is_shown_once_and_the_old_one_is_good_for_a_day(desk, inbox, time_machine):
    def made():
        answer = desk.post(reverse("desk:chat_secret", args=[inbox.pk]))
        assert answer["Cache-Control"] == "no-store"
        return answer.context["secret"]

    first = made()
    assert first not in desk.get(reverse("desk:chat", args=[inbox.pk])).content.decode()
    second = made()
    for secret in (first, second):
        assert Page(inbox).start(jwt=signed(secret=secret)).status_code == 200
    time_machine.move_to(clock.now() + timedelta(days=2))
    assert Page(inbox).start(jwt=signed(secret=first)).status_code == 403
    assert Page(inbox).start(jwt=signed(secret=second)).status_code == 200
    kept = "".join(str(row.data) for row in EventRow.objects.all())
    assert first not in kept


def test_an_invitation_is_kept_given_out_counted_and_deleted(desk, inbox):
    form = {
        "name": "Cart", "pages": "*/cart*", "after_seconds": "20", "cart_min": "50", "once_days": "3", "active": "on",
        "text_en": "May we help?", "text_lv": "Vai varam palīdzēt?",
    }  # fmt: skip
    assert desk.post(reverse("desk:new_invitation", args=[inbox.pk]), form).status_code == 302
    one = ChatInvitation.objects.get()
    page = Page(inbox)
    [shown] = page.ask("boot/?lang=lv").json()["invitations"]
    assert (shown["text"], shown["pages"], shown["cart_min"]) == ("Vai varam palīdzēt?", ["*/cart*"], 50.0)
    assert page.ask("invited/", {"id": one.pk}).status_code == 204
    for _ in range(2):
        page.start(invitation=one.pk)
    one.refresh_from_db()
    assert (one.shown, one.accepted) == (1, 1)
    address = reverse("desk:chat_invitation", args=[inbox.pk, one.pk])
    assert "Shown 1 time." in desk.get(address).content.decode()
    desk.post(address, {"delete": "1"})
    assert page.ask("boot/").json()["invitations"] == []


def test_the_visitor_stands_beside_the_talk_with_what_is_proven_and_what_is_not(
    desk, inbox, django_assert_max_num_queries
):
    page = Page(inbox)
    where = {"url": "https://shop.example/kettles", "title": "Kettles", "referrer": "https://search.example/?q=kettle"}
    page.start(fields={"name": CANARY, "email": "anna@customer.example", "order": "4711"}, page=where)
    page.say()
    work()
    ticket = Ticket.objects.get()
    html = desk.get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    for words in ("Kettles", "search.example", "anna@customer.example", "not proven", "4711"):
        assert words in html
    assert CANARY not in html
    with django_assert_max_num_queries(2):
        visitor = queries.visitor_of(ticket.pk)
    assert visitor.page_title == "Kettles"


def test_row_1_a_page_address_that_could_run_is_not_kept(inbox):
    page = Page(inbox)
    page.start(page={"url": "javascript:alert(1)", "title": "x", "referrer": "data:text/html,x"})
    visitor = ChatVisitor.objects.get()
    assert (visitor.page_url, visitor.referrer) == ("", "")
    visitors.walk(visitor=visitor, page=visitors.Page("javascript:alert(1)", "x"), now=clock.now())
    visitor.refresh_from_db()
    assert visitor.page_url == ""


def test_what_happened_in_the_chat_is_on_the_timeline(desk, inbox):
    page = Page(inbox)
    page.start()
    page.say()
    work()
    page.ask("rate/", {"score": 5, "text": "Great"})
    page.ask("end/", {})
    html = desk.get(reverse("desk:ticket", args=[Ticket.objects.get().number])).content.decode()
    assert "rated the chat with 5 of 5 and wrote why" in html
    assert "ended the chat" in html


def test_only_who_manages_inboxes_sets_up_chats(client, inbox):
    client.force_login(make_agent("Ivo"), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(reverse("desk:chats")).status_code == 403
    assert client.post(reverse("desk:chat_secret", args=[inbox.pk])).status_code == 403


def test_words_on_a_colour_can_be_read():
    assert (text_on("#0f766e"), text_on("#ffe680"), text_on("#000000")) == ("#ffffff", "#000000", "#ffffff")
    assert readable("#0f766e")
    assert not readable("#ffe680")
