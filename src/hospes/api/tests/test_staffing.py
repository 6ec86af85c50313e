"""Presence, skills, on call and absences over the API."""

from datetime import timedelta

import pytest

from hospes.api.tests.conftest import call_as
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.staff.models import Absence
from hospes.testing.people import make_agent, make_team

pytestmark = pytest.mark.django_db


def test_a_program_says_that_its_owner_is_here_and_colleagues_see_it(api):
    assert api.get("/presence/me").json()["state"] == "offline"
    answer = api.send("PUT", "/presence/me", {"state": "online"})
    assert (answer.status_code, answer.json()["state"]) == (200, "online")
    until = (clock.now() + timedelta(hours=1)).isoformat()
    assert api.send("PUT", "/presence/me", {"state": "busy", "until": until}).json()["state"] == "busy"
    (seen,) = call_as(make_agent("Ada")).get("/presence", {"limit": 1}).json()["items"]
    assert (seen["name"], seen["state"], seen["assignable"]) == ("Ivo", "busy", False)
    staff.sweep_presence(now=clock.now())
    staff.sweep_presence(now=clock.now() + timedelta(minutes=1))
    assert api.get("/presence/me").json()["state"] == "busy"
    for wrong in ({"state": "asleep"}, {"state": "busy", "until": "2020-01-01"}, {"state": "busy", "for": 5}):
        assert api.send("PUT", "/presence/me", wrong).status_code == 422


def test_skills_and_languages_are_told(api):
    skill = staff.save_skill(name="Returns", actor=SYSTEM, now=clock.now())
    staff.set_agent_skills(agent=api.agent, levels={skill.pk: 4}, actor=SYSTEM, now=clock.now())
    staff.set_agent_languages(agent=api.agent, levels={"lv": 5}, actor=SYSTEM, now=clock.now())
    assert api.get("/skills").json()["items"] == [{"id": skill.pk, "name": "Returns"}]
    mine = api.get("/presence/me").json()
    assert (mine["skills"], mine["languages"]) == ({str(skill.pk): 4}, {"lv": 5})


def test_who_is_on_call_is_told_with_a_phone_number(api):
    now, team = clock.now(), make_team()
    boss = make_agent("Boss", role="manager")
    staff.set_phone(agent=boss, phone="+371 2000 0000", actor=SYSTEM, now=now)
    (named,) = api.get("/on-call").json()["items"]
    assert (named["name"], named["team_id"], named["until"]) == ("Boss", None, None)
    span = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1), "actor": SYSTEM, "now": now}
    staff.add_on_call(agent=boss, team=None, **span)
    staff.add_on_call(agent=api.agent, team=team, **span)
    found = api.get("/on-call").json()["items"]
    assert [(one["team_id"], one["name"], one["phone"]) for one in found] == [
        (None, "Boss", "+371 2000 0000"),
        (team.pk, "Ivo", ""),
    ]


def test_absences_are_entered_listed_and_taken_back(api, admin_api):
    now = clock.now()
    body = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=2)).isoformat(), "note": "Fishing"}
    made = api.post("/absences", {**body, "substitute_id": admin_api.agent.pk})
    assert made.status_code == 201
    assert made.json()["substitute"]["name"] == "Ada"
    assert api.get("/absences").json()["items"] == [made.json()]
    assert api.post("/absences", body).status_code == 409
    assert api.post("/absences", {**body, "agent_id": admin_api.agent.pk}).status_code == 403
    assert api.post("/absences", {**body, "agent_id": 10**12}).status_code == 422
    far = {"starts_at": "9999-12-30", "ends_at": "9999-12-31"}
    assert api.post("/absences", far).status_code == 422
    assert call_as(make_agent("Bek")).send("DELETE", f"/absences/{made.json()['id']}").status_code == 403
    assert admin_api.send("DELETE", f"/absences/{made.json()['id']}").status_code == 204
    assert not Absence.objects.exists()
    assert api.send("DELETE", f"/absences/{made.json()['id']}").status_code == 404
