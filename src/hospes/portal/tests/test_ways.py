"""Contact points: one public page, the same for programs and for other sites' pages, cheap and honest."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hospes.calls.models import Call, PhoneSetup
from hospes.channels import points
from hospes.channels.models import ChatSite
from hospes.channels.points import public_link
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.incidents import operations as incidents
from hospes.portal import ways
from hospes.sla import operations as sla
from hospes.staff.models import Presence
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive
from hospes.tickets.models import Inbox

pytestmark = pytest.mark.django_db
CANARY = "<script>alert(1)</script>\"'&amp;"
# Wednesday, noon in Riga
WEDNESDAY = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def admin():
    return desk_actor(make_agent("Admin", role="admin"))


def inbox_of(kind, address, name="Demo"):
    return Inbox.objects.create(name=name, kind=kind, address=address, created_at=NOON)


def save(point, admin, **more):
    given = {"names": {}, "texts": {}, "address": "", "link": "", "hidden": False, "free": False, **more}
    return points.save_point(point=point, actor=admin, now=clock.now(), **given)


def hours(admin, windows=(("09:00", "18:00"),), *, weekend=(), **more):
    week = [[list(pair) for pair in windows]] * 5 + [[list(pair) for pair in weekend]] * 2
    return sla.save_calendar(name="Hours", time_zone="Europe/Riga", windows=week, actor=admin, now=NOON, **more)


def listed(now=WEDNESDAY, zone="Europe/Riga", language="en"):
    with translation.override(language):
        return ways.listing(language, zone, now=now)


def way(kind, **more):
    return next(one for one in listed(**more)["ways"] if one["kind"] == kind)


@pytest.mark.parametrize(
    ("kind", "address", "link"),
    [
        ("email", "help@shop.example", "mailto:help@shop.example"),
        ("voice", "+371 2000 0001", "tel:+37120000001"),
        ("voice", "1188", "tel:1188"),
        ("sms", "+37120000001", "sms:+37120000001"),
        ("smpp", "KETTLES", ""),
        ("whatsapp", "+37120000001", "https://wa.me/37120000001"),
        ("telegram", "@kettle_bot", "https://t.me/kettle_bot"),
        ("telegram", "12345", ""),
        ("messenger", "kettle.shop", "https://m.me/kettle.shop"),
        ("instagram", "kettle.shop", "https://ig.me/m/kettle.shop"),
        ("viber", "kettleshop", "viber://pa?chatURI=kettleshop"),
        ("x", "@kettles", "https://x.com/kettles"),
        ("chat", "shop", ""),
        ("email", "a@b.example?bcc=x", ""),
        ("telegram", "a/b?c", ""),
    ],
)
def test_a_way_is_opened_by_the_address_that_its_provider_documents(kind, address, link):
    assert public_link(kind, address) == link


def test_every_active_inbox_is_listed_and_no_other(client):
    make_inbox("help@shop.example")
    inbox_of("sms", "+37120000001", "Text us")
    gone = inbox_of("telegram", "@kettle_bot")
    Inbox.objects.filter(pk=gone.pk).update(archived_at=NOON)
    page = client.get("/portal/ways/").content.decode()
    assert 'href="mailto:help@shop.example"' in page
    assert 'href="sms:+37120000001"' in page
    assert "kettle_bot" not in page


def test_an_inbox_that_is_kept_out_of_the_contact_form_is_not_shown_by_itself(admin):
    inbox = make_inbox("suppliers@shop.example")
    Inbox.objects.filter(pk=inbox.pk).update(in_contact_form=False)
    assert listed()["ways"] == []
    save(points.get_point(f"inbox-{inbox.pk}"), admin)
    assert len(listed()["ways"]) == 1


def test_order_hiding_and_own_words_are_the_admins(admin):
    mail = make_inbox("help@shop.example")
    text = inbox_of("sms", "+37120000001")
    save(
        None,
        admin,
        names={"en": "Our shop", "lv": "Mūsu veikals"},
        address="Brīvības iela 1, Rīga",
        link="geo:56.9,24.1",
    )
    save(points.get_point(f"inbox-{text.pk}"), admin, texts={"en": "Short questions", "lv": "Īsi jautājumi"}, free=True)
    keys = [point.key for point in points.points()]
    points.order_points(keys=list(reversed(keys)), actor=admin, now=clock.now())
    found = listed(language="lv")["ways"]
    assert [one["key"] for one in found] == list(reversed(keys))
    own = next(one for one in found if one["kind"] == "own")
    assert (own["name"], own["link"], own["icon"]) == ("Mūsu veikals", "geo:56.9,24.1", "map-pin")
    sms = next(one for one in found if one["kind"] == "sms")
    assert (sms["text"], sms["free"]) == ("Īsi jautājumi", True)
    save(points.get_point(f"inbox-{mail.pk}"), admin, hidden=True)
    assert not any(one["kind"] == "email" for one in listed()["ways"])


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://plain.example", "https://a b", "data:text/html,x"])
def test_row_1_a_link_that_does_something_else_is_refused(admin, link):
    with pytest.raises(InvalidInput):
        save(None, admin, names={"en": "Shop"}, link=link)


def test_row_2_names_and_words_stay_words(client, admin):
    make_inbox("help@shop.example")
    save(None, admin, names={"en": CANARY}, texts={"en": CANARY}, address=CANARY)
    page = client.get("/portal/ways/").content.decode()
    assert CANARY not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("at", "state", "is_open"),
    [
        (WEDNESDAY, "Open until 6 p.m.", True),
        (WEDNESDAY.replace(hour=4), "Closed, opens 9 a.m.", False),
        (WEDNESDAY.replace(hour=20), "Closed, opens Thu 9 a.m.", False),
        (WEDNESDAY + timedelta(days=2, hours=10), "Closed, opens Mon 9 a.m.", False),
    ],
)
def test_hours_are_told_as_of_now(admin, at, state, is_open):
    make_inbox("help@shop.example")
    hours(admin)
    found = way("email", now=at)
    assert (found["state"], found["open"]) == (state, is_open)


def test_hours_are_in_the_readers_time_zone(admin):
    make_inbox("help@shop.example")
    hours(admin)
    assert way("email")["hours"][0] == {"days": "Wed – Fri", "times": "9 a.m.–6 p.m."}
    far = way("email", zone="Asia/Tashkent")  # two hours ahead
    assert far["hours"][0]["times"] == "11 a.m.–8 p.m."
    assert far["state"] == "Open until 8 p.m."
    beyond = way("email", zone="Pacific/Auckland")  # nine hours ahead: over midnight
    assert "24:00" in beyond["hours"][0]["times"]


def test_a_holiday_and_a_weekend_are_closed(admin):
    make_inbox("help@shop.example")
    hours(admin, days=[{"date": "2026-05-07", "windows": []}])
    lines = way("email")["hours"]
    assert {"days": "Thu", "times": "closed"} in lines
    assert {"days": "Sat, Sun", "times": "closed"} in lines


def test_hours_around_the_clock_are_said_so(admin):
    make_inbox("help@shop.example")
    hours(admin, (("00:00", "24:00"),), weekend=(("00:00", "24:00"),))
    assert way("email")["hours"] == [{"days": "every day", "times": "around the clock"}]


def test_without_service_hours_nothing_is_made_up():
    make_inbox("help@shop.example")
    found = way("email")
    assert (found["hours"], found["state"], found["open"]) == ([], "", None)


def test_the_promise_is_the_inboxs_own_without_service_levels():
    make_inbox("help@shop.example")
    assert way("email")["promise"] == "Answer within 24 hours"


def policy(admin, name, targets, conditions=None, calendar=None):
    return sla.save_policy(name=name, conditions=conditions, targets=targets, actor=admin, now=NOON, calendar=calendar)


def test_the_promise_is_that_of_the_service_level_which_holds_for_anybody(admin):
    make_inbox("help@shop.example")
    inbox_of("sms", "+37120000001")
    only_texts = {"field": "ticket.channel", "is": "is", "value": "sms"}
    policy(admin, "Texts", {"first_response": {"2": {"seconds": 1800, "mode": "elapsed"}}}, only_texts)
    policy(admin, "All", {"first_response": {"2": {"seconds": 14_400, "mode": "business"}}}, calendar=hours(admin))
    assert way("sms")["promise"] == "Answer within 30 minutes"
    assert way("email")["promise"] == "Answer within 4 hours of opening hours"


def here(name="Ivo"):
    agent = make_agent(name)
    Presence.objects.update_or_create(agent=agent, defaults={"state": "online", "changed_at": NOON})
    return agent


def caller(inbox, *, answered=None, queued=None):
    ticket = receive("Call", sender=f"c{Call.objects.count()}@x.example").ticket
    return Call.objects.create(
        ticket=ticket, inbox=inbox, customer=ticket.customer, medium="phone", direction="in",
        state="ended" if answered else "queued", queued_at=queued, answered_at=answered, started_at=queued,
    )  # fmt: skip


def test_a_phone_without_anybody_here_says_so():
    inbox_of("voice", "+37120000001")
    found = way("voice")
    assert (found["open"], found["state"], found["wait"]) == (False, "Nobody is here just now", None)


def test_waits_of_a_phone_are_honest():
    make_inbox()
    phone = inbox_of("voice", "+37120000001")
    here()
    now = clock.now()
    assert way("voice", now=now)["wait"]["state"] == "none"
    caller(phone, queued=now - timedelta(minutes=1))
    assert way("voice", now=now)["wait"]["words"] == "The wait is not known just now"
    for minutes in (3, 4, 9):
        caller(phone, queued=now - timedelta(minutes=30 + minutes), answered=now - timedelta(minutes=30))
    assert way("voice", now=now)["wait"] == {"state": "about", "seconds": 240, "words": "Wait of about 4 minutes now"}


def test_a_closed_phone_tells_when_it_opens_and_no_wait(admin):
    phone = inbox_of("voice", "+37120000001")
    PhoneSetup.objects.create(inbox=phone, calendar=hours(admin))
    here()
    found = way("voice", now=WEDNESDAY.replace(hour=20))
    assert (found["open"], found["wait"]) == (False, None)
    assert found["state"].startswith("Closed, opens")


def test_a_chat_shows_whether_somebody_is_here_and_leads_to_its_site():
    chat = inbox_of("chat", "shop", "Chat with us")
    ChatSite.objects.create(inbox=chat, origins=["https://shop.example"])
    assert way("chat")["open"] is False
    here()
    found = way("chat")
    assert (found["open"], found["wait"]["state"]) == (True, "none")
    assert (found["link"], found["address"]) == ("https://shop.example", "")


def test_what_does_not_work_stands_on_top(client, admin):
    make_inbox()
    incidents.declare(title="Payments fail", public=True, actor=admin, now=clock.now(), components=[])
    incidents.declare(title="A secret", public=False, actor=admin, now=clock.now(), components=[])
    page = client.get("/portal/ways/").content.decode()
    assert page.index("Payments fail") < page.index('<ul class="reach"')
    assert "A secret" not in page


@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_the_page_is_there_in_every_language(client, language):
    make_inbox()
    answer = client.get(f"/portal/ways/?lang={language}", follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'lang="{language}"' in page
    assert ('dir="rtl"' in page) == (language == "fa")


def test_programs_get_the_same_from_any_site(client):
    make_inbox("help@shop.example")
    answer = client.get("/portal/ways.json?lang=lv&zone=Asia/Tashkent", headers={"Origin": "https://other.example"})
    told = json.loads(answer.content)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert (told["language"], told["zone"]) == ("lv", "Asia/Tashkent")
    assert told["ways"][0]["link"] == "mailto:help@shop.example"


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Nowhere/Land", "", "x" * 5000])
def test_who_tells_no_time_zone_gets_that_of_the_opening_hours_else_the_installations(client, admin, zone, settings):
    told = [json.loads(client.get("/portal/ways.json", {"zone": zone}).content)["zone"]]
    hours(admin)
    cache.clear()
    told.append(json.loads(client.get("/portal/ways.json", {"zone": zone}).content)["zone"])
    page = client.get("/portal/ways/?lang=en", follow=True).content.decode()
    assert told == [settings.TIME_ZONE, "Europe/Riga"]
    assert "Europe/Riga" in page


def test_what_is_the_same_is_not_sent_again(client, admin):
    make_inbox("help@shop.example")
    first = client.get("/portal/ways.json")
    again = client.get("/portal/ways.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["Access-Control-Allow-Origin"]) == (304, b"", "*")
    save(None, admin, names={"en": "Our shop"})
    cache.clear()
    changed = client.get("/portal/ways.json", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_who_looks_within_seconds_costs_the_database_nothing(client, django_assert_num_queries):
    make_inbox()
    client.get("/portal/ways.json")
    with django_assert_num_queries(0):
        client.get("/portal/ways.json")


def test_it_costs_the_same_however_many_inboxes_there_are():
    def queries():
        with CaptureQueriesContext(connection) as caught:
            listed()
        return len(caught)

    make_inbox("help@shop.example")
    few = queries()
    for number in range(20):
        inbox_of("sms", f"+3712000{number:04}")
        make_inbox(f"help{number}@shop.example")
    assert queries() == few


def test_the_script_is_small_public_and_kept_by_browsers(client):
    answer = client.get("/portal/ways.js", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 4000
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get("/portal/ways.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_row_22_nothing_is_written_by_any_of_them(client):
    for address in ("/portal/ways/", "/portal/ways.json", "/portal/ways.js"):
        assert client.post(address).status_code == 405


def test_the_reader_of_the_page_has_a_time_zone(client, admin):
    make_inbox("help@shop.example")
    hours(admin)
    client.cookies["hospes_zone"] = "Asia/Tashkent"
    with time_machine.travel(WEDNESDAY):
        cache.clear()
        page = client.get("/portal/ways/?lang=en", follow=True).content.decode()
    assert "Asia/Tashkent" in page
    assert "11 a.m.–8 p.m." in page


def test_the_start_page_leads_to_every_way_that_there_is_and_to_no_other():
    links = ("/portal/ways/", "/portal/call/", "/portal/call-back/")

    def led_to():
        page = Client().get("/portal/?lang=en").content.decode()
        return [link for link in links if f'href="{link}"' in page]

    assert led_to() == []
    make_inbox()
    assert led_to() == ["/portal/ways/"]
    make_inbox(address="browser-1", kind="browser")
    assert led_to() == ["/portal/ways/", "/portal/call/"]
    make_inbox(address="+37167000010", kind="voice")
    assert led_to() == list(links)


def test_calls_in_the_browser_are_opened_by_a_link_and_have_no_address():
    inbox_of("browser", "calls")
    found = way("browser")
    assert (found["address"], found["link"]) == ("", f"{django_settings.PUBLIC_URL}/portal/call/")


def test_two_days_are_joined_as_the_language_writes_lists(admin):
    hours(admin)
    inbox_of("email", "help@shop.example")
    assert {"days": "شنبه، یکشنبه", "times": "بسته"} in way("email", language="fa")["hours"]
