"""The settings of contact points: order, hiding, own words, only for those who manage inboxes."""

import pytest

from hospes.channels import points
from hospes.channels.models import PublicWay
from hospes.core.models import EventRow
from hospes.testing.people import make_agent, make_inbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(make_agent("Admin", role="admin"))
    return client


def test_the_list_names_every_inbox_and_how_to_show_them(admin):
    make_inbox("help@shop.example")
    page = admin.get("/desk/settings/contact-points/").content.decode()
    assert "help@shop.example" in page
    assert "/portal/ways.js" in page


def test_one_of_our_own_is_made_changed_and_taken_away(admin):
    answer = admin.post("/desk/settings/contact-points/new/", {"name_lv": "Mūsu veikals", "address": "Brīvības iela 1"})
    assert answer.status_code == 302
    row = PublicWay.objects.get()
    assert (row.names, row.address) == ({"lv": "Mūsu veikals"}, "Brīvības iela 1")
    address = f"/desk/settings/contact-points/own-{row.pk}/"
    admin.post(address, {"name_en": "Our shop", "hidden": "on"})
    row.refresh_from_db()
    assert (row.names, row.hidden) == ({"en": "Our shop"}, True)
    admin.post(address, {"archive": "1"})
    assert not PublicWay.objects.exists()
    told = EventRow.objects.filter(name="ContactPointChanged").order_by("id")
    assert [event.data["what"] for event in told] == ["created", "changed", "removed"]


def test_a_name_is_needed_for_our_own(admin):
    answer = admin.post("/desk/settings/contact-points/new/", {"address": "Somewhere"})
    assert answer.status_code == 422
    assert not PublicWay.objects.exists()


def test_they_are_moved_by_keys_and_by_mouse(admin):
    for name in ("a", "b", "c"):
        make_inbox(f"{name}@shop.example")
    first, second, third = [point.key for point in points.points()]
    admin.post("/desk/settings/contact-points/", {"key": third, "move": "up"})
    assert [point.key for point in points.points()] == [first, third, second]
    admin.post("/desk/settings/contact-points/", {"key": first, "move": "up"})
    assert [point.key for point in points.points()] == [first, third, second]


def test_what_is_said_of_an_inbox_is_kept_beside_it(admin):
    inbox = make_inbox("help@shop.example")
    admin.post(f"/desk/settings/contact-points/inbox-{inbox.pk}/", {"text_en": "We read everything.", "free": "on"})
    [point] = points.points()
    assert (point.text("lv"), point.own.free) == ("We read everything.", True)


def test_one_that_is_not_there_is_not_found(admin):
    assert admin.get("/desk/settings/contact-points/own-99/").status_code == 404
