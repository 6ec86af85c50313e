"""Calendars, policies and clocks over the API."""

from datetime import timedelta

import pytest

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.sla import operations as sla
from hospes.sla import queries
from hospes.testing.people import desk_actor, receive, settle
from hospes.tickets import operations as tickets

pytestmark = pytest.mark.django_db
WEEK = [[["09:00", "18:00"]]] * 5 + [[], []]


def test_a_calendar_and_a_policy_are_made_and_changed(admin_api):
    made = admin_api.post("/calendars", {"name": "Riga", "time_zone": "Europe/Riga", "windows": WEEK, "country": "LV"})
    assert made.status_code == 201
    calendar = made.json()
    changed = admin_api.patch(f"/calendars/{calendar['id']}", {"days": [{"date": "2026-12-24"}]}).json()
    assert (changed["version"], changed["country"], changed["days"][0]["windows"]) == (2, "LV", [])
    policy = {
        "name": "Everybody",
        "targets": {"first_response": {"urgent": {"seconds": 900, "mode": "elapsed"}, "normal": {"seconds": 7200}}},
        "calendar_id": calendar["id"],
    }
    kept = admin_api.post("/service-level-policies", policy).json()
    assert kept["targets"]["first_response"]["normal"] == {"seconds": 7200, "mode": "business"}
    less = admin_api.patch(f"/service-level-policies/{kept['id']}", {"warn_percent": 50, "pause_on_hold": True}).json()
    assert (less["warn_percent"], less["pause_on_hold"], less["calendar_id"]) == (50, True, calendar["id"])
    assert admin_api.get("/service-level-policies").json()["items"] == [less]
    assert admin_api.get(f"/calendars/{calendar['id']}").json() == changed


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/calendars", {"name": "R", "time_zone": "Mars/X", "windows": WEEK}, "time_zone"),
        ("/calendars", {"name": "R", "time_zone": "UTC", "windows": WEEK, "owner": 1}, "owner"),
        ("/service-level-policies", {"name": "P", "targets": {"lunch": {}}}, "targets.lunch"),
        ("/service-level-policies", {"name": "P", "targets": {}, "conditions": {"field": "x"}}, "conditions.field"),
    ],
)
def test_row_07_what_cannot_be_used_is_named(admin_api, path, body, field):
    answer = admin_api.post(path, body)
    assert answer.status_code == 422
    assert answer.json()["field"].startswith(field)


def test_somebody_who_may_not_change_promises_is_refused(api):
    assert api.post("/service-level-policies", {"name": "P", "targets": {}}).status_code == 403
    assert api.get("/service-level-policies").status_code == 200


def test_the_clocks_of_a_ticket_tell_what_is_due_and_why_that_changed(api):
    targets = {
        "first_response": {
            "2": {"seconds": 3600, "mode": "elapsed"},
            "4": {"seconds": 600, "mode": "elapsed"},
        }
    }
    sla.save_policy(name="All", targets=targets, actor=SYSTEM, now=clock.now())
    ticket = receive(now=clock.now() - timedelta(minutes=5)).ticket
    settle()
    tickets.change_ticket(ticket=ticket, actor=desk_actor(api.agent), now=clock.now(), priority=4)
    settle()
    [found] = api.get(f"/tickets/{ticket.number}/clocks").json()["items"]
    assert (found["kind"], found["state"], found["target_seconds"], found["mode"]) == (
        "first_response",
        "running",
        600,
        "elapsed",
    )
    assert 300 <= found["used_seconds"] < 400
    [change] = found["changes"]
    assert change["reason"] == "priority"
    assert change["due_at"] == found["due_at"] < change["before_due_at"]
    [listed] = api.get("/tickets", {"order": "due_at"}).json()["items"]
    assert listed["due_at"] == listed["first_response_due_at"] == found["due_at"]


def test_lists_by_due_time_lead_through_all_pages(api):
    sla.save_policy(
        name="All", targets={"resolution": {"2": {"seconds": 3600, "mode": "elapsed"}}}, actor=SYSTEM, now=clock.now()
    )
    for n in range(5):
        receive(sender=f"c{n}@customer.example", subject=f"S{n}", now=clock.now() - timedelta(minutes=n))
    settle()
    seen, cursor = [], None
    for _page in range(3):
        query = {"order": "due_at", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.get("/tickets", query).json()
        seen += [item["due_at"] for item in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert len(seen) == 5
    assert seen == sorted(seen)
    assert queries.policies().count() == 1
