"""The editor and the panel: steps are added, moved and edited by buttons; nothing of other languages is lost."""

import pytest
from django.test import Client

from hospes.core.actors import SYSTEM
from hospes.testing.people import NOON, PASSWORD, make_agent, make_team, receive
from hospes.tickets.models import Ticket
from hospes.workflows import operations
from hospes.workflows.models import Workflow, WorkflowRun
from hospes.workflows.policies import outline
from hospes.workflows.tests.definitions import RETURN, ask, one_step, order_of, published

pytestmark = pytest.mark.django_db


def signed_in(role: str = "lead") -> Client:
    agent = make_agent(role.title(), role=role)
    client = Client()
    client.post("/account/login/", {"login": agent.email, "password": PASSWORD})
    return client


def change(client: Client, workflow: Workflow, **fields):
    number = Workflow.objects.get(pk=workflow.pk).draft_number
    return client.post(f"/desk/workflows/{workflow.pk}/", {"number": number, **fields}, follow=True)


def test_a_workflow_is_made_edited_and_published_by_buttons_alone():
    client = signed_in()
    client.post("/desk/workflows/new/", {"name": "Lost key"})
    workflow = Workflow.objects.get()
    change(client, workflow, do="add:ask")
    step = {"step": "ask", "s-key": "which", "s-title": "Which key?", "i0-key": "key", "i0-kind": "choice",
            "i0-label": "Which one", "i0-required": "on", "i0-choices": "red = The red one\nblue = The blue one",
            "i1-kind": "text"}  # fmt: skip
    change(client, workflow, do="save", **step)
    change(client, workflow, do="branch", step="which")
    when = '{"field": "run.key", "is": "is", "value": "red"}'
    branch = {**step, "step": "which", "b0-label": "Red", "b0-when": when}
    change(client, workflow, do="save", **branch)
    change(client, workflow, do="add:end", step="which", after="which#0")
    change(client, workflow, do="add:end", step="which", after="which")
    page = client.get(f"/desk/workflows/{workflow.pk}/?step=which").content.decode()
    assert "missing before it can be published" not in page
    assert "The red one" in page
    client.post(f"/desk/workflows/{workflow.pk}/publish/", {"do": "publish"})
    workflow.refresh_from_db()
    assert workflow.published.number == 1
    assert outline.keys(workflow.draft) == ["which", "end", "end_2"]


def test_editing_one_language_leaves_the_others():
    workflow = published(RETURN)
    client = signed_in()
    head = {"h-name": "Atdot", "h-summary": "", "h-group": "", "h-open_to": "guests", "h-language": "en"}
    change(client, workflow, do="save", lang="lv", **head)
    workflow.refresh_from_db()
    assert workflow.draft["name"] == {"en": "Return something", "lv": "Atdot"}
    assert client.get(f"/desk/workflows/{workflow.pk}/versions/").content.decode().count("Atdot") == 1
    assert workflow.published.definition["name"]["lv"] == "Atgriezt preci"


def test_two_editors_do_not_overwrite_each_other():
    workflow = published(one_step(ask("a")))
    client = signed_in()
    page = client.post(f"/desk/workflows/{workflow.pk}/", {"number": 99, "do": "add:ask"}, follow=True)
    assert "Somebody else changed this draft meanwhile" in page.content.decode()
    workflow.refresh_from_db()
    assert outline.keys(workflow.draft) == ["a", "end"]


def test_what_is_missing_is_said_with_its_step_and_not_published():
    workflow = published(one_step(ask("a")))
    client = signed_in()
    change(client, workflow, do="add:show", step="end")
    page = client.post(f"/desk/workflows/{workflow.pk}/publish/", {"do": "publish"}, follow=True).content.decode()
    assert "missing before it can be published" in page
    assert "No way leads to this step" in page
    workflow.refresh_from_db()
    assert workflow.published.number == 1


def test_text_in_and_out_and_figures_open():
    workflow = published(RETURN)
    client = signed_in()
    text = client.get(f"/desk/workflows/{workflow.pk}/yaml/").content.decode()
    assert text.startswith("key: return\n")
    answer = client.post(f"/desk/workflows/{workflow.pk}/text/", {"text": text.replace("Your order", "Order")})
    assert answer.status_code == 302
    assert client.post(f"/desk/workflows/{workflow.pk}/text/", {"text": "a: [b"}).status_code == 422
    assert client.get(f"/desk/workflows/{workflow.pk}/figures/").status_code == 200
    assert "Return something" in client.get("/desk/workflows/").content.decode()


def test_a_workflow_is_led_from_the_panel():
    ticket = receive().ticket
    order_of(ticket.customer)
    make_team()
    published()
    client = signed_in("agent")
    assert "SC-1042" in client.get(f"/desk/t/{ticket.number}/panels/").content.decode()
    script = {"Hospes-Fragment": "1"}
    refused = client.post(f"/desk/t/{ticket.number}/workflows/", {"workflow": "No such"}, headers=script)
    assert refused.status_code == 422
    assert client.post(f"/desk/t/{ticket.number}/workflows/", {"workflow": "Return something"}).status_code == 200
    run = WorkflowRun.objects.get()
    place = f"/desk/runs/{run.pk}/"
    wrong = client.post(place, {"seq": run.seq, f"r{run.pk}-order": ""}, headers=script)
    assert wrong.json()["field"] == f"r{run.pk}-order"
    client.post(place, {"seq": run.seq, f"r{run.pk}-order": "SC-1042", f"r{run.pk}-email": "anna@customer.example"})
    run.refresh_from_db()
    assert run.step == "why"
    assert client.post(place, {"do": "invite"}).json()["message"].startswith("The customer gets a link")
    run.refresh_from_db()
    assert run.channel == "portal"
    assert Ticket.objects.get(pk=ticket.pk).category == "waiting"
    assert "Why" in Client().get(f"/portal/do/run/{run.token}/").content.decode()
    client.post(place, {"do": "stop"})
    run.refresh_from_db()
    assert run.outcome == "stopped"


def test_the_list_asks_the_database_no_more_for_more_workflows(django_assert_max_num_queries):
    client = signed_in()
    for number in range(12):
        operations.import_workflow(key=f"w{number}", definition=one_step(ask("a")), actor=SYSTEM, now=NOON)
    with django_assert_max_num_queries(12):
        client.get("/desk/workflows/")
