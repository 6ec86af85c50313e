"""From the arriving message to the owner, on a real database."""

from datetime import timedelta

import pytest

from hospes.core import clock
from hospes.core.models import EventRow
from hospes.routing import operations
from hospes.routing.models import AgentLoad, AssignmentRecord, RoutingEntry
from hospes.routing.tests.company import is_now, person, queue, work
from hospes.testing.people import desk_actor, make_inbox, make_team, receive
from hospes.tickets.models import Ticket
from hospes.tickets.operations import change_ticket

pytestmark = pytest.mark.django_db


def owner_of(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.assignee.name if ticket.assignee else ""


def test_a_mail_reaches_the_one_who_speaks_its_language_and_knows_its_matter() -> None:
    team = make_team("Returns")
    make_inbox(team=team)
    person("Ivo", team, languages=("en",), skills={"returns": 5})
    person("Maija", team, languages=("lv",), skills={"returns": 3})
    person("Liga", team, languages=("lv",), skills={"returns": 1})
    returns = operations_skill("returns")
    queue(team=team, skills=[[returns, 2]], match_language="required")
    ticket = receive("Labdien! Vēlos atgriezt tējkannu, jo tā tek.", language="lv").ticket
    work()
    assert owner_of(ticket) == "Maija"
    record = AssignmentRecord.objects.get()
    codes = [fact["code"] for fact in record.reason["facts"]]
    assert codes == ["queue", "speaks", "knows", "busy", "only_one"]
    assert {other["code"] for other in record.reason["others"]} == {"language", "skill"}


def operations_skill(name: str) -> int:
    from hospes.staff.models import Skill

    return Skill.objects.get(name=name).pk


def test_a_ticket_waits_and_says_why_until_somebody_comes() -> None:
    team = make_team()
    anna = person("Anna", team, state="offline")
    queue(team=team)
    ticket = receive().ticket
    work()
    assert owner_of(ticket) == ""
    entry = RoutingEntry.objects.get()
    assert entry.state == "waiting"
    assert [fact["code"] for fact in entry.why["facts"]] == ["all_away"]
    is_now(anna, "online", since=clock.now())
    operations.nudge_agents([anna.pk], now=clock.now())
    work()
    assert owner_of(ticket) == "Anna"


def test_nobody_gets_more_than_they_can_carry_and_solving_pulls_the_next() -> None:
    team = make_team()
    anna = person("Anna", team, capacity=20)
    queue(team=team)
    tickets = [receive(f"Matter {n}", sender=f"c{n}@customer.example").ticket for n in range(4)]
    work()
    assert [owner_of(t) for t in tickets] == ["Anna", "Anna", "", ""]
    assert AgentLoad.objects.get().units == 20
    change_ticket(ticket=tickets[0], actor=desk_actor(anna), now=clock.now(), status="solved")
    work()
    assert [owner_of(t) for t in tickets] == ["Anna", "Anna", "Anna", ""]
    assert AgentLoad.objects.get().units == 20


def test_what_somebody_gave_by_hand_stays_with_whom_they_chose() -> None:
    team = make_team()
    anna, ivo = person("Anna", team), person("Ivo", team, state="offline")
    queue(team=team)
    ticket = receive().ticket
    change_ticket(ticket=ticket, actor=desk_actor(anna), now=clock.now(), assignee=ivo)
    work()
    work(clock.now() + timedelta(days=1))
    assert owner_of(ticket) == "Ivo"
    assert AssignmentRecord.objects.get().how == "hand"


def test_who_goes_away_while_the_customer_waits_loses_the_ticket_to_a_colleague() -> None:
    team = make_team()
    anna = person("Anna", team)
    queue(team=team, grace_seconds=60)
    ticket = receive(now=clock.now()).ticket
    work()
    ivo = person("Ivo", team)
    gone = clock.now()
    is_now(anna, "away", since=gone)
    operations.nudge_agents([anna.pk], now=gone)
    work(gone + timedelta(seconds=5))
    assert owner_of(ticket) == "Anna"
    work(gone + timedelta(seconds=61))
    assert owner_of(ticket) == "Ivo"
    assert AgentLoad.objects.get(agent=anna).units == 0
    assert AgentLoad.objects.get(agent=ivo).units == 10
    names = list(EventRow.objects.filter(subject="ticket").order_by("id").values_list("name", flat=True))
    assert names.index("TicketTakenBack") < len(names) - names[::-1].index("TicketRouted") - 1
    assert AssignmentRecord.objects.filter(back_why="away").count() == 1


def test_a_longer_message_tells_the_language_that_a_short_one_did_not() -> None:
    first = receive("ok", subject="K7", message_id="a@customer.example")
    assert first.ticket.language == "en"
    receive("Labdien! Vēlos atgriezt tējkannu, jo tā tek.", subject="K7", in_reply_to="a@customer.example")
    work()
    first.ticket.refresh_from_db()
    assert first.ticket.language == "lv"


def test_a_language_that_somebody_set_by_hand_stays() -> None:
    anna = person("Anna")
    first = receive("ok", subject="K7", message_id="a@customer.example")
    change_ticket(ticket=first.ticket, actor=desk_actor(anna), now=clock.now(), language="tr")
    receive("Labdien! Vēlos atgriezt tējkannu, jo tā tek.", subject="K7", in_reply_to="a@customer.example")
    work()
    first.ticket.refresh_from_db()
    assert first.ticket.language == "tr"
