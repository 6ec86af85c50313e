"""Orders are kept once, found however their number is written, and conditions can ask about them."""

from datetime import timedelta

import pytest

from hospes.commerce import operations, queries
from hospes.core.actors import SYSTEM, Actor
from hospes.core.conditions import matches
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.core.facts import About, LazyFacts
from hospes.testing.people import NOON, receive
from hospes.tickets import operations as tickets

pytestmark = pytest.mark.django_db
LINES = [{"name": "Kettle", "sku": "K1", "quantity": 1, "price": "39.90"}]


def saved(customer, number="SC-1042", **more):
    data = {"placed_at": NOON, "total": "39.90", "currency": "EUR", "lines": LINES, "actor": SYSTEM, "now": NOON}
    return operations.save_order(number=number, customer=customer, **{**data, **more})


def test_an_order_is_found_however_its_number_is_written():
    customer = receive().ticket.customer
    order = saved(customer)
    assert queries.find_order("# sc 1042") == order
    assert queries.find_order("") is None
    assert queries.find_order("SC-1042", customer) == order
    stranger = receive("Hi", sender="bert@customer.example", name="Bert").ticket.customer
    assert queries.find_order("SC-1042", stranger) is None


def test_saving_the_same_number_again_changes_the_order_and_makes_no_second():
    customer = receive().ticket.customer
    first = saved(customer)
    again = saved(customer, number="sc1042", status="shipped", lines=[*LINES, {"name": "Tea", "price": 5}])
    assert (again.pk, again.status) == (first.pk, "shipped")
    assert [line.name for line in queries.orders_of(customer).get().lines.all()] == ["Kettle", "Tea"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("number", {"number": "  –  "}),
        ("currency", {"currency": "€"}),
        ("status", {"status": "lost"}),
        ("total", {"total": "NaN"}),
        ("lines.0.quantity", {"lines": [{"name": "Tea", "quantity": 0}]}),
    ],
)
def test_what_is_wrong_with_an_order_is_named(field, changes):
    customer = receive().ticket.customer
    with pytest.raises(InvalidInput) as refused:
        saved(customer, **changes)
    assert refused.value.field == field


def test_customers_cannot_write_orders():
    customer = receive().ticket.customer
    with pytest.raises(NotAllowed):
        saved(customer, actor=Actor(kind="customer", id=customer.pk))


def test_conditions_ask_about_the_named_order_else_the_newest():
    ticket = receive().ticket
    saved(ticket.customer, number="A1", placed_at=NOON - timedelta(days=9), status="delivered")
    saved(ticket.customer, number="A2", placed_at=NOON, status="shipped")
    shipped = {"field": "order.status", "is": "is", "value": "shipped"}
    assert matches(shipped, LazyFacts(About(now=NOON, ticket=ticket)), now=NOON)
    ticket = tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=NOON, fields={"order": "a-1"})
    assert not matches(shipped, LazyFacts(About(now=NOON, ticket=ticket)), now=NOON)
