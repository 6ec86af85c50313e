"""Customers say by which channel they want to be answered; that counts before all that was noted or learned."""

from django.utils.html import escape

from hospes.core import clock
from hospes.customers.models import Customer
from hospes.customers.operations import add_proven_point
from hospes.portal.tests.people import signed_in
from hospes.testing.people import receive
from hospes.tickets.models import Inbox

FIELDS = {"name": "Anna", "language": "en", "time_zone": ""}
QUESTION = escape("How we may best answer you")


def on_whatsapp():
    Inbox.objects.create(name="Shop", kind="whatsapp", address="+37167000000", created_at=clock.now())
    add_proven_point(customer=Customer.objects.get(), kind="phone", value="+37120000001", now=clock.now())


def test_who_can_be_reached_by_mail_alone_is_not_asked(db):
    receive()
    assert QUESTION not in signed_in().get("/portal/details/").content.decode()


def test_a_customer_chooses_among_the_ways_by_which_we_know_them(db):
    receive()
    on_whatsapp()
    client = signed_in()
    page = client.get("/portal/details/").content.decode()
    assert QUESTION in page
    assert 'value="whatsapp"' in page
    assert 'value="telegram"' not in page
    assert client.post("/portal/details/", {**FIELDS, "preferred_channel": "telegram"}).status_code == 422
    assert client.post("/portal/details/", {**FIELDS, "preferred_channel": "whatsapp"}).status_code == 302
    customer = Customer.objects.get()
    assert (customer.preferred_channel, customer.preferred_by) == ("whatsapp", "customer")


def test_leaving_what_was_learned_as_it_is_makes_it_no_word_of_theirs(db):
    receive()
    on_whatsapp()
    Customer.objects.update(preferred_channel="whatsapp", preferred_by="learned")
    signed_in().post("/portal/details/", {**FIELDS, "preferred_channel": "whatsapp"})
    assert Customer.objects.get().preferred_by == "learned"
