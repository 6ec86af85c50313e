"""The audit log: readable, filtered, complete page by page, and harmless in a spreadsheet."""

import csv
import io
import re

import pytest
from django.test import Client

from hospes.core.actors import SYSTEM
from hospes.core.events import known_events
from hospes.core.models import EventRow
from hospes.desk.shapes.audit import groups, sentence
from hospes.desk.shapes.changes import Names
from hospes.staff.operations import create_api_token
from hospes.testing.hearing import shipped_events
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive
from hospes.tickets import operations

pytestmark = pytest.mark.django_db
URL = "/desk/settings/audit/"


def browser_of(agent):
    client = Client()
    client.force_login(agent)
    return client


@pytest.fixture
def manager():
    return make_agent("Mara", role="manager")


def test_the_log_says_who_did_what_in_words(manager):
    ticket = receive().ticket
    ivo = make_agent("Ivo")
    operations.change_ticket(ticket=ticket, actor=desk_actor(ivo), now=NOON, priority=4)
    page = browser_of(manager).get(URL).content.decode()
    assert "set the priority to Urgent" in page
    assert "Ivo" in page
    assert f"#{ticket.number}" in page


@pytest.mark.parametrize("role", ["light", "agent", "lead"])
def test_row_6_only_managers_and_admins_see_the_log(role):
    assert browser_of(make_agent("Ivo", role=role)).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302


def test_row_6_a_manager_limited_to_a_team_sees_only_its_tickets():
    ours, theirs = make_team("Ours"), make_team("Theirs")
    manager = make_agent("Mara", role="manager", teams=(ours,), only_own_teams=True)
    hidden = receive(subject="Hidden").ticket
    operations.change_ticket(ticket=hidden, actor=SYSTEM, now=NOON, team=theirs, priority=4)
    page = browser_of(manager).get(URL).content.decode()
    assert hidden.number not in page
    assert "priority" not in page
    assert browser_of(manager).get(URL, {"ticket": hidden.number}).content.decode().count("<tbody>") == 0


def test_every_event_has_words_of_its_own():
    rows = {
        name: EventRow(name=name, data={"what": "signed-in"}, subject="")
        for name, kind in shipped_events().items()
        if kind.subject
    }
    wordless = [
        name
        for name, row in rows.items()
        if sentence(row, Names()) == name and not name.endswith("Event") and name not in {"Notified"}
    ]
    assert wordless == []


def test_every_event_can_be_asked_for():
    grouped = {name for _label, names in groups().values() for name in names}
    assert grouped <= set(known_events())


@pytest.mark.parametrize("what", list(groups()))
def test_the_log_is_filtered_by_what_happened(manager, what):
    receive()
    create_api_token(agent=manager, name="Shop", actor=SYSTEM, now=NOON)
    page = browser_of(manager).get(URL, {"what": what}).content.decode()
    assert ("made the API token" in page) == (what == "sign-in")
    assert ("opened the ticket" in page) == (what == "tickets")


def test_the_log_is_filtered_by_person_day_and_ticket(manager):
    ticket = receive().ticket
    ivo = make_agent("Ivo")
    operations.add_note(ticket=ticket, actor=desk_actor(ivo), now=NOON, text="A note")
    client = browser_of(manager)
    for query, shown in (
        ({"who": str(ivo.pk)}, True),
        ({"who": "customer"}, False),
        ({"since": "2026-05-04", "until": "2026-05-04"}, True),
        ({"since": "2026-05-05"}, False),
        ({"ticket": ticket.shown_number}, True),
        ({"ticket": "ZZZ-9999"}, False),
        ({"since": "not a day"}, False),
    ):
        page = client.get(URL, query).content.decode()
        assert ("wrote a note" in page) == shown, query


def test_the_log_goes_on_page_by_page_and_misses_nothing(manager):
    ticket = receive().ticket
    actor = desk_actor(make_agent("Ivo"))
    for number in range(120):
        operations.change_ticket(ticket=ticket, actor=actor, now=NOON, subject=f"Subject {number:03d}")
    client, address, seen = browser_of(manager), URL, []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"Subject \d\d\d", page)
        older = re.search(r'href="\?([^"]*before=[^"]*)"', page)
        address = f"{URL}?{older[1].replace('&amp;', '&')}" if older else ""
    assert seen == [f"Subject {number:03d}" for number in reversed(range(120))]


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_row_19_no_cell_of_the_export_is_a_formula(manager, name):
    ticket = receive().ticket
    actor = desk_actor(make_agent("Ivo"))
    EventRow.objects.create(
        name="SetupChanged",
        at=NOON,
        actor_kind="agent",
        actor_id=actor.id,
        actor_name=name,
        subject="setup",
        data={"thing": "tag", "what": "created", "label": name},
    )
    operations.change_ticket(ticket=ticket, actor=actor, now=NOON, tags=[name])
    answer = browser_of(manager).get(URL, {"format": "csv"})
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) > 3
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), row
    assert any(cell == f"'{name}" for row in rows for cell in row)


def test_row_2_names_are_escaped_in_the_log(manager):
    EventRow.objects.create(
        name="SetupChanged",
        at=NOON,
        actor_kind="agent",
        actor_name="<script>alert(1)</script>",
        subject="setup",
        data={"thing": "tag", "what": "created", "label": "<img src=x onerror=alert(1)>"},
    )
    page = browser_of(manager).get(URL).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
