"""The screens of routing: the reason beside the talk, offers, the board, the queues."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hospes.core import clock
from hospes.routing.models import Queue, RoutingEntry
from hospes.routing.queries import exported
from hospes.routing.tests.company import person, queue, work
from hospes.staff.models import Agent, Skill
from hospes.testing.people import make_agent, make_team, receive
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db
FRAGMENT = {"Hospes-Fragment": "1"}


def desk(agent: Agent) -> Client:
    client = Client()
    client.force_login(agent)
    return client


def plain(answer: HttpResponse) -> str:
    """A page without the marks that keep names in their own direction."""
    return answer.content.decode().replace("\u2068", "").replace("\u2069", "")


def routed() -> tuple[Agent, Ticket]:
    team = make_team("Returns")
    maija = person("Maija", team, languages=("lv",), skills={"Returns": 3})
    queue("Returns", team=team, skills=[[Skill.objects.get().pk, 2]], match_language="required")
    ticket = receive("Labdien! Vēlos atgriezt tējkannu, jo tā tek.").ticket
    work()
    return maija, ticket


def test_the_reason_stands_beside_the_talk_and_in_the_timeline():
    maija, ticket = routed()
    panel = plain(desk(maija).get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT))
    for words in ("Speaks Latvian", "Returns 3 of 5", "0 of 6 busy", "The only one free"):
        assert words in panel
    page = plain(desk(maija).get(reverse("desk:ticket", args=[ticket.number])))
    assert "speaks Latvian · Returns 3 of 5 · 0 of 6 busy · the only one free" in page
    assert page.count("gave it to") == 1


def test_a_ticket_that_waits_says_why():
    team = make_team()
    anna = person("Anna", team, state="offline")
    queue(team=team)
    ticket = receive().ticket
    work()
    panel = desk(anna).get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert "1 person is away" in panel


def test_an_offer_is_taken_or_left_to_others():
    team = make_team()
    anna, ivo = person("Anna", team), person("Ivo", team)
    queue(team=team, offer=True, offer_seconds=30)
    ticket = receive().ticket
    work()
    panel = desk(anna).get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert "This is offered to you" in panel
    assert "data-countdown" in panel
    address = reverse("desk:offer", args=[ticket.number])
    assert desk(ivo).post(address, {"answer": "accept"}, headers=FRAGMENT).status_code == 409
    assert desk(anna).post(address, {"answer": "decline"}, headers=FRAGMENT).status_code == 200
    work()
    assert RoutingEntry.objects.get().agent == ivo
    assert desk(ivo).post(address, {"answer": "accept"}, headers=FRAGMENT).status_code == 200
    ticket.refresh_from_db()
    assert ticket.assignee == ivo


def test_an_offer_that_nobody_answers_goes_on_to_the_next():
    team = make_team()
    person("Anna", team)
    ivo = person("Ivo", team)
    queue(team=team, offer=True, offer_seconds=30)
    receive()
    work()
    work(clock.now() + timedelta(seconds=31))
    assert RoutingEntry.objects.get().agent == ivo


def test_the_owner_puts_a_ticket_back_and_somebody_else_gets_it():
    team = make_team()
    anna, ivo = person("Anna", team), person("Ivo", team)
    queue(team=team)
    ticket = receive().ticket
    work()
    address = reverse("desk:put_back", args=[ticket.number])
    assert desk(ivo).post(address, headers=FRAGMENT).status_code == 422
    assert desk(anna).post(address, headers=FRAGMENT).status_code == 200
    work()
    ticket.refresh_from_db()
    assert ticket.assignee == ivo


def test_a_queue_is_made_changed_moved_and_put_away():
    make_team("Second line")
    Skill.objects.create(name="Returns")
    manager = desk(make_agent("Mara", role="manager"))
    values = {
        "name": "VIP", "conditions": '{"field": "customer.vip", "is": "yes"}', "skills": "returns 3",
        "match_language": "required", "strategy": "round_robin", "sticky_days": "30", "boost": "60",
        "offer_seconds": "30", "grace_seconds": "90 s", "active": "on", "after_1": "10 min",
        "to_1": f"team:{make_team('Third line').pk}",
    }  # fmt: skip
    answer = manager.post(reverse("desk:new_queue"), values)
    assert answer.status_code == 302
    made = Queue.objects.get()
    assert (made.grace_seconds, made.skills[0][1], made.overflow[0]["after"]) == (90, 3, 600)
    other = queue("Everything")
    manager.post(reverse("desk:queue_order"), {"queue": str(other.pk), "move": "up"})
    assert list(Queue.objects.values_list("name", flat=True)) == ["Everything", "VIP"]
    page = manager.get(reverse("desk:queues")).content.decode()
    assert "The customer is a VIP: yes" in page
    edit = manager.get(reverse("desk:queue", args=[made.pk])).content.decode()
    assert "Returns 3" in edit
    assert "90 s" in edit
    manager.post(reverse("desk:queue", args=[made.pk]), {"archive": "1"})
    assert Queue.objects.filter(archived_at=None).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("skills", "Nothing 3"), ("grace_seconds", "soon"), ("boost", "-1"), ("conditions", '{"field": "x", "is": "is"}')],
)
def test_a_fault_in_the_form_is_shown_at_its_field(field, value):
    manager = desk(make_agent("Mara", role="manager"))
    values = {
        "name": "VIP", "conditions": "{}", "match_language": "no", "strategy": "sticky", "sticky_days": "30",
        "boost": "0", "offer_seconds": "30", field: value,
    }  # fmt: skip
    answer = manager.post(reverse("desk:new_queue"), values)
    assert answer.status_code == 422
    assert not Queue.objects.exists()


def test_a_try_with_a_ticket_tells_who_would_get_it_and_why_not_the_others():
    maija, ticket = routed()
    person("Ivo", *maija.teams.all())
    manager = desk(make_agent("Mara", role="manager"))
    page = plain(manager.get(reverse("desk:try_queues"), {"ticket": ticket.shown_number}))
    assert "It would go to <b>Maija</b> by the queue Returns." in page
    assert "Returns 0 of 5, 2 is needed" in page
    assert "There is no such ticket" in manager.get(reverse("desk:try_queues"), {"ticket": "AAA-AAAA"}).content.decode()


def test_the_board_counts_what_waits_and_who_is_here(django_assert_max_num_queries):
    team = make_team("Returns")
    anna = person("Anna", team, capacity=10)
    queue("Returns", team=team)
    for number in range(3):
        receive(f"Matter {number}", sender=f"c{number}@customer.example")
    work()
    client = desk(anna)
    with django_assert_max_num_queries(16):
        rows = client.get(reverse("desk:queue_board"), headers=FRAGMENT).content.decode()
    assert '<dd class="figures">2</dd>' in rows
    assert "1 person has enough to do" in rows
    assert client.get(reverse("desk:queue_board")).status_code == 200


def test_saving_a_queue_keeps_every_step_it_has_and_offers_one_more():
    team, second = make_team("First"), make_team("Second")
    lead = make_agent("Lead", role="admin")
    steps = [{"after": 600 * n, "team": second.pk} for n in range(1, 6)]
    made = queue("Patient", team=team, overflow=steps)
    page = desk(lead).get(reverse("desk:queue", args=[made.pk]))
    form = page.context["form"]
    assert "to_6" in form.fields
    assert "to_7" not in form.fields
    values = {name: form[name].value() for name in form.fields}
    posted = {name: value for name, value in values.items() if value is not None and value is not False}
    desk(lead).post(
        reverse("desk:queue", args=[made.pk]), {**posted, "conditions": "{}", "name": "Very patient", "team": team.pk}
    )
    made.refresh_from_db()
    assert (made.name, made.overflow) == ("Very patient", steps)


def test_a_set_of_queues_survives_export_and_import():
    team = make_team("Returns")
    Skill.objects.create(name="Returns")
    second = queue("Second", team=team, skills=[[Skill.objects.get().pk, 2]])
    queue("First", overflow=[{"after": 600, "queue": second.pk}])
    kept = exported()
    Queue.objects.all().delete()
    manager = desk(make_agent("Mara", role="manager"))
    sent = SimpleUploadedFile("queues.yaml", kept.encode(), content_type="application/yaml")
    assert manager.post(reverse("desk:import_queues"), {"file": sent}).status_code == 302
    assert exported() == kept
    answer = manager.get(reverse("desk:export_queues"))
    assert answer.content.decode() == kept
