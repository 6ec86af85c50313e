"""Escalation, work orders, swarms and articles at the desk: what is shown, what a press does, how much is asked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.events import known_events
from hospes.core.models import EventRow
from hospes.desk.shapes.changes import Names
from hospes.desk.tests.conftest import signed_in
from hospes.desk.topics.escalation import TOPIC
from hospes.knowledge.models import Article
from hospes.routing import operations as routing
from hospes.routing.models import EscalationPolicy, HandOver, Swarm
from hospes.staff import operations as staff
from hospes.testing.people import desk_actor, make_agent, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket, WorkOrder, WorkOrderTemplate

NOTE = {"wants": "A new <lid>", "tried": "A seal", "promised": "An answer", "promised_until": "2030-05-04T12:00"}


@pytest.fixture
def company(db):
    """Two tiers and a warehouse, one person in each, and a manager; a ticket of the first line."""
    now = clock.now()

    class Company:
        first, second = (
            staff.create_team(name=name, tier=tier, actor=SYSTEM, now=now)
            for name, tier in (("First line", 1), ("Specialists", 2))
        )
        store = staff.create_team(name="Warehouse", actor=SYSTEM, now=now)
        ivo = make_agent("Ivo", teams=(first,))
        anna = make_agent("Anna", teams=(second,))
        packer = make_agent("Packer", role="light", teams=(store,), only_own_teams=True)
        maija = make_agent("Maija", role="manager")

    made = Company()
    found = receive(now=now).ticket
    made.ticket = tickets.change_ticket(ticket=found, team=made.first, assignee=made.ivo, actor=SYSTEM, now=now)
    made.template = tickets.save_work_template(
        name="Look at the stock",
        team=made.store,
        fields=[{"label": "Article", "required": True}],
        actor=desk_actor(made.maija),
        now=now,
    )
    return made


def panels(agent, ticket):
    return signed_in(agent).get(reverse("desk:panels", args=[ticket.number])).content.decode()


def press(agent, name, /, *args, **data):
    address = reverse(f"desk:{name}", args=args)
    return signed_in(agent).post(address, data, headers={"Hospes-Fragment": "1"})


def test_a_ticket_is_handed_up_from_the_panel_and_the_next_one_reads_the_card(company):
    form = signed_in(company.ivo).get(reverse("desk:escalate", args=[company.ticket.number])).content.decode()
    assert f'value="{company.second.pk}"' in form
    refused = press(company.ivo, "escalate", company.ticket.number, to=company.second.pk, **{**NOTE, "tried": ""})
    assert (refused.status_code, refused.json()["field"]) == (422, "tried")
    done = press(company.ivo, "escalate", company.ticket.number, to=company.second.pk, **NOTE)
    assert done.status_code == 200, done.content
    seen = panels(company.anna, company.ticket)
    assert "A new &lt;lid&gt;" in seen
    assert "Ivo" in seen
    assert HandOver.objects.get().to_team == company.second
    back = press(company.anna, "give_back", company.ticket.number, note="Send a lid")
    assert back.status_code == 200
    assert Ticket.objects.get().assignee == company.ivo


def test_responsibility_is_taken_on_by_a_press(company):
    press(company.ivo, "escalate", company.ticket.number, to=company.second.pk, agent=company.anna.pk, **NOTE)
    offer = company.ticket.responsibility_offers.get()
    assert reverse("desk:answer_offer", args=[offer.pk]) in panels(company.anna, company.ticket)
    assert reverse("desk:answer_offer", args=[offer.pk]) not in panels(company.ivo, company.ticket)
    assert press(company.ivo, "answer_offer", offer.pk, answer="yes").status_code == 404
    assert press(company.anna, "answer_offer", offer.pk, answer="yes").status_code == 200
    assert Ticket.objects.get().responsible == company.anna


def test_a_work_order_takes_two_presses_and_comes_back(company):
    address = reverse("desk:new_work", args=[company.ticket.number])
    assert f"{address}?template={company.template.pk}" in panels(company.ivo, company.ticket)
    form = signed_in(company.ivo).get(f"{address}?template={company.template.pk}").content.decode()
    assert 'name="f1"' in form
    gap = press(company.ivo, "new_work", company.ticket.number, template=company.template.pk)
    assert (gap.status_code, gap.json()["field"]) == (422, "f1")
    assert (
        press(company.ivo, "new_work", company.ticket.number, template=company.template.pk, f1="K-2").status_code == 200
    )
    order = WorkOrder.objects.get()
    todo = signed_in(company.packer).get(reverse("desk:work")).content.decode()
    assert "Look at the stock" in todo
    assert company.ticket.number not in todo
    page = reverse("desk:work_order", args=[order.number])
    assert signed_in(company.packer).get(page).status_code == 200
    assert press(company.packer, "work_order", order.number, do="answer", text="").status_code == 422
    assert press(company.packer, "work_order", order.number, do="answer", text="On shelf <7>").status_code == 302
    assert "On shelf &lt;7&gt;" in panels(company.ivo, company.ticket)
    assert "On shelf &lt;7&gt;" in signed_in(company.ivo).get(page).content.decode()
    order.refresh_from_db()
    assert order.state == "answered"
    assert press(company.ivo, "work_order", order.number, do="finish").status_code == 302
    order.refresh_from_db()
    assert order.state == "done"


def test_a_light_agent_closes_no_order(company):
    order = tickets.open_work_order(
        ticket=company.ticket,
        template=company.template,
        values={"f1": "x"},
        actor=desk_actor(company.ivo),
        now=clock.now(),
    )
    press(company.packer, "work_order", order.number, do="cancel")
    order.refresh_from_db()
    assert order.state == "open"


def test_experts_meet_beside_the_ticket_and_leave_an_article(company):
    number = company.ticket.number
    assert signed_in(company.ivo).get(reverse("desk:start_swarm", args=[number])).status_code == 200
    assert press(company.ivo, "start_swarm", number, question="Why?", agent=company.anna.pk).status_code == 200
    swarm = Swarm.objects.get()
    assert press(company.anna, "swarm", swarm.pk, do="say", text="It is the <seal>").status_code == 200
    seen = panels(company.ivo, company.ticket)
    assert "It is the &lt;seal&gt;" in seen
    assert signed_in(company.ivo).get(reverse("desk:end_swarm", args=[swarm.pk])).status_code == 200
    done = press(company.ivo, "end_swarm", swarm.pk, do="solved", problem="Leaks", cause="Seal", solution="Change it")
    assert done.status_code == 200
    article = Article.objects.get()
    assert reverse("desk:article", args=[article.pk]) in panels(company.ivo, company.ticket)
    assert "Leaks" in signed_in(company.ivo).get(reverse("desk:articles")).content.decode()
    changed = {"title": "Lids leak", "language": "en", "body_html": "<p>x</p>", "version": article.version}
    assert press(company.maija, "article", article.pk, state="published", **changed).status_code == 302
    assert press(company.ivo, "article", article.pk, **changed).status_code == 422
    article.refresh_from_db()
    assert (article.title, article.state) == ("Lids leak", "published")
    assert "Swarms" in signed_in(company.maija).get(reverse("desk:swarms")).content.decode()


def test_escalation_and_templates_are_set_up_by_forms(company):
    steps = {"after1": 30, "unit1": "s", "to1": "tier2", "after2": 2, "unit2": "min", "to2": "call1"}
    rest = {f"unit{n}": "min" for n in range(3, 7)}
    made = press(
        company.maija, "new_escalation", name="Quick", conditions="{}", active="on", on_breach="on", **steps, **rest
    )
    assert made.status_code == 302, made.content.decode()[-3000:]
    policy = EscalationPolicy.objects.get()
    assert policy.steps == [{"after": 30, "to": "tier", "tier": 2}, {"after": 120, "to": "on_call", "rank": 1}]
    page = signed_in(company.maija).get(reverse("desk:escalation_policy", args=[policy.pk])).content.decode()
    assert 'value="30"' in page
    listed = signed_in(company.maija).get(reverse("desk:escalation")).content.decode()
    assert "Quick" in listed
    nothing = press(company.maija, "new_escalation", name="Empty", conditions="{}", unit1="s", unit2="s", **rest)
    assert nothing.status_code == 422
    told = {"inbox": company.ticket.inbox_id}
    assert press(company.maija, "told", **told).status_code == 302
    data = {"name": "Check", "team": company.store.pk, "amount": 2, "unit": "h", "label1": "Article", "required1": "on"}
    assert press(company.maija, "new_work_template", **data).status_code == 302
    template = WorkOrderTemplate.objects.get(name="Check")
    assert (template.due_seconds, template.fields[0]["label"]) == (7200, "Article")
    shown = signed_in(company.maija).get(reverse("desk:work_template", args=[template.pk])).content.decode()
    assert 'value="Article"' in shown
    assert press(company.maija, "work_template", template.pk, archive="1").status_code == 302
    assert press(company.maija, "escalation_policy", policy.pk, archive="1").status_code == 302


def test_lists_ask_no_more_for_many_than_for_few(company):
    actor, now = desk_actor(company.ivo), clock.now()
    until = timezone.now() + timedelta(days=1)
    counts = []
    for number in range(12):
        found = receive("x", sender=f"c{number}@customer.example", now=now).ticket
        found = tickets.change_ticket(ticket=found, team=company.first, assignee=company.ivo, actor=SYSTEM, now=now)
        tickets.open_work_order(ticket=found, template=company.template, values={"f1": "x"}, actor=actor, now=now)
        routing.escalate(ticket=found, wants="a", tried="b", promised="c", promised_until=until, actor=actor, now=now)
        if number in (1, 11):
            for name in ("watch", "work"):
                who = company.ivo if name == "watch" else company.packer
                client = signed_in(who)
                with CaptureQueriesContext(connection) as asked:
                    assert client.get(reverse(f"desk:{name}")).status_code == 200
                counts.append((name, len(asked)))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]


def test_a_ticket_without_any_of_it_costs_four_queries(company, rf):
    request = rf.get("/")
    request.actor, request.user = desk_actor(company.ivo), company.ivo
    ticket = Ticket.objects.select_related("responsible").get(pk=company.ticket.pk)
    with CaptureQueriesContext(connection) as asked:
        TOPIC.panel.context(request, ticket)
    assert len(asked) <= 5


@pytest.mark.parametrize("name", sorted({**TOPIC.timeline, **TOPIC.audit}))
def test_every_event_reads_as_a_sentence(name):
    kind = known_events()[name]
    row = EventRow(
        name=name, data={"number": "K7F2M9Q", "label": "Look", "to_name": "Anna", "due_at": "2026-05-04T12:00:00+00:00"}
    )
    line = TOPIC.timeline[name](row.data, Names()) if name in TOPIC.timeline else TOPIC.audit[name](row.data)
    assert line
    assert "%(" not in line
    assert kind.name() == name
