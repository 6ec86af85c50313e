"""Settings, customers, search, notifications and preferences."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from hospes.core import clock
from hospes.customers.models import BlockedSender, Customer
from hospes.desk.tests.conftest import signed_in
from hospes.staff.models import Agent, Invitation, Team
from hospes.testing import people
from hospes.tickets import operations
from hospes.tickets.models import Inbox, Macro, Message, Notification, Status, Tag


@pytest.fixture
def admin(company):
    return signed_in(company.admin)


@pytest.fixture
def lead(company):
    return signed_in(company.lead)


def test_an_inbox_is_made_and_changed(admin, company):
    data = {"name": "Returns", "address": "returns@demo.example", "language": "lv", "promise_hours": "8"}
    assert admin.post(reverse("desk:new_inbox"), data).status_code == 302
    made = Inbox.objects.get(address="returns@demo.example")
    assert (made.language, made.promise_hours, made.acknowledge) == ("lv", 8, False)
    admin.post(reverse("desk:inbox", args=[made.pk]), {**data, "acknowledge": "on", "signature_html": "<p>Us</p>"})
    made.refresh_from_db()
    assert (made.acknowledge, made.signature_html) == (True, "<p>Us</p>")


def test_two_inboxes_cannot_share_an_address(admin, company):
    data = {"name": "Again", "address": company.inbox.address, "language": "en", "promise_hours": "8"}
    assert admin.post(reverse("desk:new_inbox"), data).status_code == 422


def test_row_31_a_stored_password_is_never_sent_back(admin, company):
    url = reverse("desk:inbox_credentials", args=[company.inbox.pk])
    secret = "s3cret-canary"
    admin.post(url, {"imap_host": "mail.example", "imap_password": secret, "smtp": f"smtp://u:{secret}@mail.example"})
    page = admin.get(url).content.decode()
    assert "mail.example" in page
    assert secret not in page


def test_a_team_is_made_renamed_and_put_away(admin):
    url = reverse("desk:teams")
    admin.post(url, {"name": "Night shift"})
    made = Team.objects.get(name="Night shift")
    admin.post(url, {"team": made.pk, "name": "Late shift"})
    admin.post(url, {"team": made.pk, "archive": "1"})
    made.refresh_from_db()
    assert made.name == "Late shift"
    assert made.archived_at is not None


def test_tags_are_renamed_joined_and_deleted(lead, ticket, change):
    change(ticket, tags=["hot", "warm"])
    hot, warm = Tag.objects.get(name="hot"), Tag.objects.get(name="warm")
    lead.post(reverse("desk:tags"), {"tag": hot.pk, "name": "warm"})
    assert [t.name for t in ticket.tags.all()] == ["warm"]
    lead.post(reverse("desk:tags"), {"tag": warm.pk, "delete": "1"})
    assert not ticket.tags.exists()


def test_an_own_status_lives_within_a_category(admin, desk, ticket):
    admin.post(reverse("desk:statuses"), {"name": "Waiting for the warehouse", "category": "on_hold"})
    made = Status.objects.get(name="Waiting for the warehouse")
    desk.post(reverse("desk:change", args=[ticket.number]), {"status": made.pk})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.category) == (made, "on_hold")


def test_a_macro_is_made_with_what_it_changes(desk):
    desk.post(
        reverse("desk:new_macro"),
        {"name": "Close", "body_html": "<p>Bye</p>", "sharing": "private", "status": "solved", "tags": "done, quick"},
    )
    made = Macro.objects.get()
    assert made.actions == {"status": "solved", "tags": ["done", "quick"]}
    assert desk.get(reverse("desk:macro_settings", args=[made.pk])).status_code == 200
    desk.post(reverse("desk:macro_settings", args=[made.pk]), {"archive": "1"})
    assert desk.get(reverse("desk:macro_settings", args=[made.pk])).status_code == 404


def test_sharing_a_macro_needs_the_right_to(desk, lead):
    data = {"name": "For all", "body_html": "<p>x</p>", "sharing": "all"}
    assert desk.post(reverse("desk:new_macro"), data).status_code == 422
    assert lead.post(reverse("desk:new_macro"), data).status_code == 302


def test_somebody_is_invited_by_mail_and_the_link_is_shown_once(admin):
    answer = admin.post(reverse("desk:invite"), {"email": "new@demo.example", "role": "agent"})
    page = answer.content.decode()
    made = Invitation.objects.get()
    [letter] = mail.outbox
    [link] = re.findall(r"https?://\S+/account/\S+", letter.body)
    assert letter.to == ["new@demo.example"]
    assert link in page
    assert made.token_hash not in page
    admin.post(reverse("desk:withdraw", args=[made.pk]))
    made.refresh_from_db()
    assert made.withdrawn_at is not None


def test_the_last_admin_stays_admin(admin, company):
    url = reverse("desk:agent", args=[company.admin.pk])
    assert admin.post(url, {"name": "Ilze", "role": "agent"}).status_code == 422
    admin.post(url, {"deactivate": "1"})
    assert Agent.objects.get(pk=company.admin.pk).is_active


def test_who_leaves_is_signed_out_of_the_desk(admin, desk, company):
    admin.post(reverse("desk:agent", args=[company.ivo.pk]), {"deactivate": "1"})
    assert desk.get(reverse("desk:view", args=["open"])).status_code in (302, 403)


def test_blocked_senders_are_listed_and_let_in_again(lead):
    url = reverse("desk:blocked")
    lead.post(url, {"pattern": "@spam.example", "reason": "advertising"})
    assert "@spam.example" in lead.get(url).content.decode()
    lead.post(url, {"unblock": BlockedSender.objects.get().pk})
    assert not BlockedSender.objects.exists()


def test_row_17_what_could_not_be_taken_in_is_seen_downloaded_and_tried_again(lead, company):
    from hospes.channels import operations as channels
    from hospes.channels.models import RawMessage

    pk, _made = channels.store_raw(inbox=company.inbox, external_id="x", body=b"bytes", envelope={}, now=people.NOON)
    RawMessage.objects.filter(pk=pk).update(state="attention", error="ValueError: odd")
    url = reverse("desk:attention")
    assert "ValueError: odd" in lead.get(url).content.decode()
    assert lead.get(reverse("desk:raw_original", args=[pk])).content == b"bytes"
    lead.post(url, {"raw": pk})
    assert RawMessage.objects.get(pk=pk).state == "new"


def test_a_given_up_step_is_seen_and_tried_again(lead, ticket):
    from hospes.core.models import EventDelivery

    delivery = EventDelivery.objects.order_by("id")[0]
    EventDelivery.objects.filter(pk=delivery.pk).update(given_up_at=clock.now(), error="Boom: it broke", attempts=12)
    url = reverse("desk:attention")
    assert "Boom: it broke" in lead.get(url).content.decode()
    lead.post(url, {"delivery": delivery.pk})
    delivery.refresh_from_db()
    assert delivery.given_up_at is None


def test_a_message_that_failed_is_tried_again_from_the_list(lead, company, ticket):
    message = operations.reply(ticket=ticket, actor=people.desk_actor(company.ivo), now=people.NOON, text="Hello")
    Message.objects.filter(pk=message.pk).update(delivery="failed", delivery_words="550 nobody here")
    url = reverse("desk:attention")
    assert "550 nobody here" in lead.get(url).content.decode()
    lead.post(url, {"message": message.pk})
    message.refresh_from_db()
    assert message.delivery == "queued"


def test_preferences_are_kept_and_cleaned(desk, company):
    desk.post(
        reverse("desk:preferences"),
        {
            "name": "Ivo B.",
            "language": "lv",
            "time_zone": "Europe/Riga",
            "theme": "dark",
            "signature_html": "<p>Ivo<script>x</script></p>",
            "mentioned-mail": "on",
        },
    )
    company.ivo.refresh_from_db()
    assert (company.ivo.name, company.ivo.language, company.ivo.single_keys) == ("Ivo B.", "lv", False)
    assert company.ivo.signature_html == "<p>Ivo</p>"
    assert company.ivo.notify["mentioned"] == {"page": False, "browser": False, "mail": True}
    page = desk.get(reverse("desk:preferences")).content.decode()
    assert '<html lang="lv"' in page
    assert 'data-theme="dark"' in page


def test_the_own_phone_number_is_checked_and_kept(desk, company):
    sent = {"name": "Ivo", "language": "", "time_zone": "", "theme": "auto", "phone": "+371 2900-0001"}
    assert desk.post(reverse("desk:preferences"), sent).status_code == 302
    company.ivo.refresh_from_db()
    assert company.ivo.phone == "+37129000001"
    for wrong, words in (("29000001", "country code"), ("+371 12", "There is no such phone number")):
        page = desk.post(reverse("desk:preferences"), {**sent, "phone": wrong})
        assert words in page.content.decode()
        assert list(page.context["form"].errors) == ["phone"]
    company.ivo.refresh_from_db()
    assert company.ivo.phone == "+37129000001"


def test_notifications_are_shown_and_read(desk, company, ticket, change):
    change(ticket, assignee=company.ivo)
    people.settle()
    assert desk.get(reverse("desk:news")).json()["count"] == 1
    assert "Kettle leaks" in desk.get(reverse("desk:notifications")).content.decode()
    desk.post(reverse("desk:notifications"))
    assert desk.get(reverse("desk:news")).json()["count"] == 0
    assert Notification.objects.get().read_at is not None


@pytest.mark.parametrize("query", ["kettle", '"My kettle leaks"', "kettle -toaster", "anna@customer.example"])
def test_search_finds_a_ticket_by_words_phrases_and_people(desk, ticket, query):
    assert ticket.number in desk.get(reverse("desk:search"), {"q": query}).content.decode()


@pytest.mark.parametrize("query", ['"leaks kettle"', "kettle -leaks", "toaster"])
def test_search_leaves_out_what_was_excluded(desk, ticket, query):
    assert ticket.number not in desk.get(reverse("desk:search"), {"q": query}).content.decode()


def test_the_palette_finds_tickets_and_customers(desk, ticket):
    answer = desk.get(reverse("desk:palette"), {"q": "anna"}).json()
    assert [c["name"] for c in answer["customers"]] == ["Anna Kalniņa"]
    assert [t["number"] for t in desk.get(reverse("desk:palette"), {"q": ticket.shown_number}).json()["tickets"]]


def test_a_customer_is_made_changed_and_found(desk):
    desk.post(reverse("desk:new_customer"), {"name": "Bek Tursunov", "email": "bek@post.example"})
    made = Customer.objects.get()
    url = reverse("desk:customer", args=[made.pk])
    desk.post(url, {"name": "Bek T.", "company": "Works", "vip": "on", "language": "uz", "time_zone": "Asia/Tashkent"})
    made.refresh_from_db()
    assert (made.name, made.vip, made.company.name) == ("Bek T.", True, "Works")
    assert "Bek T." in desk.get(reverse("desk:customers"), {"q": "works"}).content.decode()


def test_contact_points_are_added_and_taken_away(desk, ticket):
    url = reverse("desk:contact_point", args=[ticket.customer_id])
    desk.post(url, {"value": "+371 20000000"})
    point = ticket.customer.contact_points.get(kind="phone")
    desk.post(url, {"remove": point.pk})
    assert not ticket.customer.contact_points.filter(kind="phone").exists()


def test_row_6_a_contact_point_of_another_customer_is_not_taken_away(desk, company, ticket):
    other = people.receive("x", sender="other@x.example", inbox=company.inbox).ticket.customer
    theirs = other.contact_points.get()
    desk.post(reverse("desk:contact_point", args=[ticket.customer_id]), {"remove": theirs.pk})
    assert other.contact_points.filter(pk=theirs.pk).exists()


def test_customers_are_merged_and_parted_again(lead, company, ticket):
    other = people.receive("x", sender="anna@work.example", inbox=company.inbox).ticket.customer
    url = reverse("desk:merge_customer", args=[ticket.customer_id])
    lead.post(url, {"address": "anna@work.example"})
    other.refresh_from_db()
    assert other.merged_into_id == ticket.customer_id
    lead.post(url, {"undo": other.pk})
    other.refresh_from_db()
    assert other.merged_into_id is None


def test_a_note_on_the_customer_is_kept_beside_the_talk(desk, ticket):
    assert (
        desk.post(reverse("desk:customer_note", args=[ticket.customer_id]), {"notes": "Likes tea"}).status_code == 204
    )
    assert "Likes tea" in desk.get(reverse("desk:ticket", args=[ticket.number])).content.decode()


def test_customers_are_listed_newest_first_page_by_page(desk, company):
    for i in range(55):
        people.receive("x", sender=f"c{i}@x.example", name=f"Customer {i}", inbox=company.inbox, message_id=f"c{i}@x")
    page = desk.get(reverse("desk:customers")).content.decode()
    assert "Customer 54" in page
    assert "Customer 4<" not in page
    more = page.split('hx-get="')[2].split('"')[0]
    assert "Customer 4<" in desk.get(more, headers={"HX-Request": "true"}).content.decode()


def test_a_snoozed_ticket_says_when_it_comes_back(desk, ticket, change):
    change(ticket, snoozed_until=clock.now() + timedelta(hours=5))
    assert "comes back in" in desk.get(reverse("desk:view", args=["snoozed"])).content.decode()


@pytest.mark.django_db
def test_an_inbox_can_take_mail_from_a_webhook_and_keeps_what_is_secret():
    from django.test import Client

    from hospes.channels.queries import credential_of
    from hospes.testing.people import make_agent, make_inbox

    inbox = make_inbox()
    client = Client()
    client.force_login(make_agent("Root", role="admin"), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/desk/settings/inboxes/{inbox.pk}/servers/"
    sent = {
        "imap_security": "starttls",
        "imap_after": "seen",
        "webhook": "on",
        "webhook_settings": "webhook_signing_key=abc",
    }
    assert client.post(address, sent).status_code == 302
    kept = credential_of(inbox.pk)
    assert (kept["imap_security"], kept["imap_after"]) == ("starttls", "seen")
    assert kept["webhook_settings"] == {"webhook_signing_key": "abc"}
    page = client.get(address).content.decode()
    assert kept["webhook_secret"] in page
    assert "abc" not in page
    # Saving again with empty secrets keeps them; taking the webhook away makes its address useless.
    assert client.post(address, {"imap_security": "tls", "webhook": "on"}).status_code == 302
    assert credential_of(inbox.pk)["webhook_settings"] == {"webhook_signing_key": "abc"}
    assert credential_of(inbox.pk)["webhook_secret"] == kept["webhook_secret"]
    assert client.post(address, {"imap_security": "tls"}).status_code == 302
    assert "webhook_secret" not in credential_of(inbox.pk)
    assert "name=value" in client.post(address, {"webhook_settings": "nonsense"}).content.decode()
