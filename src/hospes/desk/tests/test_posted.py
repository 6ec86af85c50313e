"""Numbers that are none: "²" is a digit for Python and no number. Whoever sends one is refused, never failed."""

import pytest
from django.urls import reverse

from hospes.desk.tests.conftest import signed_in
from hospes.workflows.models import Workflow

NO_NUMBER = "²"
OF_TICKET = [
    ("change", {"status": NO_NUMBER}),
    ("change", {"assignee": NO_NUMBER}),
    ("change", {"team": NO_NUMBER}),
    ("change", {"priority": NO_NUMBER}),
    ("macro", {"macro": NO_NUMBER}),
    ("forward", {"to": "a@b.example", "subject": "Lid", "html": "<p>Lid?</p>", "message": NO_NUMBER}),
    ("call", {"agent": NO_NUMBER}),
    ("escalate", {"to": NO_NUMBER}),
    ("responsible", {"agent": NO_NUMBER}),
    ("new_work", {"template": NO_NUMBER}),
    ("start_swarm", {"agent": NO_NUMBER, "question": "Why?"}),
    ("ticket_incident", {"incident": NO_NUMBER, "do": "link"}),
]
OF_COMPANY = [
    ("bulk", {"tickets": "AAAAAAA", "team": NO_NUMBER}),
    ("tags", {"tag": NO_NUMBER, "delete": "1"}),
    ("statuses", {"archive": NO_NUMBER}),
    ("skill_levels", {"s-²-1": "1"}),
    ("skill_levels", {"s-{agent}-²": "1"}),
    ("skill_levels", {"l-{agent}-lv": NO_NUMBER}),
    ("capacity", {"c-²": "1"}),
    ("capacity", {"w-²-email": "1"}),
    ("capacity", {"m-{agent}-email": NO_NUMBER}),
    ("presence", {"state": "away", "until": NO_NUMBER}),
    ("queue_order", {"order": NO_NUMBER}),
    ("queue_order", {"queue": NO_NUMBER, "move": "up"}),
    ("webhooks", {"archive": NO_NUMBER}),
    ("confirm_rule", {"rule": NO_NUMBER}),
    ("link_to_incident", {"incident": NO_NUMBER, "tickets": "AAAAAAA"}),
    ("new_incident", {"burst": NO_NUMBER}),
    ("escalation", {"up": NO_NUMBER}),
    ("told", {"inbox": NO_NUMBER}),
    ("told", {"team": NO_NUMBER}),
]
# These pages are shown again and say why.
SAID = [
    ("contact_point", {"remove": NO_NUMBER}),
    ("merge_customer", {"undo": NO_NUMBER}),
    ("teams", {"team": NO_NUMBER, "name": "Third line"}),
    ("blocked", {"unblock": NO_NUMBER}),
    ("attention", {"message": NO_NUMBER}),
    ("lines", {"line": NO_NUMBER, "name": "Kettles"}),
    ("lines", {"team": NO_NUMBER}),
    ("skills", {"skill": NO_NUMBER, "name": "Kettles"}),
    ("rules", {"rule": NO_NUMBER, "do": "off"}),
    ("rules", {"looked": NO_NUMBER}),
]
ASKED = [
    ("customers", (), {"before": NO_NUMBER}),
    ("view", ("open",), {"priority": NO_NUMBER}),
    ("rows", ("open",), {"ids": f"1,{NO_NUMBER}"}),
    ("work", (), {"list": "answered", "after": NO_NUMBER}),
    ("promises", (), {"days": NO_NUMBER}),
    ("queue_board", (), {"queue": NO_NUMBER}),
]


def _sent(company, name, args, data):
    filled = {field.format(agent=company.ivo.pk): value for field, value in data.items()}
    return signed_in(company.admin).post(reverse(f"desk:{name}", args=args), filled).status_code


@pytest.mark.parametrize(("name", "data"), OF_TICKET)
def test_what_is_done_to_a_ticket_refuses_a_digit_that_is_no_number(company, ticket, name, data):
    assert _sent(company, name, [ticket.number], data) in {404, 422}


@pytest.mark.parametrize(("name", "data"), OF_COMPANY)
def test_what_is_done_to_the_company_refuses_a_digit_that_is_no_number(company, name, data):
    assert _sent(company, name, [], data) in {404, 422}


@pytest.mark.parametrize(("name", "data"), SAID)
def test_a_page_that_is_shown_again_says_that_there_is_no_such_thing(company, ticket, name, data):
    args = [ticket.customer_id] if name in {"contact_point", "merge_customer"} else []
    page = signed_in(company.admin).post(reverse(f"desk:{name}", args=args), data, follow=True)
    assert page.status_code == 200
    assert [message.level_tag for message in page.context["messages"]] == ["error"]


@pytest.mark.parametrize(("name", "args", "query"), ASKED)
def test_a_list_asked_for_with_a_digit_that_is_no_number_is_the_whole_list(company, name, args, query):
    assert signed_in(company.admin).get(reverse(f"desk:{name}", args=args), query).status_code == 200


@pytest.mark.parametrize("fragment", [{}, {"Hospes-Fragment": "1"}])
@pytest.mark.parametrize("view", [NO_NUMBER, f"saved-{NO_NUMBER}", "team-۵", "no such", "nothing"])
def test_a_ticket_opens_beside_ones_own_list_when_the_named_list_is_none(company, ticket, view, fragment):
    address = reverse("desk:ticket", args=[ticket.number])
    assert signed_in(company.ivo).get(address, {"view": view}, headers=fragment).status_code == 200


def test_a_workflow_refuses_a_digit_that_is_no_number(company):
    client = signed_in(company.admin)
    assert client.post(reverse("desk:new_workflow"), {"name": "Lid"}).status_code == 302
    workflow = Workflow.objects.get()
    client.post(reverse("desk:workflow_publish", args=[workflow.pk]), {"do": "take", "version": NO_NUMBER})
    assert Workflow.objects.get().draft == workflow.draft
    versions = client.get(reverse("desk:workflow_versions", args=[workflow.pk]), {"of": NO_NUMBER})
    assert versions.status_code == 200
