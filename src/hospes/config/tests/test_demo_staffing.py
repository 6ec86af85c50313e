"""The demo's people: all six languages are spoken, somebody is always on call, who is away has a substitute."""

import random
from datetime import timedelta

import pytest
from django.conf import settings

from hospes.config.demo import company as company_room
from hospes.config.demo import staffing
from hospes.core import clock
from hospes.staff import queries
from hospes.staff.models import Absence, Shift

pytestmark = pytest.mark.django_db


def test_the_demos_company_is_staffed():
    now = clock.now()
    company = company_room.set_up(founded=now - timedelta(days=120))
    staffing.fill(company, now=now, dice=random.Random(7))
    people = queries.availability(now)
    assert {code for one in people.values() for code in one.languages} == set(dict(settings.LANGUAGES))
    assert all(one.skills for one in people.values() if one.role != "light")
    teams = list(company.teams.values())
    assert queries.roster_gaps(now, teams=teams) == {}
    assert {team.pk for team in teams} | {None} == set(queries.reachable_now(now))
    assert all(one.phone for one in queries.on_call_now(None, now))
    assert sum(one.state == "online" for one in people.values()) == len(staffing.HERE)
    assert all(absence.substitute_id for absence in Absence.objects.all())
    assert sum(one.absent for one in people.values()) == 1
    assert Shift.objects.filter(starts_at__gt=now).exists()
