"""The watch on tables: as in memory, once for each ticket, with many workers, flat in the number of tickets."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from hospes.core import clock
from hospes.incidents import operations
from hospes.incidents.detection import Watch, terms_of
from hospes.incidents.detection.rates import fading
from hospes.incidents.models import Burst, Incident, IncidentTicket, StreamState, Suggestion, TermRate, TicketSign
from hospes.incidents.queries.rates import counts_of, rates_of, volume_now
from hospes.testing.people import desk_actor, make_agent, receive, settle
from hospes.tickets.models import Message, Notification, Ticket

pytestmark = pytest.mark.django_db
MATTERS = ("where is my parcel", "my kettle leaks water", "please send the invoice", "how do I return the toaster",
           "change my delivery address", "the lid does not close", "is the blue one in stock")  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


def learned_up_to(moment: datetime, *, per_hour=20, days=15):
    """What is usual, learned in memory and put into the tables."""
    dice, watch = random.Random(3), Watch()
    begins = moment.timestamp() - days * 86400
    for n in range(int(per_hour * 24 * days)):
        text = dice.choice(MATTERS)
        watch.see(begins + n * 3600 / per_hour, n, terms_of(subject=text, text=text))
    StreamState.objects.update_or_create(pk=1, defaults={"volume": watch.volume.as_json()})
    TermRate.objects.all().delete()
    TermRate.objects.bulk_create(
        TermRate(term=term, total=rate.total, parts={str(p): n for p, n in rate.parts.items()}, at=moment)
        for term, rate in watch.rates.items()
    )
    return watch


def outage(number, *, now, start=0, text="Payment fails with error E77, I cannot pay", language="en"):
    return [
        receive(
            text,
            sender=f"o{n}@customer.example",
            name=f"O{n}",
            subject="Payment fails",
            language=language,
            now=now + timedelta(seconds=2 * (n - start)),
        ).ticket
        for n in range(start, start + number)
    ]


def test_a_burst_is_proposed_within_seconds_and_leads_are_told():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    lead, agent = make_agent("Lead", role="lead"), make_agent("Ivo")
    tickets = outage(9, now=now)
    settle()
    burst = Burst.objects.get()
    assert burst.state == "proposed"
    assert burst.seen <= 8
    assert burst.p_value < 1e-6
    assert TicketSign.objects.filter(burst=burst).count() == len(tickets)
    assert {n.agent_id for n in Notification.objects.filter(kind="burst")} == {lead.pk}
    assert agent.pk


def test_usual_tickets_are_no_burst():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    for n, text in enumerate(MATTERS * 3):
        receive(text, sender=f"u{n}@customer.example", subject=text, now=now + timedelta(seconds=20 * n))
    settle()
    assert not Burst.objects.exists()


def test_machines_spam_and_what_we_wrote_ourselves_leave_no_signs():
    now = clock.now() - timedelta(minutes=5)
    receive("Out of office", sender="m@customer.example", auto_kind="auto-reply", now=now)
    settle()
    assert not TicketSign.objects.exists()
    receive("A person", sender="p@customer.example", now=now)
    settle()
    settle()
    assert TicketSign.objects.count() == 1
    operations.watch_ticket(ticket_id=TicketSign.objects.get().ticket_id, now=now)
    assert TicketSign.objects.count() == 1


def test_the_same_counts_come_from_tables_as_from_memory():
    now = datetime.now(UTC).replace(microsecond=0)
    watch, dice, people = Watch(), random.Random(4), {}
    for n in range(60):
        who, text = f"p{dice.randint(1, 40)}", dice.choice(MATTERS)
        at = now - timedelta(seconds=3500 - n * 55)
        ticket = receive(text, sender=f"{who}@customer.example", subject=text, now=at).ticket
        people.setdefault(ticket.customer_id, who)
        terms = terms_of(subject=text, text=text)
        TicketSign.objects.create(ticket=ticket, who_id=ticket.customer_id, at=at, terms=terms)
    for sign in TicketSign.objects.order_by("at"):
        watch.see(sign.at.timestamp(), sign.who_id, sign.terms)
    last = TicketSign.objects.latest("at")
    counts, totals = counts_of(last.terms, at=last.at)
    signs = [s for s in TicketSign.objects.all() if s.at > last.at - timedelta(hours=1)]
    for term, seen in counts.items():
        assert seen[2] == len({s.who_id for s in signs if term in s.terms})
    assert totals[2] == len({s.who_id for s in signs})


def test_what_is_usual_is_learned_once_from_tickets_that_belong_to_no_burst():
    now = clock.now() - timedelta(minutes=5)
    early = now - timedelta(hours=3)
    burst = Burst.objects.create(
        began_at=early, proposed_at=early, last_at=early, term="x", window=120, seen=5, expected=0.1, p_value=1e-9
    )
    for n in range(6):
        ticket = receive("kettle", sender=f"l{n}@customer.example", now=early).ticket
        TicketSign.objects.create(ticket=ticket, who_id=n, at=early, terms=["kettle"], burst=burst if n < 2 else None)
    assert operations.learn_waiting(now=now) == 6
    assert operations.learn_waiting(now=now) == 0
    assert volume_now().tickets == 4
    assert rates_of(["kettle"])["kettle"].total == pytest.approx(4 * fading(early.timestamp()))


def test_a_new_ticket_that_looks_like_an_incident_is_suggested_with_the_words_why():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    lead = desk_actor(make_agent("Lead", role="lead"))
    outage(8, now=now)
    settle()
    incident = operations.declare(title="Payments fail", actor=lead, now=now, burst=Burst.objects.get())
    assert IncidentTicket.objects.filter(incident=incident).count() == 8
    [late] = outage(1, now=now + timedelta(seconds=30), start=50)
    settle()
    found = Suggestion.objects.get(ticket=late)
    assert "paymen" in found.why
    assert not IncidentTicket.objects.filter(ticket=late).exists()
    operations.accept_suggestion(incident=incident, ticket=late, actor=lead, now=now)
    assert IncidentTicket.objects.get(ticket=late).way == "suggestion"


def test_close_matches_are_linked_by_themselves_where_the_incident_says_so_and_answered_once():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    lead = desk_actor(make_agent("Lead", role="lead"))
    outage(8, now=now)
    settle()
    incident = operations.declare(
        title="Payments fail", actor=lead, now=now, burst=Burst.objects.get(), link_close_matches=True
    )
    texts = {"en": "We look into it.", "lv": "Mēs to pētām."}
    operations.post_update(incident=incident, actor=lead, now=now, texts=texts, public=True)
    [late] = outage(1, now=now + timedelta(seconds=30), start=50, language="lv")
    settle()
    assert IncidentTicket.objects.get(ticket=late).way == "automatic"
    [said] = Message.objects.filter(ticket=late, kind="reply")
    assert "Mēs to pētām." in said.text
    receive("leaks", sender="other@customer.example", subject="Kettle", now=now + timedelta(seconds=40))
    settle()
    assert IncidentTicket.objects.filter(way="automatic").count() == 1


def test_what_was_dismissed_is_not_proposed_again_for_a_day():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    lead = desk_actor(make_agent("Lead", role="lead"))
    outage(8, now=now)
    settle()
    operations.dismiss_burst(burst=Burst.objects.get(), actor=lead, now=now)
    outage(12, now=now + timedelta(seconds=20), start=60)
    settle()
    assert Burst.objects.count() == 1


def test_a_backlog_that_is_taken_in_late_proposes_nothing():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now - timedelta(hours=8))
    outage(12, now=now - timedelta(hours=6))
    settle()
    assert not Burst.objects.exists()
    assert TicketSign.objects.count() == 12


def test_a_ticket_costs_the_same_number_of_questions_however_many_there_are(django_assert_max_num_queries):
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    outage(4, now=now)
    settle()
    [one] = outage(1, now=now + timedelta(seconds=20), start=70)
    with django_assert_max_num_queries(22):
        operations.watch_ticket(ticket_id=one.pk, now=now)


@pytest.mark.django_db(transaction=True)
def test_workers_that_see_one_outage_at_once_propose_one_burst():
    now = clock.now() - timedelta(minutes=5)
    learned_up_to(now)
    tickets = outage(24, now=now)
    problems = []

    def work(own):
        try:
            for ticket in own:
                with transaction.atomic():
                    operations.watch_ticket(ticket_id=ticket.pk, now=now)
        except Exception as error:  # told below: a thread's fault is not pytest's
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(tickets[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert Burst.objects.count() == 1
    assert TicketSign.objects.count() == Ticket.objects.count() == 24
    assert not Incident.objects.exists()
