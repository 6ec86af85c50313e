"""What act steps do: a work order by its template's name, filled with what was answered."""

import pytest

from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import WorkOrder
from hospes.workflows import operations
from hospes.workflows.tests.definitions import ask, one_step, published

pytestmark = pytest.mark.django_db

ORDER = {"key": "act", "kind": "act", "actions": [{"do": "work_order", "template": "Label", "text": "Print a label."}]}


def begun(answers):
    ticket = receive(now=NOON).ticket
    actor = desk_actor(make_agent())
    workflow = published(one_step(ask("box"), ORDER), "label")
    run = operations.start_run(workflow=workflow, ticket=ticket, actor=actor, now=NOON)
    operations.advance(run=run, answers=answers, actor=actor, now=NOON)
    return ticket


def test_a_step_opens_a_work_order_with_what_was_answered():
    team = make_team("Warehouse")
    fields = [{"label": "Box text", "required": True}, {"label": "Shelf", "required": True}]
    template = tickets.save_work_template(name="Label", team=team, fields=fields, actor=SYSTEM, now=NOON)
    ticket = begun({"box_text": "Small"})
    order = WorkOrder.objects.get(ticket=ticket)
    assert (order.template_id, order.team_id, order.text) == (template.pk, team.pk, "Print a label.")
    assert [field["value"] for field in order.fields] == ["Small", "See the ticket."]


def test_a_template_that_is_gone_is_named():
    with pytest.raises(InvalidInput, match="Label"):
        begun({"box_text": "Small"})
