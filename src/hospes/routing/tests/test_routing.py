"""From the arriving message to the owner, on a real database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospes.core import clock
from hospes.core.models import EventRow
from hospes.routing import operations
from hospes.routing.models import AgentLoad, AssignmentRecord, Nudge, RoutingEntry
from hospes.routing.operations import working
from hospes.routing.tests.company import is_now, person, queue, work
from hospes.staff.models import Absence
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


def queries_to_route_one(who: str) -> int:
    """How many statements it takes from an arriving message to its owner, without what other rooms do meanwhile."""
    with CaptureQueriesContext(connection) as seen:
        ticket = receive(f"One more of {who}", sender=f"{who}@customer.example").ticket
        operations.look_at_ticket(ticket.pk, now=clock.now())
    assert owner_of(ticket)
    return len(seen)


@pytest.mark.parametrize("strategy", ["round_robin", "best_skill"])
def test_the_way_to_an_owner_takes_as_many_queries_whatever_the_number_of_tickets(strategy) -> None:
    team = make_team()
    for number in range(3):
        person(f"Agent{number}", team, capacity=30_000)
    line = queue(team=team, strategy=strategy)
    first = receive().ticket
    work()
    few = queries_to_route_one("early")
    rows = []
    for number in range(1000):
        copy = Ticket.objects.get(pk=first.pk)
        copy.pk, copy.number, copy.assignee = None, f"Q{number:06d}", None
        rows.append(copy)
    Ticket.objects.bulk_create(rows)
    RoutingEntry.objects.bulk_create(
        RoutingEntry(ticket=row, state="waiting", queue=line, needs="zz", rank_at=clock.now(), entered_at=clock.now())
        for row in rows
    )
    assert queries_to_route_one("late") <= few + 1


def test_a_vip_goes_before_others_but_waiting_counts_too() -> None:
    team = make_team()
    anna = person("Anna", team, capacity=10, state="offline")
    queue(team=team)
    now = clock.now()
    old = receive("Old", sender="old@customer.example", now=now - timedelta(hours=3)).ticket
    plain = receive("Plain", sender="plain@customer.example", now=now).ticket
    vip = receive("Important", sender="vip@customer.example", now=now).ticket
    vip.customer.vip = True
    vip.customer.save()
    work()
    served = []
    is_now(anna, "online")
    for _n in range(3):
        operations.nudge_agents([anna.pk], now=clock.now())
        work()
        mine = Ticket.objects.get(assignee=anna, active=True)
        served.append(mine.pk)
        change_ticket(ticket=mine, actor=desk_actor(anna), now=clock.now(), status="solved")
        is_now(anna, "offline")
        work()
        is_now(anna, "online")
    assert served == [old.pk, vip.pk, plain.pk]


def test_after_too_long_a_wait_another_team_may_take_it_and_then_another_queue() -> None:
    first, second, third = make_team("First"), make_team("Second"), make_team("Third")
    person("Anna", first, state="offline")
    ivo = person("Ivo", second, state="offline")
    person("Maija", third)
    last = queue("Last", team=third, conditions={"field": "ticket.subject", "is": "is", "value": "–"})
    queue("Front", team=first, overflow=[{"after": 60, "team": second.pk}, {"after": 600, "queue": last.pk}])
    ticket = receive(now=clock.now()).ticket
    work()
    is_now(ivo, "online")
    operations.nudge_agents([ivo.pk], now=clock.now())
    work()
    assert owner_of(ticket) == ""  # not yet for the second team
    is_now(ivo, "offline")
    work(clock.now() + timedelta(seconds=61))
    assert owner_of(ticket) == ""
    work(clock.now() + timedelta(seconds=601))
    assert owner_of(ticket) == "Maija"
    names = list(EventRow.objects.filter(name="TicketOverflowed").order_by("id").values_list("data__to", flat=True))
    assert names == ["Second", "Last"]


def test_the_substitute_gets_what_waits_with_somebody_who_is_out_of_office() -> None:
    anna, ivo = person("Anna"), person("Ivo")
    ticket = receive(now=clock.now()).ticket
    change_ticket(ticket=ticket, actor=desk_actor(anna), now=clock.now(), assignee=anna)
    work()
    today = clock.now()
    Absence.objects.create(
        agent=anna, substitute=ivo, starts_at=today - timedelta(hours=1), ends_at=today + timedelta(days=3)
    )
    operations.nudge_agents([anna.pk], now=today)
    work()
    assert owner_of(ticket) == "Ivo"
    assert "substitute" in {fact["code"] for fact in AssignmentRecord.objects.latest("id").reason["facts"]}


def test_spam_and_snoozed_tickets_are_not_routed() -> None:
    team = make_team()
    anna = person("Anna", team)
    spam, later = receive("Buy now").ticket, receive("Later", sender="b@customer.example").ticket
    lead = person("Lead", role="lead", state="offline")
    change_ticket(ticket=spam, actor=desk_actor(lead), now=clock.now(), spam=True)
    change_ticket(ticket=later, actor=desk_actor(lead), now=clock.now(), snoozed_until=clock.now() + timedelta(days=1))
    queue(team=team)
    work()
    assert [owner_of(spam), owner_of(later)] == ["", ""]
    assert not RoutingEntry.objects.filter(agent=anna).exists()


def test_timers_come_right_when_the_clock_was_set_back() -> None:
    team = make_team()
    anna = person("Anna", team)
    queue(team=team, grace_seconds=60)
    ahead = clock.now() + timedelta(hours=5)
    ticket = receive(now=clock.now()).ticket
    work()
    is_now(anna, "away", since=ahead)  # written while the clock was five hours fast
    RoutingEntry.objects.update(next_at=ahead, looked_at=ahead)
    work(clock.now())
    entry = RoutingEntry.objects.get(pk=ticket.pk)
    assert entry.looked_at < ahead
    assert entry.next_at is not None
    assert entry.next_at < clock.now() + timedelta(minutes=2)


def test_a_fault_with_one_ticket_does_not_stop_the_others(monkeypatch) -> None:
    team = make_team()
    person("Anna", team)
    queue(team=team)
    bad, good = receive("Bad").ticket, receive("Good", sender="b@customer.example").ticket
    really = working.look_at_ticket

    def faulty(ticket_id: int, *, now: object) -> bool:
        if ticket_id == bad.pk:
            raise RuntimeError("broken")
        return really(ticket_id, now=now)

    monkeypatch.setattr(working, "look_at_ticket", faulty)
    work()
    assert [owner_of(bad), owner_of(good)] == ["", "Anna"]
    assert "broken" in Nudge.objects.get(ticket=bad).error


def test_a_team_that_somebody_chose_is_respected_even_before_the_news_has_gone_round() -> None:
    first, second = make_team("First"), make_team("Second")
    anna = person("Anna", first)
    person("Ivo", second)
    queue("Front", team=first)
    queue("Rest")
    ticket = receive().ticket
    change_ticket(ticket=ticket, actor=desk_actor(anna), now=clock.now(), team=second)
    operations.look_at_ticket(ticket.pk, now=clock.now())
    assert owner_of(ticket) == "Ivo"
    assert ticket.team == second
