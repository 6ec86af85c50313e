"""Service levels at the desk: hours, policies, clocks beside the talk, promises kept."""

import re
from datetime import timedelta

import pytest
from django.utils import translation

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.desk.topics.service_levels import words
from hospes.desk.topics.service_levels.lines import TIMELINE
from hospes.desk.topics.service_levels.panel import panel_of
from hospes.sla import operations as sla
from hospes.sla import queries
from hospes.testing.people import desk_actor, make_agent, receive, settle
from hospes.tickets import operations as tickets

pytestmark = pytest.mark.django_db
WEEK = [[["09:00", "13:00"], ["14:00", "18:00"]]] * 5 + [[], []]


@pytest.fixture
def manager(client):
    agent = make_agent("Mara", role="manager")
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.agent = agent
    return client


def elapsed(seconds):
    return {p: {"seconds": seconds, "mode": "elapsed"} for p in "1234"}


def make_policy(**more):
    targets = {"first_response": elapsed(3600), "resolution": elapsed(8 * 3600)}
    return sla.save_policy(**{"name": "Usual", "targets": targets, "actor": SYSTEM, "now": clock.now(), **more})


def make_calendar():
    return sla.save_calendar(
        name="Riga", time_zone="Europe/Riga", windows=WEEK, country="LV", actor=SYSTEM, now=clock.now()
    )


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_calendar_is_made_drawn_and_asked(manager):
    sent = {"name": "Riga", "time_zone": "Europe/Riga", "country": "LV", "days": "2026-12-24 09:00-13:00 Christmas Eve"}
    sent |= {f"day{n}": "09:00-13:00, 14:00-18:00" for n in range(5)}
    answer = manager.post("/desk/settings/hours/new/", sent)
    made = queries.calendars().get()
    assert answer.headers["Location"] == f"/desk/settings/hours/{made.pk}/"
    assert made.windows == WEEK
    assert made.days == [{"date": "2026-12-24", "windows": [["09:00", "13:00"]], "name": "Christmas Eve"}]
    page = manager.get(f"/desk/settings/hours/{made.pk}/?at=2026-05-04T10:00")
    assert "Closed" in text_of(page)
    assert 'class="open"' in page.content.decode()
    page = manager.get(f"/desk/settings/hours/{made.pk}/?at=2026-05-05T10:00")
    assert "Open until Tue, 5 May 2026, 13:00" in text_of(page)
    assert manager.get(f"/desk/settings/hours/{made.pk}/?at=nonsense").status_code == 200
    assert manager.get("/desk/settings/hours/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"day2": "nine to five"}, "day2"),
        ({"days": "soon"}, "days"),
        ({"country": "LV", "subdivision": "ZZ"}, "subdivision"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(manager, sent, field):
    usual = {"name": "Riga", "time_zone": "Europe/Riga", "day0": "09:00-18:00"}
    page = manager.post("/desk/settings/hours/new/", {**usual, **sent})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not queries.calendars().exists()


def test_a_policy_is_made_in_the_grid_and_read_aloud(manager):
    calendar = make_calendar()
    sent = {
        "name": "VIP",
        "conditions": '{"field": "customer.vip", "is": "yes"}',
        "calendar": calendar.pk,
        "warn_percent": "75",
        "pause_waiting": "on",
        "t-first_response-4": "30 min",
        "t-first_response-3": "1 h 30 min",
        "mode-first_response": "business",
        "t-resolution-2": "2 d",
        "mode-resolution": "elapsed",
    }
    assert manager.post("/desk/settings/service-levels/new/", sent).status_code == 302
    made = queries.policies().get()
    assert made.targets["first_response"]["3"] == {"seconds": 5400, "mode": "business"}
    assert made.targets["resolution"] == {"2": {"seconds": 172_800, "mode": "elapsed"}}
    said = text_of(manager.get("/desk/settings/service-levels/"))
    assert "First answer within 30 min (Urgent), 1 h 30 min (High), in service hours" in said
    assert "Solution within 2 days (Normal)" in said
    page = manager.get(f"/desk/settings/service-levels/{made.pk}/")
    assert 'value="90 min"' in page.content.decode()


def test_a_target_that_is_no_time_is_said_at_its_field(manager):
    sent = {"name": "X", "conditions": "{}", "warn_percent": "80", "t-resolution-1": "soon"}
    page = manager.post("/desk/settings/service-levels/new/", sent)
    assert page.status_code == 422
    assert "t-resolution-1" in page.context["form"].errors


def test_which_policy_a_ticket_gets_is_told_with_the_reason(manager):
    make_policy(name="VIP", conditions={"field": "customer.vip", "is": "yes"})
    make_policy(name="Everybody")
    ticket = receive().ticket
    said = text_of(manager.get(f"/desk/settings/service-levels/?ticket={ticket.number}"))
    assert "VIP does not fit: the customer is a VIP: yes" in said
    assert "Everybody holds: it holds for every ticket" in said
    assert "no such ticket" in text_of(manager.get("/desk/settings/service-levels/?ticket=ZZZ"))


def test_policies_are_moved_and_applied_with_progress(manager):
    one, two = make_policy(name="One"), make_policy(name="Two")
    manager.post(f"/desk/settings/service-levels/{two.pk}/move/", {"to": "up"})
    assert [p.pk for p in queries.policies()] == [two.pk, one.pk]
    receive()
    manager.post(f"/desk/settings/service-levels/{one.pk}/apply/")
    page = manager.get("/desk/settings/service-levels/progress/")
    assert "0 of 1" in text_of(page)
    assert "hx-get" in page.content.decode()
    sla.work_through(now=clock.now())
    assert "hx-get" not in manager.get("/desk/settings/service-levels/progress/").content.decode()


def test_clocks_stand_beside_the_talk_with_their_reason_and_history(manager, rf, django_assert_max_num_queries):
    make_policy()
    ticket = receive(now=clock.now() - timedelta(minutes=10)).ticket
    settle()
    tickets.change_ticket(ticket=ticket, actor=desk_actor(manager.agent), now=clock.now(), status="waiting")
    targets = {"first_response": elapsed(7200), "resolution": elapsed(8 * 3600)}
    edited = make_policy(policy=queries.policies().get(), targets=targets)
    settle()
    sla.apply_to_open(policy=edited, actor=SYSTEM, now=clock.now())
    sla.work_through(now=clock.now())
    request = rf.get("/")
    request.actor = desk_actor(manager.agent)
    with django_assert_max_num_queries(3):
        shown = panel_of(request, ticket)
    solution, answer = shown["open"]
    assert solution["paused"] == "waiting for the customer"
    assert answer["left"] == "1 h 49 min"
    assert answer["changes"][0]["why"] == "policy “\u2068Usual\u2069”"
    said = text_of(manager.get(f"/desk/t/{ticket.number}/panels/"))
    assert "1 h 49 min left" in said
    assert "it holds for every ticket" in said


def test_a_ticket_without_promises_has_no_part_for_them(manager, rf):
    request = rf.get("/")
    request.actor = desk_actor(manager.agent)
    assert panel_of(request, receive().ticket) is None


def test_promises_kept_are_shown_to_leads(manager):
    make_policy()
    ticket = receive().ticket
    assert "Nothing was due" in text_of(manager.get("/desk/settings/promises/"))
    late = receive(sender="z@customer.example", subject="Z", now=clock.now() - timedelta(hours=2)).ticket
    for one in (ticket, late):
        tickets.reply(ticket=one, actor=desk_actor(manager.agent), now=clock.now(), text="Yes")
    settle()
    said = text_of(manager.get("/desk/settings/promises/?days=7"))
    assert "First answer" in said
    assert "Mara" in said


def test_the_list_sorted_by_due_time_says_late_and_soon(manager):
    make_policy()
    now = clock.now()
    late = receive(now=now - timedelta(hours=2)).ticket
    soon = receive(sender="z@customer.example", subject="Z", now=now - timedelta(minutes=30)).ticket
    settle()
    page = manager.get("/desk/v/open/?order=due_at").content.decode()
    assert page.index(late.number) < page.index(soon.number)
    assert "late by" in page
    assert "due in" in page


def test_due_times_in_the_timeline_say_both():
    data = {
        "kind": "first_response",
        "reason": "priority",
        "words": "4",
        "due_at": "2026-05-04T14:10:00+00:00",
        "before_due_at": "2026-05-04T16:00:00+00:00",
    }
    said = TIMELINE["ClockChanged"](data, None)
    assert said.startswith("priority Urgent: first answer now due")
    assert "instead of" in said


@pytest.mark.parametrize(
    ("text", "seconds"), [("4 h", 14_400), ("1 h 30 min", 5400), ("2 d", 172_800), ("90s", 90), ("15 min", 900)]
)
def test_lengths_are_read_as_people_type_them(text, seconds):
    assert words.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "4", "4 h or so", "-3 h"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(ValueError, match="^" + re.escape(text.strip())):
        words.seconds_of(text)


def test_countries_are_named_in_the_readers_language():
    from hospes.desk.topics.service_levels.calendars import country_choices

    with translation.override("lv"):
        assert dict(country_choices())["LV"] == "Latvija"
    assert len(country_choices()) > 100
