"""The demo company: its copies agree with what happened, it speaks six languages, and it comes once."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine

from hospes.channels.models import Delivery
from hospes.config import demo
from hospes.core.models import EventDelivery, EventRow
from hospes.customers.models import Customer
from hospes.staff.models import Agent
from hospes.testing.people import NOON, desk_actor, settle
from hospes.tickets import queries
from hospes.tickets.models import Draft, Macro, Message, MessageSearch, Notification, SideConversation, Ticket
from hospes.tickets.operations.base import recount, waiting_from
from hospes.tickets.policies import is_active

pytestmark = pytest.mark.django_db
SMALL = {"progress": False, "tickets": 150, "customers": 40, "days": 20, "now": NOON}
LANGUAGES = {"en", "uz", "lv", "fa", "tr", "hy"}


@pytest.fixture(scope="module", autouse=True)
def filled(django_db_setup, django_db_blocker):
    """One small company for all tests here; each test's own changes are rolled back, the company at the end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOON, tick=False):
            assert demo.fill(**SMALL)
            settle()
        settle()  # what is of a moment after noon
        yield
        transaction.set_rollback(True)


def test_copies_on_a_ticket_are_what_follows_from_its_messages():
    checked = 0
    for ticket in Ticket.objects.filter(merged_into=None, merged=None):
        names = ("last_message_id", "last_words", "last_from_customer")
        if not SideConversation.objects.filter(ticket=ticket).exists():
            names = (*names, "message_count")
        kept = {name: getattr(ticket, name) for name in names}
        recount(ticket)
        assert {name: getattr(ticket, name) for name in names} == kept, ticket.number
        assert ticket.waiting_since == waiting_from(ticket), ticket.number
        assert ticket.active == is_active(category=ticket.category, spam=ticket.spam, merged=False)
        checked += 1
    assert checked > 130


def test_first_answers_and_status_changes_agree_with_events():
    statuses = {status.pk: status.category for status in queries.statuses()}
    for ticket in Ticket.objects.filter(merged_into=None, merged=None):
        answers = Message.objects.filter(ticket=ticket, kind="reply", automatic=False)
        assert ticket.first_response_at == answers.order_by("created_at").values_list("created_at", flat=True).first()
        changes = EventRow.objects.filter(subject="ticket", subject_id=ticket.pk, name="TicketChanged")
        moved = changes.filter(data__field="status").order_by("id").last()
        if moved is not None and not EventRow.objects.filter(name="TicketReopened", subject_id=ticket.pk).exists():
            category = statuses[int(moved.data["after"])]
            # An answer to what was waiting opens it again, which is told by the message.
            assert ticket.category in {category, *(["open"] if category == "waiting" else [])}, ticket.number
        assigned = changes.filter(data__field="assignee").order_by("id").last()
        assert (assigned.data["after"] if assigned else "") == str(ticket.assignee_id or ""), ticket.number
        assert ticket.created_at <= ticket.updated_at <= NOON


def test_history_is_told_once_and_to_nobody_outside():
    assert not EventDelivery.objects.exists()
    # What waits to be sent is what the desk does today by itself: hand-overs told, updates of incidents; and what was
    # said in chats, which their windows take by themselves.
    waiting = Message.objects.filter(delivery__in=["held", "queued"])
    assert not waiting.filter(created_at__lt=NOON - timedelta(days=1)).exclude(channel="chat").exists()
    assert set(Delivery.objects.filter(state="waiting").values_list("message_id", flat=True)) <= set(
        waiting.values_list("pk", flat=True)
    )
    failed = Message.objects.filter(delivery="failed")
    assert sorted(failed.values_list("channel", flat=True)) == ["email", "sms"]
    assert Message.objects.filter(delivery="bounced").count() == 1
    live = EventRow.objects.filter(live=True, subject="ticket", at__lt=NOON - timedelta(days=1))
    live = live.exclude(subject_id__in=Ticket.objects.filter(channel="chat").values("pk"))  # yesterday's, by operation
    assert set(live.values_list("name", flat=True)) <= {"TicketChanged", "TicketMerged"}  # by operation


def test_the_desk_is_alive():
    keys = ["mine", "unassigned", "team", "open", "snoozed", "solved", "spam", "all"]
    for agent in Agent.objects.all():
        counts = queries.view_counts(desk_actor(agent), keys)
        assert 0 < counts["unassigned"] < counts["open"] <= counts["all"] <= SMALL["tickets"] + 30  # chats, messengers
        assert counts["open"] + counts["snoozed"] + counts["solved"] + counts["spam"] == counts["all"]
    assert Ticket.objects.filter(active=True).values("assignee").distinct().count() >= 5
    assert Ticket.objects.filter(active=True, customer=None).count() == 0
    for kind in ("mentioned", "assigned", "failed"):
        assert Notification.objects.filter(kind=kind).exists()
    assert Draft.objects.count() == 4


def test_every_language_is_written_and_has_ready_answers():
    assert set(Ticket.objects.values_list("language", flat=True)) == LANGUAGES
    macros = Counter(Macro.objects.values_list("language", flat=True))
    assert set(macros) == LANGUAGES
    assert len(set(macros.values())) == 1


def test_search_finds_what_is_said():
    anna = desk_actor(Agent.objects.get(email="anna@demo.example"))
    assert MessageSearch.objects.count() == Message.objects.count()
    for message in Message.objects.filter(kind="incoming", auto_kind="").order_by("-id")[:40]:
        order = next((word.strip(".,()") for word in message.text.split() if word.startswith("SC-")), "")
        page = queries.search_tickets(anna, order or message.author_name or message.author_address)
        expected = message.ticket.merged_into_id or message.ticket_id
        assert {message.ticket_id, expected} & {ticket.pk for ticket in page.items}


def test_it_comes_once():
    before = Ticket.objects.count(), Customer.objects.count(), EventRow.objects.count()
    assert demo.fill(**SMALL) is False
    assert (Ticket.objects.count(), Customer.objects.count(), EventRow.objects.count()) == before


def test_everybody_can_sign_in():
    for email, role, password in demo.sign_ins():
        agent = Agent.objects.get(email=email)
        assert agent.role == role
        assert agent.check_password(password)
