"""By which ways a customer can be answered: the reason, the order, and never anybody else."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.channels.models import OptOut
from hospes.channels.queries import who_stopped
from hospes.core.actors import SYSTEM
from hospes.customers import operations as customers
from hospes.customers.models import ContactPoint, Customer
from hospes.testing.people import NOON, make_inbox, receive
from hospes.tickets import ways
from hospes.tickets.models import Inbox, Message, Ticket
from hospes.tickets.queries.ways import Way, in_order, ways_of

HOUR = timedelta(hours=1)
PHONE = "+37120000001"
TEXTS = ways.Traits(kind="texts", label="Texts", identity="phone", starts=True)
WINDOW = ways.Traits(
    kind="window", label="Window", identity="phone", window=24 * HOUR, templates=True, starts=True, characters=100
)
BOT = ways.Traits(kind="bot", label="Bot", identity="handle", window=24 * HOUR)
CALLS = ways.Traits(kind="calls", label="Calls", identity="phone", starts=True, live=True, spoken=True)
POSTS = ways.Traits(kind="posts", label="Posts", identity="handle", private_window=7 * 24 * HOUR)


@pytest.fixture(autouse=True)
def channels(db):
    before = dict(ways._known)
    for traits in (TEXTS, WINDOW, BOT, POSTS, CALLS):
        ways.register(traits)
    ways.register_stops(who_stopped)
    yield
    ways._known.clear()
    ways._known.update(before)


def inbox_of(kind, **more):
    return Inbox.objects.create(name=kind.title(), kind=kind, address=f"our-{kind}", created_at=NOON, **more)


def by(inbox, sender, *, now=NOON, name="Anna", **more):
    identity = "phone" if sender.startswith("+") else "handle"
    return receive(
        f"Hello at {now}", sender=sender, name=name, subject="", inbox=inbox, now=now,
        identity=identity, authenticated=True, thread_key=sender, **more,
    )  # fmt: skip


def kinds(found):
    return [(way.inbox.kind, way.why, way.open) for way in found]


def test_mail_is_answered_by_mail():
    ticket = receive().ticket
    assert kinds(ways_of(ticket, now=NOON)) == [("email", "latest", True)]


def test_what_they_used_last_comes_first_and_mail_stays_possible():
    ticket = receive().ticket
    texts = inbox_of("texts")
    customers.add_proven_point(customer=ticket.customer, kind="phone", value=PHONE, now=NOON)
    by(texts, PHONE, now=NOON + HOUR)
    assert kinds(ways_of(ticket, now=NOON + HOUR)) == [("texts", "latest", True), ("email", "used", True)]


def test_a_preferred_channel_wins_while_it_is_open_and_not_when_it_is_shut():
    ticket = receive().ticket
    window = inbox_of("window")
    customers.add_proven_point(customer=ticket.customer, kind="phone", value=PHONE, now=NOON)
    by(window, PHONE, now=NOON)
    receive(now=NOON + HOUR, in_reply_to="", subject=f"Re: [#{ticket.shown_number}]")
    Customer.objects.filter(pk=ticket.customer_id).update(preferred_channel="window", preferred_by="agent")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert kinds(ways_of(ticket, now=NOON + 2 * HOUR))[0] == ("window", "asked", True)
    late = ways_of(ticket, now=NOON + 25 * HOUR)
    assert kinds(late)[0] == ("email", "latest", True)
    assert [w.open for w in late if w.inbox.kind == "window"] == [False]


def test_what_was_learned_says_less_than_where_they_are_now():
    ticket = receive().ticket
    texts = inbox_of("texts")
    customers.add_proven_point(customer=ticket.customer, kind="phone", value=PHONE, now=NOON)
    by(texts, PHONE, now=NOON + HOUR)
    Customer.objects.filter(pk=ticket.customer_id).update(preferred_channel="email", preferred_by="learned")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert kinds(ways_of(ticket, now=NOON + 2 * HOUR))[0] == ("texts", "latest", True)
    assert kinds(ways_of(ticket, now=NOON + 20 * HOUR))[0] == ("email", "asked", True)
    Customer.objects.filter(pk=ticket.customer_id).update(preferred_by="customer")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert kinds(ways_of(ticket, now=NOON + 2 * HOUR))[0] == ("email", "asked", True)


def test_an_address_of_a_merged_record_counts_on_the_tickets_of_both():
    ticket = receive().ticket
    texts = inbox_of("texts")
    other = by(texts, PHONE, name="A.").ticket
    customers.merge_customers(keep=ticket.customer, other=other.customer, actor=SYSTEM, now=NOON)
    for one in Ticket.objects.order_by("pk"):
        assert {w.inbox.kind for w in ways_of(one, now=NOON)} == {"email", "texts"}


def test_a_window_opened_on_another_ticket_is_open_here():
    window = inbox_of("window")
    mail = receive().ticket
    Ticket.objects.filter(pk=mail.pk).update(active=False, category="closed")
    customers.add_proven_point(customer=mail.customer, kind="phone", value=PHONE, now=NOON)
    other = by(window, PHONE, now=NOON + HOUR).ticket
    assert other.pk != mail.pk
    found = {w.inbox.kind: w for w in ways_of(Ticket.objects.get(pk=mail.pk), now=NOON + 2 * HOUR)}
    assert found["window"].open
    assert found["window"].free_until == NOON + 25 * HOUR
    found = {w.inbox.kind: w for w in ways_of(Ticket.objects.get(pk=mail.pk), now=NOON + 30 * HOUR)}
    assert not found["window"].open
    assert found["window"].usable


def test_a_template_comes_before_a_call_that_nobody_asked_for():
    window = inbox_of("window")
    inbox_of("calls")
    ticket = by(window, PHONE).ticket
    assert [way.inbox.kind for way in ways_of(ticket, now=NOON + 30 * HOUR)] == ["window", "calls"]


def test_a_bot_that_may_not_write_first_is_a_way_only_where_they_wrote():
    bot = inbox_of("bot")
    mail = receive().ticket
    customers.add_proven_point(customer=mail.customer, kind="handle", value="bot:7", now=NOON)
    assert {w.inbox.kind for w in ways_of(mail, now=NOON)} == {"email"}
    Ticket.objects.filter(pk=mail.pk).update(active=False, category="closed")
    by(bot, "bot:7", now=NOON + HOUR)
    found = {w.inbox.kind: w for w in ways_of(Ticket.objects.get(pk=mail.pk), now=NOON + 2 * HOUR)}
    assert found["bot"].open
    assert found["bot"].thread_key == "bot:7"
    shut = {w.inbox.kind: w for w in ways_of(Ticket.objects.get(pk=mail.pk), now=NOON + 40 * HOUR)}["bot"]
    assert not shut.open
    assert not shut.usable


def test_a_number_that_is_somebody_elses_by_now_is_no_way():
    texts = inbox_of("texts")
    ticket = by(texts, PHONE).ticket
    point = ContactPoint.objects.get(kind="phone")
    bert = customers.create_customer(name="Bert", email="bert@customer.example", actor=SYSTEM, now=NOON)
    ContactPoint.objects.filter(pk=point.pk).update(customer=bert)
    assert ways_of(ticket, now=NOON) == []


def test_who_said_stop_is_marked_and_comes_last():
    texts = inbox_of("texts")
    ticket = by(texts, PHONE).ticket
    inbox_of("email-less")
    make_inbox()
    customers.add_proven_point(customer=ticket.customer, kind="email", value="anna@customer.example", now=NOON)
    OptOut.objects.create(inbox=texts, address=PHONE, at=NOON)
    found = ways_of(ticket, now=NOON)
    assert [(w.inbox.kind, w.stopped, w.usable) for w in found] == [("email", False, True), ("texts", True, False)]


def test_the_number_of_queries_does_not_grow():
    texts, window = inbox_of("texts"), inbox_of("window")
    ticket = by(texts, PHONE).ticket
    with CaptureQueriesContext(
        connection,
    ) as few:
        ways_of(Ticket.objects.select_related("customer", "inbox").get(pk=ticket.pk), now=NOON)
    for n in range(30):
        by(texts if n % 2 else window, PHONE, now=NOON + timedelta(minutes=n))
        customers.add_proven_point(customer=ticket.customer, kind="email", value=f"a{n}@customer.example", now=NOON)
    with CaptureQueriesContext(connection) as many:
        ways_of(Ticket.objects.select_related("customer", "inbox").get(pk=ticket.pk), now=NOON)
    assert len(many) == len(few) <= 9, [q["sql"][:90] for q in many]


def test_a_house_with_mail_alone_asks_no_more_than_it_must():
    ticket = receive().ticket
    ticket = Ticket.objects.select_related("customer", "inbox").get(pk=ticket.pk)
    with CaptureQueriesContext(connection) as asked:
        ways_of(ticket, now=NOON, places=[])
    assert len(asked) == 3


A_WAY = st.builds(
    lambda kind, n, opened, stop, spent: Way(
        Inbox(pk=n, kind=kind, address="x", name="x"), f"a{n}", "A", "used", open=opened, stopped=stop, spent=spent
    ),
    st.sampled_from(["email", "texts", "window", "bot", "calls"]), st.integers(1, 9), st.booleans(),
    st.booleans(), st.booleans(),
)  # fmt: skip


@settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "200")), deadline=None)
@given(st.lists(A_WAY, max_size=6), st.sampled_from(["", "email", "window", "bot", "calls"]))
def test_the_order_keeps_every_way_and_never_puts_a_shut_one_before_an_open_one(found, preferred):
    best = in_order(found, preferred=preferred, latest=found[0] if found else None)
    assert sorted(map(str, (replace(w, why="") for w in best))) == sorted(map(str, (replace(w, why="") for w in found)))
    free = [w.open and not w.stopped and not w.spent for w in best]
    written = [f for w, f in zip(best, free, strict=True) if w.inbox.kind != "calls"]
    assert written == sorted(written, reverse=True)
    usable = [w.usable for w in best]
    assert usable == sorted(usable, reverse=True)
    if preferred != "calls":
        aloud = [w.inbox.kind == "calls" for w in best if w.usable]
        assert aloud == sorted(aloud), "nobody is called who did not ask for it while words can be written"
    if preferred and any(w.inbox.kind == preferred and f for w, f in zip(best, free, strict=True)):
        assert best[0].inbox.kind == preferred
        assert best[0].why == "asked"


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["texts", "window", "bot", "email"]),
        st.integers(0, 2),  # who wrote
        st.booleans(),  # whether an hour passed
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db(transaction=False)
@settings(
    max_examples=int(os.environ.get("HOSPES_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(PEOPLE, st.integers(0, 60))
def test_never_another_customers_address_and_never_a_shut_way_without_a_template(wrote, hours):
    from django.db import transaction

    with transaction.atomic():
        doors = {kind: inbox_of(kind) for kind in ("texts", "window", "bot")}
        make_inbox()
        now = NOON
        for kind, who, later in wrote:
            now += HOUR if later else timedelta(minutes=1)
            if kind == "email":
                receive(f"{now}", sender=f"p{who}@customer.example", name="Same Name", now=now)
            else:
                sender = f"bot:{who}" if kind == "bot" else f"+3712000000{who}"
                by(doors[kind], sender, now=now, name="Same Name")
        at = now + timedelta(hours=hours)
        for ticket in Ticket.objects.select_related("customer", "inbox"):
            own = set(ContactPoint.objects.filter(customer_id=ticket.customer_id).values_list("key", flat=True))
            found = ways_of(ticket, now=at)
            assert found, "somebody wrote, so they can be found"
            assert {w.address for w in found} <= own
            assert len({(w.inbox.pk, w.mode) for w in found}) == len(found)
            for way in found:
                last = Message.objects.filter(author_address=way.address, kind="incoming", inbox=way.inbox)
                newest = last.order_by("-id").first()
                if way.traits.window and way.open:
                    assert newest is not None
                    assert at - newest.created_at < way.traits.window
                if not way.open and not way.traits.templates:
                    assert not way.usable
        transaction.set_rollback(True)
