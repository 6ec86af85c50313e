"""Numbers that are none ("²" is a digit for Python and no number) are refused or passed over, never failed on."""

import pytest
from django.test import Client

from hospes.core import clock
from hospes.incidents.models import Subscriber
from hospes.portal.tests.people import ANNA
from hospes.testing.people import make_inbox, receive
from hospes.workflows.models import WorkflowRun
from hospes.workflows.tests.definitions import published

pytestmark = pytest.mark.django_db
NO_NUMBER = "²"


@pytest.mark.parametrize("announced", [NO_NUMBER, "9" * 30, str(300 * 1024 * 1024)])
@pytest.mark.parametrize("address", ["/portal/contact/", "/portal/work/W-1/none/"])
def test_a_body_of_no_known_length_is_not_read(address, announced):
    make_inbox()
    form = "multipart/form-data; boundary=x"
    answer = Client().generic("POST", address, b"", form, CONTENT_LENGTH=announced)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "asked", ["/portal/contact/?inbox=²", "/portal/contact/?inbox=99999999999", "/portal/status/history/?before=²"]
)
def test_a_page_asked_for_with_a_digit_that_is_no_number_is_shown(asked):
    make_inbox()
    assert Client().get(asked).status_code == 200


def test_a_part_of_no_number_is_passed_over():
    make_inbox()
    answer = Client().post("/portal/status/subscribe/", {"email": ANNA, "components": NO_NUMBER})
    assert answer.status_code == 302
    assert not Subscriber.objects.get().components.exists()


def test_a_step_of_no_number_is_not_done():
    make_inbox()
    receive(now=clock.now())
    published()
    client = Client()
    place = client.post("/portal/do/return/")["Location"]
    before = WorkflowRun.objects.get()
    assert (
        client.post(place, {"seq": NO_NUMBER, f"r{before.pk}-order": "1", f"r{before.pk}-email": ANNA}).status_code
        == 302
    )
    assert WorkflowRun.objects.get().step == before.step
