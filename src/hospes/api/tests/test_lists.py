"""Each list takes the same few queries, however long it is; and pages lead to the end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.customers import operations as customers
from hospes.staff import operations as staff
from hospes.testing.people import desk_actor, make_inbox, make_team, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db


def _more(index: int) -> None:
    """One more of everything that is listed."""
    team = make_team(f"Team {index}")
    agent = staff.create_agent(  # without a password, whose hashing is slow by intent
        email=f"more{index}@demo.example", name=f"More {index}", role="agent", teams=(team,), actor=SYSTEM, now=now()
    )
    make_inbox(f"more{index}@demo.example")
    ticket = Ticket.objects.first() or receive().ticket
    actor = desk_actor(agent)
    receive(f"Words {index}", sender=f"c{index}@c.example")
    tickets.change_ticket(ticket=ticket, actor=actor, now=now(), add_tags=[f"tag {index}"], assignee=agent, team=team)
    tickets.add_note(ticket=ticket, actor=actor, now=now(), text=f"Note {index}")
    company = f"Company {index}"
    customers.create_customer(name=f"N{index}", email=f"n{index}@c.example", company=company, actor=SYSTEM, now=now())
    tickets.save_macro(name=f"M{index}", body_html="<p>x</p>", actor=SYSTEM, now=now(), sharing="all")
    Status.objects.create(category="open", name=f"Own {index}")
    staff.create_api_token(agent=agent, name="x", actor=SYSTEM, now=now())


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/tickets", 3),
        ("/tickets?search=words", 6),
        ("/tickets?search=words&status=new", 7),
        ("/tickets?view=mine", 3),
        ("/tickets/{number}/messages", 5),
        ("/tickets/{number}/events", 4),
        ("/tickets/{number}", 8),
        ("/customers", 3),
        ("/agents", 3),
        ("/teams", 2),
        ("/tags", 2),
        ("/inboxes", 2),
        ("/statuses", 2),
        ("/macros", 2),
    ],
)
def test_a_list_takes_the_same_few_queries_however_long(admin_api, settings, path, most):
    settings.API_RATE = 10**9
    _more(0)
    path = path.format(number=Ticket.objects.earliest("id").number)
    admin_api.get(path)  # notes the token's use and the rate's second
    few = _queries(admin_api, path)
    for index in range(1, 6):
        _more(index)
    many = _queries(admin_api, path)
    assert len(many) <= max(len(few), most), "\n".join(many)
    assert len(many) <= most, "\n".join(many)


def _queries(api, path) -> list[str]:
    with CaptureQueriesContext(connection) as caught:
        answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return [query["sql"][:200] for query in caught.captured_queries if "core_ratecounter" not in query["sql"]]


def test_pages_lead_to_the_end_without_gaps_or_repeats(admin_api):
    for index in range(5):
        _more(index)
    for path in ("/customers", "/agents", "/teams", "/tags", "/inboxes", "/statuses", "/macros"):
        whole = [item["id"] for item in admin_api.get(path, {"limit": 100}).json()["items"]]
        assert len(whole) >= 5
        assert _walked(admin_api, path) == whole, path
        assert admin_api.get(path, {"cursor": "i9x"}).json()["field"] == "cursor"


def _walked(api, path) -> list[int]:
    seen, cursor = [], None
    while True:
        page = api.get(path, {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return seen


def test_times_read_the_same_in_lists_search_and_alone(admin_api):
    from datetime import timedelta

    from hospes.testing.people import NOON

    ticket = receive().ticket
    for micro in (0, 500_000, 123_456, 120):
        moment = NOON + timedelta(microseconds=micro)
        Ticket.objects.filter(pk=ticket.pk).update(created_at=moment, updated_at=moment, promised_at=None)
        alone = admin_api.get(f"/tickets/{ticket.number}").json()
        [listed] = admin_api.get("/tickets").json()["items"]
        [found] = admin_api.get("/tickets", {"search": "kettle"}).json()["items"]
        assert listed == found == {name: alone[name] for name in listed}
        assert alone["promised_at"] is None
        assert alone["created_at"].startswith("2026-05-04T12:00:00")
        assert alone["created_at"].endswith("Z")


@pytest.mark.parametrize("order", ["-updated_at", "updated_at", "-created_at", "created_at", "-priority"])
def test_every_order_is_walked_to_its_end(admin_api, order):
    whole = []
    for index in range(7):
        ticket = receive(f"No {index}", sender=f"w{index}@c.example").ticket
        Ticket.objects.filter(pk=ticket.pk).update(priority=1 + index % 4)
        whole.append(ticket.number)
    seen, cursor = [], None
    while True:
        page = admin_api.get("/tickets", {"order": order, "limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["number"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(whole)
