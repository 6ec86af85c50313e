"""Channels in the settings: made by a form of what the adapter asks for, secrets kept, checked, tried, put away."""

import pytest
from django.urls import reverse

from hospes.channels import operations, queries
from hospes.channels.models import Credential, DoorCount, ReadyTemplate
from hospes.channels.registry import adapters
from hospes.core import clock
from hospes.core.models import EventRow
from hospes.desk.tests.conftest import signed_in
from hospes.desk.topics.channels.shapes import PAGES
from hospes.testing.standin import Reply, standin
from hospes.tickets.models import Inbox

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture
def admin(company):
    return signed_in(company.admin)


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as played:
        played.usual = lambda asked: Reply(data={"ok": True, "result": {"username": "shop_bot", "url": ""}})
        yield played


def form_of(**more):
    return {"name": "Shop bot", "address": "@shop_bot", "language": "en", "promise_hours": "4", **more}


def make(admin, provider, **more):
    data = form_of(set_token=TOKEN, set_mode="webhook", set_api=provider.url, **more)
    answer = admin.post(reverse("desk:make_channel", args=["telegram"]), data)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Inbox.objects.get(kind="telegram")


@pytest.mark.parametrize("kind", sorted(set(adapters()) - set(PAGES)))
def test_every_channel_has_a_form_and_a_card(admin, kind):
    cards = admin.get(reverse("desk:new_channel")).content.decode()
    page = admin.get(reverse("desk:make_channel", args=[kind])).content.decode()
    assert reverse("desk:make_channel", args=[kind]) in cards
    for field in adapters()[kind].fields:
        assert (f'name="set_{field.name}"' in page) is not field.generate


def test_a_channel_is_made_with_its_settings_and_its_secret_is_never_shown_again(admin, provider):
    inbox = make(admin, provider)
    kept = queries.credential_of(inbox.pk)
    assert kept["token"] == TOKEN
    assert len(kept["secret_token"]) >= 24  # drawn by us
    page = admin.get(reverse("desk:channel", args=[inbox.pk])).content.decode()
    assert TOKEN not in page
    assert f"/channels/telegram/{inbox.pk}/" in page
    admin.post(
        reverse("desk:channel", args=[inbox.pk]), form_of(set_token="", set_mode="polling", set_api=provider.url)
    )
    after = queries.credential_of(inbox.pk)
    assert (after["token"], after["mode"], after["secret_token"]) == (TOKEN, "polling", kept["secret_token"])


def test_every_change_is_in_the_audit_log_without_its_secret(admin, provider):
    make(admin, provider)
    rows = list(EventRow.objects.filter(name="SetupChanged").values_list("data", flat=True))
    assert {row["what"] for row in rows} >= {"created", "connected"}
    assert TOKEN not in str(rows)


def test_a_token_that_looks_wrong_is_named_with_the_cure(admin, provider):
    answer = admin.post(reverse("desk:make_channel", args=["telegram"]), form_of(set_token="nonsense"))
    assert answer.status_code == 422
    assert "Copy it from the provider once more" in answer.content.decode()
    assert not Inbox.objects.filter(kind="telegram").exists()


def test_a_number_is_asked_for_in_full(admin):
    data = form_of(address="2000 0000", set_account_sid="AC" + "1" * 32, set_auth_token="x" * 32)
    answer = admin.post(reverse("desk:make_channel", args=["sms"]), data)
    assert answer.status_code == 422
    assert "+371 2000 0000" in answer.content.decode()


def test_checking_asks_the_provider_and_keeps_what_it_said(admin, provider):
    inbox = make(admin, provider)
    page = admin.post(reverse("desk:check_channel", args=[inbox.pk])).content.decode()
    assert provider.asked
    assert 'class="findings"' in page
    assert Credential.objects.get(pk=inbox.pk).checked_at is not None
    provider.usual = lambda asked: Reply(
        status=401, data={"ok": False, "error_code": 401, "description": "Unauthorized"}
    )
    admin.post(reverse("desk:check_channel", args=[inbox.pk]))
    assert Credential.objects.get(pk=inbox.pk).working is False
    assert "Unauthorized" in admin.get(reverse("desk:channels")).content.decode()


def test_the_list_tells_when_the_provider_called_and_what_was_refused(admin, provider, django_assert_max_num_queries):
    inbox = make(admin, provider)
    now = clock.now()
    for outcome in ("taken", "signature", "signature", "replayed"):
        operations.count_call(inbox=inbox, outcome=outcome, now=now)
    Credential.objects.filter(pk=inbox.pk).update(seen_at=now)
    with django_assert_max_num_queries(14):
        page = admin.get(reverse("desk:channels")).content.decode()
    assert "3 calls refused in 7 days (sent a second time: 1, with a wrong signature: 2)" in page
    assert "Provider called" in page


def test_a_test_goes_to_ones_own_number_and_leaves_no_ticket(admin, settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as played:
        played.usual = lambda asked: Reply(status=201, data={"sid": "SM1", "status": "queued"})
        data = form_of(
            address="+37120000000", set_account_sid="AC" + "1" * 32, set_auth_token="x" * 32, set_api_base=played.url
        )
        assert admin.post(reverse("desk:make_channel", args=["sms"]), data).status_code == 302
        inbox = Inbox.objects.get(kind="sms")
        page = admin.post(reverse("desk:test_channel", args=[inbox.pk]), {"to": "+371 2000 0001"}).content.decode()
        assert "The provider took the test message." in page
        [asked] = [a for a in played.asked if a.method == "POST"]
        assert asked.form["To"] == "+37120000001"
        refused = admin.post(reverse("desk:test_channel", args=[inbox.pk]), {"to": "anna"}).content.decode()
        assert "Write the number with +" in refused
        assert len([a for a in played.asked if a.method == "POST"]) == 1


def test_what_is_put_away_takes_nothing_in_and_leaves_the_list(admin, provider, client):
    inbox = make(admin, provider)
    admin.post(reverse("desk:channel", args=[inbox.pk]), {"archive": "1"})
    assert client.post(f"/channels/telegram/{inbox.pk}/", {}, content_type="application/json").status_code == 404
    assert reverse("desk:channel", args=[inbox.pk]) not in admin.get(reverse("desk:channels")).content.decode()
    assert admin.get(reverse("desk:channel", args=[inbox.pk])).status_code == 404


def test_only_those_with_the_right_come_in(desk):
    assert desk.get(reverse("desk:channels")).status_code == 403
    assert not DoorCount.objects.exists()
    assert not ReadyTemplate.objects.exists()
