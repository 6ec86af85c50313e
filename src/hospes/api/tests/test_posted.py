"""Numbers that are none ("²" is a digit for Python and no number) are refused, never failed on."""

import pytest
from django.test import Client

from hospes.testing.people import receive

NO_NUMBER = "²"


@pytest.mark.parametrize("name", ["assignee", "team", "status_id", "limit", "cursor"])
def test_a_list_refuses_to_be_narrowed_to_it(api, name):
    assert api.get("/tickets", {name: NO_NUMBER}).status_code == 422


@pytest.mark.parametrize("name", ["assignee", "team", "customer", "status_id", "version"])
def test_a_change_to_it_is_refused(api, name):
    ticket = receive().ticket
    assert api.patch(f"/tickets/{ticket.number}", {name: NO_NUMBER}).status_code == 422


@pytest.mark.parametrize("version", [NO_NUMBER, '"²"', "9" * 30])
def test_it_is_the_version_of_no_ticket(api, version):
    ticket = receive().ticket
    assert api.patch(f"/tickets/{ticket.number}", {"priority": "high"}, If_Match=version).status_code == 412


def test_a_call_that_announces_no_length_is_not_read(db):
    answer = Client().generic("POST", "/hooks/in/none/", b"{}", "application/json", CONTENT_LENGTH=NO_NUMBER)
    assert answer.status_code == 413
