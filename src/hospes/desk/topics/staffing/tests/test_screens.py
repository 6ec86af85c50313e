"""The screens of presence and plans do what they say, for those who may, in few queries."""

import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.desk.tests.conftest import signed_in
from hospes.staff import operations as staff
from hospes.staff import queries
from hospes.staff.models import Absence, AgentLanguage, AgentSkill, ChannelLoad, Line, OnCall, Presence, Shift, Skill
from hospes.testing.people import make_agent, settle
from hospes.tickets.models import Message, Notification

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRAGMENT = {"headers": {"Hospes-Fragment": "1"}}


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def boss(company):
    return signed_in(company.lead)


@pytest.fixture
def leading(company):
    """A lead of the first team, so that Ivo is theirs to plan for."""
    staff.change_agent(agent=company.lead, teams=[company.first], actor=SYSTEM, now=clock.now())
    return signed_in(company.lead)


def test_ones_own_menu_sets_a_state_for_a_while_and_switches_channels(desk, company, now):
    staff.note_connected(agent_ids=[company.ivo.pk], process="w", now=now, active=True)
    answer = desk.post(reverse("desk:presence"), {"state": "busy", "until": "60"}, **FRAGMENT)
    assert 'data-state="busy"' in answer.text
    row = Presence.objects.get(pk=company.ivo.pk)
    assert timedelta(minutes=59) < row.chosen_until - now < timedelta(minutes=61)
    desk.post(reverse("desk:presence"), {"channel": "chat"}, **FRAGMENT)
    assert Presence.objects.get(pk=company.ivo.pk).channels == {"chat": False}
    answer = desk.post(reverse("desk:presence"), {"state": "online"}, **FRAGMENT)
    assert 'data-state="online"' in answer.text


@pytest.mark.parametrize(
    "wrong", [{"state": "asleep"}, {"state": "busy", "until": "²"}, {"state": "busy", "until": "-5"}]
)
def test_a_wrong_state_is_refused_with_a_word(desk, wrong):
    answer = desk.post(reverse("desk:presence"), wrong, **FRAGMENT)
    assert answer.status_code == 422
    assert answer.json()["message"]


def test_the_board_shows_who_is_here_with_what_they_have_in_work(desk, company, ticket, now):
    from hospes.tickets import operations as tickets

    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=now, assignee=company.ivo)
    staff.note_connected(agent_ids=[company.ivo.pk], process="w", now=now, active=True)
    staff.add_absence(
        agent=company.bek, starts_at=now, ends_at=now + DAY, substitute=company.ivo, actor=SYSTEM, now=now
    )
    page = desk.get(reverse("desk:staffing")).text
    assert "1 ticket, 10 of 60" in re.sub(r"\s+", " ", page)
    assert "Out of office, Ivo stands in" in page
    assert "1 of 1 online" in page
    assert "Deniz" in page
    limited = signed_in(company.limited).get(reverse("desk:staffing"), **FRAGMENT).text
    assert "Deniz" in limited
    assert "Ivo</bdi>" not in limited


def test_the_board_asks_no_more_of_more_people(desk, company, django_assert_max_num_queries):
    for number in range(15):
        make_agent(f"More{number}", teams=(company.first,))
    with django_assert_max_num_queries(20):
        desk.get(reverse("desk:staffing"), **FRAGMENT)


def put_on_call(agent, team, now, **more):
    staff.add_on_call(agent=agent, team=team, starts_at=now, ends_at=now + DAY, actor=SYSTEM, now=now, **more)


def test_whoever_is_on_call_stands_beside_the_ticket_and_is_called_in_one_step(desk, company, ticket, now):
    put_on_call(company.admin, None, now)
    put_on_call(company.lead, company.first, now, note="Knock twice")
    staff.set_phone(agent=company.admin, phone="+371 2000 0000", actor=SYSTEM, now=now)
    panels = desk.get(reverse("desk:panels", args=[ticket.number])).text
    for words in ("Mina", "Knock twice", "Ilze", "Management on call", "tel:+37120000000"):
        assert words in panels
    answer = desk.post(reverse("desk:call", args=[ticket.number]), {"agent": company.admin.pk, "note": "May I refund?"})
    assert "Ilze" in answer.json()["message"]
    settle()
    note = Message.objects.filter(ticket=ticket, kind="note").get()
    assert note.text == "@Ilze: May I refund?"
    told = Notification.objects.get(agent=company.admin)
    assert (told.kind, told.by_name) == ("called", "Ivo")
    page = desk.get(reverse("desk:ticket", args=[ticket.number])).text
    assert "called Ilze" in page
    again = desk.post(reverse("desk:call", args=[ticket.number]), {"agent": company.admin.pk}, **FRAGMENT)
    assert again.status_code == 409


def test_nobody_is_called_to_a_ticket_that_they_may_not_see(desk, company, ticket):
    answer = desk.post(reverse("desk:call", args=[ticket.number]), {"agent": company.limited.pk}, **FRAGMENT)
    assert answer.status_code == 422
    assert answer.json()["field"] == "agent"
    assert not Message.objects.filter(kind="note").exists()


def test_everybody_who_can_be_reached_is_listed_by_why(desk, company, ticket, now, django_assert_max_num_queries):
    skill = staff.save_skill(name="Pumps", actor=SYSTEM, now=now)
    staff.set_agent_skills(agent=company.bek, levels={skill.pk: 5}, actor=SYSTEM, now=now)
    put_on_call(company.lead, company.second, now)
    people = [company.bek, company.light, company.limited, company.ivo]
    staff.note_connected(agent_ids=[a.pk for a in people], process="w", now=now, active=True)
    with django_assert_max_num_queries(24):
        found = desk.get(reverse("desk:reach", args=[ticket.number])).text
    assert "Returns, tier 1" in found
    assert "Pumps 5" in found
    assert "Deniz" not in found  # may not see it
    assert "Ivo" not in found  # oneself


def test_the_panel_asks_little(company, ticket, now, rf, django_assert_max_num_queries):
    from hospes.desk.topics.staffing.panel import panel_of

    put_on_call(company.admin, None, now)
    put_on_call(company.lead, company.first, now)
    request = rf.get("/")
    request.user, request.actor = company.ivo, queries.actor_of(company.ivo, via="desk")
    with django_assert_max_num_queries(3):
        assert [p.name for p in panel_of(request, ticket)["people"]] == ["Mina", "Ilze"]


def test_the_table_of_skills_is_saved_cell_by_cell_or_whole(leading, company, now):
    skill = staff.save_skill(name="Pumps", actor=SYSTEM, now=now)
    ivo = company.ivo.pk
    levels = reverse("desk:skill_levels")
    assert leading.post(levels, {f"s-{ivo}-{skill.pk}": "4"}, **FRAGMENT).json() == {}
    leading.post(levels, {f"l-{ivo}-lv": "5", f"l-{ivo}-en": "3"})
    leading.post(levels, {f"l-{ivo}-en": ""}, **FRAGMENT)
    assert AgentSkill.objects.get().level == 4
    assert list(AgentLanguage.objects.values_list("language", "level")) == [("lv", 5)]
    page = leading.get(reverse("desk:skills")).text
    assert re.search(rf'name="s-{ivo}-{skill.pk}" value="4"', page)
    assert "Bek" not in page  # of another team
    assert leading.post(levels, {f"s-{company.bek.pk}-{skill.pk}": "4"}, **FRAGMENT).status_code == 404
    assert leading.post(levels, {f"s-{ivo}-{skill.pk}": "9"}, **FRAGMENT).status_code == 422


def test_skills_are_made_renamed_and_put_away(leading):
    address = reverse("desk:skills")
    leading.post(address, {"name": "Pumps"})
    skill = Skill.objects.get()
    leading.post(address, {"skill": skill.pk, "name": "Pumps and seals"})
    assert Skill.objects.get().name == "Pumps and seals"
    leading.post(address, {"skill": skill.pk, "name": "x", "archive": "1"})
    assert Skill.objects.get().archived_at


def test_capacity_and_weights_are_set_for_all_and_for_one(leading, company, now):
    address, ivo = reverse("desk:capacity"), company.ivo.pk
    staff.set_channel_load(channel="chat", weight=20, limit=3, actor=SYSTEM, now=now)
    leading.post(address, {f"c-{ivo}": "30", f"w-{ivo}-chat": "", f"m-{ivo}-chat": "2", f"w-{ivo}-email": ""})
    known = queries.availability(now)[ivo]
    assert (known.capacity, known.load_of("chat"), known.load_of("email")) == (30, (20, 2), (10, None))
    assert ChannelLoad.objects.count() == 2
    assert leading.post(address, {"w-chat": "5"}, **FRAGMENT).status_code == 403
    assert leading.post(address, {f"c-{ivo}": "many"}, **FRAGMENT).status_code == 422


def test_a_week_is_planned_and_seen(leading, desk, company):
    staff.change_team(team=company.first, time_zone="Europe/Riga", actor=SYSTEM, now=clock.now())
    form = {"agent": company.ivo.pk, "team": company.first.pk, "day": "2026-10-19", "start": "22:00", "end": "06:00",
            "weeks": "2", "note": "Night"}  # fmt: skip
    answer = leading.post(reverse("desk:shifts") + f"?week=2026-10-19&team={company.first.pk}", form)
    assert answer.status_code == 302, answer.text
    spans = list(Shift.objects.values_list("starts_at", "ends_at"))
    # Summer time ends on 25 October: the wall's clock counts.
    assert [f"{a:%d %H:%M}–{b:%d %H:%M}" for a, b in spans] == ["19 19:00–20 03:00", "26 20:00–27 04:00"]
    week = desk.get(reverse("desk:shifts") + f"?week=2026-10-21&team={company.first.pk}").text
    assert "22:00–06:00" in week
    assert "Plan the shift" not in week
    again = leading.post(reverse("desk:shifts"), form)
    assert again.status_code == 422
    assert "There is a shift at this time already" in again.text
    one = Shift.objects.first()
    page = reverse("desk:shift", args=[one.pk])
    changed = {**form, "end": "02:00"}
    assert leading.post(page, changed).status_code == 302
    assert Shift.objects.get(pk=one.pk).ends_at - one.starts_at == 4 * HOUR
    leading.post(page, {"archive": "1"})
    assert Shift.objects.count() == 1
    assert desk.get(page).status_code == 403


@pytest.mark.parametrize("week", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_any_week_can_be_asked_for(desk, week):
    assert desk.get(reverse("desk:shifts"), {"week": week}).status_code == 200


def _wall(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_everybody_enters_their_own_absence_and_comes_back_early(desk, company, now):
    address = reverse("desk:absences")
    form = {"agent": company.ivo.pk, "starts_at": _wall(now - HOUR), "ends_at": _wall(now + DAY),
            "substitute": company.bek.pk}  # fmt: skip
    assert desk.post(address, {**form, "agent": company.bek.pk}).status_code == 422
    assert desk.post(address, form).status_code == 302
    absence = Absence.objects.get()
    assert "Bek" in desk.get(address).text
    one = reverse("desk:absence", args=[absence.pk])
    assert signed_in(company.bek).get(one).status_code == 403
    assert desk.post(one, {**form, "substitute": company.ivo.pk}).status_code == 422
    assert desk.post(one, {**form, "substitute": "", "note": "Fishing"}).status_code == 302
    assert "without substitute" in desk.get(address).text
    desk.post(one, {"archive": "1"})
    assert not Absence.objects.exists()


def test_the_roster_is_written_by_leads_for_their_teams_and_its_gaps_are_shown(leading, desk, company, now):
    address = reverse("desk:on_call")
    form = {"team": company.first.pk, "agent": company.ivo.pk, "rank": "1", "weeks": "1",
            "starts_at": _wall(now - HOUR), "ends_at": _wall(now + 3 * DAY)}  # fmt: skip
    assert leading.post(address, {**form, "team": company.second.pk}).status_code == 422
    refused = leading.post(address, {**form, "team": ""})
    assert refused.status_code == 422
    assert "A manager can do this" in refused.text
    assert leading.post(address, form).status_code == 302
    assert desk.post(address, form).status_code == 403
    page = desk.get(address).text
    assert page.count("1 gap in the next 14 days") == 2  # management, and the first team after three days
    duty = OnCall.objects.get()
    one = reverse("desk:duty", args=[duty.pk])
    assert leading.post(one, {**form, "ends_at": _wall(now + 20 * DAY)}).status_code == 302
    assert leading.get(address).text.count("1 gap in the next 14 days") == 1
    leading.post(one, {"archive": "1"})
    assert not OnCall.objects.exists()
    desk.post(address, {"phone": "+371 2000 0000"})
    assert queries.get_agent(company.ivo.pk).phone == "+371 2000 0000"


def test_lines_and_tiers_are_set_by_admins(company):
    admin, address = signed_in(company.admin), reverse("desk:lines")
    admin.post(address, {"name": "Kettles"})
    line = Line.objects.get()
    admin.post(
        address, {"team": company.first.pk, "tier": "2", "line": line.pk, "back_office": "on", "time_zone": "UTC"}
    )
    team = queries.teams().get(pk=company.first.pk)
    assert (team.tier, team.line, team.back_office, team.time_zone) == (2, line, True, "UTC")
    admin.post(address, {"line": line.pk, "name": "Kettles", "archive": "1"})
    assert "Kettles" not in admin.get(address).text


def test_the_audit_log_says_each_in_words(company, desk, leading, now):
    from hospes.desk.shapes.audit import sentence
    from hospes.desk.shapes.changes import Names

    skill = staff.save_skill(name="Pumps", actor=SYSTEM, now=now)
    staff.set_agent_skills(agent=company.ivo, levels={skill.pk: 4}, actor=SYSTEM, now=now)
    staff.note_connected(agent_ids=[company.ivo.pk], process="w", now=now, active=True)
    staff.set_capacity(agent=company.ivo, capacity=9, actor=SYSTEM, now=now)
    said = [sentence(row, Names()) for row in EventRow.objects.order_by("-id")[:4]]
    assert said[0] == "changed the capacity from 60 to 9"
    assert said[1] == "is now Online: opened the desk"
    assert "Pumps 4" in said[2]
    assert "Pumps" in said[3]
