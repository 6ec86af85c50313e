"""A customer gets something done in the portal alone; or asks for a person, and is asked nothing twice."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hospes.core import clock
from hospes.portal.tests.people import ANNA, signed_in
from hospes.testing.people import PASSWORD, make_agent, make_inbox, receive, settle
from hospes.tickets.models import Attachment, Message, Ticket
from hospes.workflows.models import WorkflowRun
from hospes.workflows.tests.definitions import RETURN, ask, one_step, order_of, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    make_inbox()
    customer = receive(now=clock.now()).ticket.customer
    settle()
    return order_of(customer)


def begun(client: Client, key: str = "return") -> str:
    answer = client.post(f"/portal/do/{key}/")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def send(client: Client, place: str, **fields):
    """Send the form of the step as the browser does, with the number of the page that was shown."""
    run = WorkflowRun.objects.get(token=place.rstrip("/").rpartition("/")[2])
    seq = fields.pop("seq", run.seq)
    plain = {"do", "words", "email", "name"} if fields.get("do") == "person" else {"do"}
    data = {name if name in plain else f"r{run.pk}-{name}": value for name, value in fields.items()}
    return client.post(place, {"seq": seq, **data})


def heading(client: Client, place: str) -> str:
    return " ".join(re.findall(r"<h1[^>]*>(.*?)</h1>", client.get(place).content.decode()))


def test_a_guest_completes_a_return_in_the_portal_alone(shop):
    published()
    client = Client()
    assert "Return something" in client.get("/portal/do/").content.decode()
    place = begun(client)
    wrong = send(client, place, order="SC-1042", email="someone@else.example")
    assert wrong.status_code == 302
    assert "Kettle" not in client.get(place).content.decode()
    send(client, place, order="sc1042", email=ANNA)
    page = client.get(place).content.decode()
    assert "Kettle" in page
    assert "Tea × 2" in page
    refused = send(client, place, reason="broken")
    assert refused.status_code == 422
    assert "Choose an answer." in refused.content.decode()
    send(client, place, items=["1"], reason="unwanted")
    assert "on the parcel" in client.get(place).content.decode()
    send(client, place)
    assert heading(client, place) == "That is all"
    run = WorkflowRun.objects.get()
    ticket = Ticket.objects.get(pk=run.ticket_id)
    assert (run.outcome, ticket.category, ticket.channel) == ("done", "on_hold", "portal")
    assert ticket.fields["items"] == ["1"]
    assert ticket.shown_number in client.get(place).content.decode()
    said = Message.objects.get(ticket=ticket, kind="incoming")
    assert "What: Kettle" in said.text


def test_another_asks_for_a_person_and_is_asked_nothing_twice(shop):
    published()
    client = Client()
    place = begun(client)
    send(client, place, order="sc1042", email=ANNA)
    asked = send(client, place, do="person")
    assert "What should we know?" in asked.content.decode()
    assert 'name="email"' not in asked.content.decode()  # it was told before
    send(client, place, do="person", words="It burned my hand.")
    settle()
    assert heading(client, place) == "A person has it now"
    run = WorkflowRun.objects.get()
    agent = make_agent()
    desk = Client()
    desk.post("/account/login/", {"login": agent.email, "password": PASSWORD})
    panel = desk.get(f"/desk/t/{run.ticket.number}/panels/").content.decode()
    assert "Return something" in panel
    assert "SC-1042" in panel
    names = set(re.findall(rf'name="r{run.pk}-(\w+)"', panel))
    assert names == {"items", "reason"}  # order and address are known
    answer = desk.post(
        f"/desk/runs/{run.pk}/",
        {"do": "next", "seq": run.seq, f"r{run.pk}-items": ["1"], f"r{run.pk}-reason": "broken"},
    )
    assert answer.status_code == 200, answer.content
    run.refresh_from_db()
    assert (run.state, run.step, run.channel) == ("running", "what", "desk")
    assert run.answers["email"]["where"] == "portal"
    assert run.answers["reason"]["by"]["name"] == agent.name


def test_photos_come_with_the_request(shop):
    photo = {"key": "photo", "kind": "file", "label": {"en": "A photo"}}
    mail = {"key": "email", "kind": "email"}
    published(one_step(ask("a", mail, photo), {"key": "t", "kind": "act", "actions": [{"do": "tags", "add": ["x"]}]},
                       open_to="guests"), "photo")  # fmt: skip
    client = Client()
    place = begun(client, "photo")
    run = WorkflowRun.objects.get()
    picture = SimpleUploadedFile("lid.png", b"\x89PNG\r\n\x1a\nx", "image/png")
    answer = client.post(place, {"seq": run.seq, f"r{run.pk}-email": ANNA, f"r{run.pk}-photo": picture})
    assert answer.status_code == 302, answer.content
    run.refresh_from_db()
    said = Message.objects.get(ticket=run.ticket, kind="incoming")
    assert [file.name for file in Attachment.objects.filter(message=said)] == ["lid.png"]


def test_a_signed_in_customer_goes_on_where_they_were_and_others_never_see_it(shop):
    published({**RETURN, "open_to": "customers"})
    assert Client().post("/portal/do/return/").status_code == 404
    mine = signed_in()
    place = begun(mine)
    assert place in mine.get("/portal/do/").content.decode()
    assert "Sign in to see more" in Client().get("/portal/do/").content.decode()
    receive("Hi", sender="bert@customer.example", name="Bert", now=clock.now())
    assert signed_in("bert@customer.example").get(place).status_code == 404
    assert Client().get("/portal/do/run/nothing-such/").status_code == 404


def test_a_second_press_and_a_second_tab_do_nothing_twice(shop):
    published(one_step(ask("a"), ask("b"), open_to="customers"), "two")
    client = signed_in()
    place = begun(client, "two")
    seq = WorkflowRun.objects.get().seq
    send(client, place, a_text="1", seq=seq)
    send(client, place, a_text="2", seq=seq)
    run = WorkflowRun.objects.get()
    assert (run.step, run.answers["a_text"]["value"]) == ("b", "1")
    send(client, place, do="back")
    assert WorkflowRun.objects.get().step == "a"


def test_a_run_is_never_told_to_other_sites(shop):
    published()
    client = Client()
    answer = client.get(begun(client))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
