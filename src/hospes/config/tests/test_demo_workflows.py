"""The demo shop's workflows: sound, in all six languages, and to be done by a customer alone."""

import pytest

from hospes.config.demo.workflow_texts import _ROWS, LANGUAGES
from hospes.config.demo.workflows import definitions
from hospes.core.actors import SYSTEM
from hospes.testing.people import NOON, make_inbox, make_team, receive
from hospes.workflows import operations
from hospes.workflows.operations.editing import all_faults
from hospes.workflows.tests.definitions import order_of, visitor


@pytest.mark.django_db
def test_every_workflow_of_the_demo_can_be_published():
    make_team("First line")
    make_team("Specialists")
    for key, definition in definitions().items():
        assert [str(fault) for fault in all_faults(definition)] == [], key


def test_every_text_is_there_in_all_languages():
    for key, texts in _ROWS.items():
        assert len(texts) == len(LANGUAGES), key
        assert all(words.strip() for words in texts), key
        names = {tuple(part.partition("}}")[0] for part in words.split("{{")[1:]) for words in texts}
        assert len({frozenset(found) for found in names}) == 1, key


@pytest.mark.django_db
def test_a_return_of_the_demo_is_completed_by_a_guest():
    make_team("First line")
    make_team("Specialists")
    make_inbox()
    order_of(receive().ticket.customer, delivered_at=NOON)
    version, _what = operations.import_workflow(
        key="return", definition=definitions()["return"], actor=SYSTEM, now=NOON
    )
    run = operations.start_run(workflow=version.workflow, actor=visitor(), now=NOON, language="fa")
    given = {"order": "SC-1042", "email": "anna@customer.example", "items": ["1"], "reason": "wrong",
             "refund_way": "voucher", "send_by": "locker"}  # fmt: skip
    for _step in range(4):
        if run.state == "running":
            run = operations.advance(run=run, answers=given, actor=visitor(), now=NOON)
    assert (run.state, run.outcome) == ("ended", "done")
    assert run.ticket.fields["refund"]["way"] == "بن خرید، ۱۰٪ بیشتر"
    assert run.ticket.subject == "پس‌دادن کالا"
