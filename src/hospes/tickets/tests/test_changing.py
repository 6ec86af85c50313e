"""Changes to tickets, bulk and snooze, statuses, tags, macros, views, notifications; and how little they ask."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.customers import operations as customers
from hospes.staff import operations as staff
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, make_team, receive, settle
from hospes.tickets import operations, queries
from hospes.tickets.models import Inbox, Macro, SavedView, Status, Tag, Ticket, TicketRead
from hospes.tickets.queries import TicketFilter
from hospes.tickets.queries.filters import filter_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def actor():
    return desk_actor(make_agent())


@pytest.fixture
def admin():
    return desk_actor(make_agent("Ada", role="admin"))


@pytest.fixture
def ticket():
    return receive().ticket


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def change(ticket, actor, now=NOON, **changes):
    return operations.change_ticket(ticket=ticket, actor=actor, now=now, **changes)


def told():
    return list(EventRow.objects.filter(name="TicketChanged").order_by("id").values_list("data__field", flat=True))


def test_each_field_that_changes_is_told_once_and_no_other(ticket, actor):
    team = make_team()
    change(ticket, actor, subject=" New  subject ", priority=2, type="problem", team=team, tags=["b", "a"])
    assert told() == ["subject", "type", "team", "tags"]
    now = fresh(ticket)
    assert (now.subject, now.version) == ("New subject", ticket.version + 1)
    change(ticket, actor, subject="New subject", tags=["a", "b"])
    assert len(told()) == 4
    change(ticket, actor, remove_tags=["a"], add_tags=["c"])
    assert {t.name for t in fresh(ticket).tags.all()} == {"b", "c"}


BAD = [
    ("subject", " \x00 "), ("priority", 5), ("priority", True), ("priority", "2"), ("type", "x"), ("language", "x" * 9),
    ("fields", []), ("status", "gone"), ("status", []), ("status", None), ("assignee", 7), ("team", "x"),
    ("tags", "word"), ("tags", [str(n) for n in range(51)]), ("snoozed_until", NOON), ("snoozed_until", "later"),
    ("snoozed_until", datetime(2999, 1, 1)), ("number", "X"), ("version_", 1), ("customer", 1),  # noqa: DTZ001
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_value_that_does_not_fit_is_refused_and_nothing_changes(ticket, actor, field, value):
    with pytest.raises(InvalidInput):
        change(ticket, actor, **{"type": "idea", field: value})
    assert fresh(ticket).type == ""
    assert told() == []


def test_only_who_works_here_gets_tickets(ticket, actor):
    gone = make_agent("Gone")
    staff.deactivate_agent(agent=gone, actor=SYSTEM, now=NOON)
    gone.refresh_from_db()
    with pytest.raises(InvalidInput):
        change(ticket, actor, assignee=gone)


def test_own_fields_keep_what_a_database_can_keep(ticket, actor):
    change(ticket, actor, fields={"a\x00": ["b\x00\ud800", {"c": 1}]})
    assert fresh(ticket).fields == {"a": ["b?", {"c": 1}]}


def test_a_change_of_an_old_version_is_refused(ticket, actor):
    change(ticket, actor, priority=3)
    with pytest.raises(Conflict):
        change(ticket, actor, priority=4, version=ticket.version)


def test_the_wait_is_counted_from_when_the_customer_wrote(ticket, actor):
    later = NOON + timedelta(hours=5)
    change(ticket, actor, later, status="waiting")
    assert fresh(ticket).waiting_since is None
    change(ticket, actor, later, status="open")
    assert fresh(ticket).waiting_since == NOON
    change(ticket, actor, later, status="on_hold")
    assert fresh(ticket).waiting_since == NOON
    operations.reply(ticket=ticket, actor=actor, now=later, text="x")
    change(ticket, actor, later, status="open")
    assert fresh(ticket).waiting_since is None


def test_spam_and_back_again(ticket, actor):
    change(ticket, actor, snoozed_until=NOON + DAY)
    change(ticket, actor, spam=True)
    now = fresh(ticket)
    assert (now.active, now.waiting_since, now.snoozed_until) == (False, None, None)
    change(ticket, actor, spam=False)
    assert (fresh(ticket).active, fresh(ticket).waiting_since) == (True, NOON)
    with pytest.raises(NotAllowed):
        operations.block_ticket_sender(ticket=ticket, actor=actor, now=NOON)
    lead = desk_actor(make_agent("Lea", role="lead"))
    operations.block_ticket_sender(ticket=ticket, actor=lead, now=NOON)
    assert receive("Again").ticket.spam


def test_snoozed_tickets_come_back_when_their_time_is_up_or_somebody_writes(ticket, actor):
    change(ticket, actor, snoozed_until=NOON + DAY)
    assert operations.wake_snoozed(now=NOON, actor=SYSTEM) == 0
    assert operations.wake_snoozed(now=NOON + DAY, actor=SYSTEM) == 1
    assert fresh(ticket).snoozed_until is None
    change(ticket, actor, snoozed_until=NOON + DAY)
    first = ticket.messages.get()
    receive("Hello?", in_reply_to=first.external_id)
    assert fresh(ticket).snoozed_until is None
    change(ticket, actor, status="solved")
    with pytest.raises(InvalidInput):
        change(ticket, actor, snoozed_until=NOON + DAY)


def test_with_another_customer_answers_go_to_them_alone(ticket, actor):
    boss = customers.create_customer(name="Boss", email="boss@x.example", actor=SYSTEM, now=NOON)
    former = ticket.customer
    change(ticket, actor, customer=boss)
    reply = operations.reply(ticket=ticket, actor=actor, now=NOON, text="x")
    assert [p["address"] for p in (*reply.to, *reply.cc)] == ["boss@x.example"]
    assert queries.get_for_customer(boss, ticket.number) == ticket
    with pytest.raises(NotFound):
        queries.get_for_customer(former, ticket.number)


def test_a_bulk_change_does_what_it_may_and_tells_the_rest(actor):
    tickets = [receive("x", sender=f"c{n}@x.example").ticket for n in range(3)]
    operations.merge_tickets(ticket=tickets[0], into=tickets[1], actor=actor, now=NOON)
    team = make_team()
    change(tickets[2], actor, team=team)
    limited = desk_actor(make_agent("Lim", teams=(team,), only_own_teams=True))
    done, refused = operations.change_many(tickets=tickets, actor=limited, now=NOON, priority=4)
    assert [t.pk for t in done] == [tickets[2].pk]
    assert [type(error) for _ticket, error in refused] == [NotFound, NotFound]


def test_how_far_an_agent_has_read_never_moves_back(ticket, actor):
    operations.mark_read(ticket=ticket, message_id=5, actor=actor, now=NOON)
    operations.mark_read(ticket=ticket, message_id=3, actor=actor, now=NOON)
    assert TicketRead.objects.get().message_id == 5
    operations.mark_unread(ticket=ticket, actor=actor)
    assert not TicketRead.objects.exists()


def test_own_statuses_live_within_a_category(ticket, admin, actor):
    own = operations.save_status(category="on_hold", name="With supplier", actor=admin, now=NOON)
    change(ticket, actor, status=own)
    assert (fresh(ticket).category, fresh(ticket).status_id) == ("on_hold", own.pk)
    with pytest.raises(InvalidInput):
        operations.save_status(category="solved", name="x", status=own, actor=admin, now=NOON)
    operations.archive_status(status=own, actor=admin, now=NOON)
    own.refresh_from_db()
    change(ticket, actor, priority=4)
    change(ticket, actor, status="open")
    with pytest.raises(InvalidInput):
        change(ticket, actor, status=own)
    builtin = Status.objects.get(category="new", builtin=True)
    for attempt in (
        lambda: operations.save_status(category="new", name="x", status=builtin, actor=admin, now=NOON),
        lambda: operations.archive_status(status=builtin, actor=admin, now=NOON),
        lambda: operations.save_status(category="odd", name="x", actor=admin, now=NOON),
    ):
        with pytest.raises(InvalidInput):
            attempt()
    with pytest.raises(NotAllowed):
        operations.save_status(category="new", name="x", actor=actor, now=NOON)


def test_a_macro_fills_in_words_and_makes_its_changes(ticket, actor):
    macro = operations.save_macro(
        name="Thanks", body_html="<p>Dear {{ customer.first_name }}, {{ticket.field.order}} {{ticket.number}}</p>",
        actions={"status": "waiting", "tags": ["thanked"], "assignee": "me", "team": 99}, actor=actor, now=NOON,
    )  # fmt: skip
    html = operations.apply_macro(macro=macro, ticket=ticket, actor=actor, now=NOON)
    assert html == f"<p>Dear Anna, {{{{ticket.field.order}}}} #{ticket.shown_number}</p>"
    now = fresh(ticket)
    assert (now.category, now.assignee_id, now.team_id) == ("waiting", actor.id, None)
    assert Macro.objects.get().uses == 1
    other = desk_actor(make_agent("Eva"))
    with pytest.raises(NotFound):
        operations.apply_macro(macro=macro, ticket=ticket, actor=other, now=NOON)
    for attempt in (
        lambda: operations.save_macro(name="x", body_html="", sharing="all", actor=other, now=NOON),
        lambda: operations.save_macro(name="x", body_html="", macro=macro, actor=other, now=NOON),
        lambda: operations.archive_macro(macro=macro, actor=other, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(InvalidInput):
        operations.save_macro(name="x", body_html="", actions={"delete": True}, actor=actor, now=NOON)
    operations.archive_macro(macro=macro, actor=actor, now=NOON)
    assert not queries.macros_for(actor).exists()


def test_a_hostile_name_stays_words_in_a_macro(actor):
    ticket = receive("x", name='<img src=x onerror="alert(1)">').ticket
    macro = operations.save_macro(name="m", body_html="<p>{{customer.name}}</p>", actor=actor, now=NOON)
    assert "<img" not in operations.apply_macro(macro=macro, ticket=ticket, actor=actor, now=NOON)


def test_tags_are_renamed_joined_and_taken_away(ticket, actor):
    lead = desk_actor(make_agent("Lea", role="lead"))
    other = receive("x", sender="b@x.example").ticket
    change(ticket, actor, tags=["kettel"])
    change(other, actor, tags=["kettle"])
    joined = operations.rename_tag(tag=Tag.objects.get(name="kettel"), name="kettle", actor=lead, now=NOON)
    assert joined.tickets.count() == 2
    operations.delete_tag(tag=joined, actor=lead, now=NOON)
    assert not Tag.objects.exists()
    with pytest.raises(NotAllowed):
        operations.delete_tag(tag=Tag.objects.create(name="x"), actor=actor, now=NOON)


@pytest.mark.parametrize(
    "filters",
    [{"priority": "abc"}, {"order": "id; DROP"}, {"active": 1}, {"teams": ["x"]}, {"category": ["odd"]},
     {"updated_since": "yesterday"}, {"created_since": "2026-01-01T00:00:00"}, {"tag": 5}, {"unknown": 1},
     {"assignee": 10**30}, {"category": "new"}],
)  # fmt: skip
def test_row_20_a_view_that_could_break_the_desk_cannot_be_kept_nor_harm(filters, actor):
    with pytest.raises(InvalidInput):
        operations.save_view(name="x", filters=filters, actor=actor, now=NOON)
    with pytest.raises(InvalidInput):
        operations.save_view(name="x", filters={"tag": "\x00"}, actor=actor, now=NOON)
    view = SavedView.objects.create(name="old", filters=filters, owner_id=actor.id)
    assert filter_of(filters) == TicketFilter()
    assert queries.view_counts(actor, [f"saved-{view.pk}"]) == {f"saved-{view.pk}": 0}


def test_views_are_kept_shared_and_deleted_by_those_who_may(actor, ticket):
    lead = desk_actor(make_agent("Lea", role="lead"))
    kept = {"category": ["new"], "priority": 2, "updated_since": "2026-01-01T00:00:00+00:00", "tag": ""}
    view = operations.save_view(name="Mine", filters=kept, actor=actor, now=NOON)
    assert queries.view_counts(actor, [f"saved-{view.pk}"]) == {f"saved-{view.pk}": 1}
    with pytest.raises(InvalidInput):
        queries.view_filter(lead, f"saved-{view.pk}")
    with pytest.raises(NotAllowed):
        operations.save_view(name="All", filters={}, shared=True, actor=actor, now=NOON)
    shared = operations.save_view(name="All", filters={}, shared=True, actor=lead, now=NOON)
    with pytest.raises(NotAllowed):
        operations.delete_view(view=shared, actor=actor, now=NOON)
    operations.delete_view(view=view, actor=actor, now=NOON)


def test_inboxes_are_made_and_changed_with_care(admin, actor):
    inbox = make_inbox()
    with pytest.raises(Conflict):
        make_inbox("SUPPORT@demo.example")
    for changes in (
        {"promise_hours": -1},
        {"promise_hours": 10**9},
        {"language": "xx"},
        {"address": "x"},
        {"name": ""},
    ):
        with pytest.raises(InvalidInput):
            operations.change_inbox(inbox=inbox, actor=admin, now=NOON, **changes)
    operations.change_inbox(inbox=inbox, signature_html="<b>x</b><script>y</script>", actor=admin, now=NOON)
    assert "script" not in Inbox.objects.get().signature_html
    with pytest.raises(NotAllowed):
        operations.change_inbox(inbox=inbox, name="x", actor=actor, now=NOON)


def test_agents_hear_of_what_others_do_once_and_never_of_themselves(ticket, actor):
    eva = make_agent("Eva")
    change(ticket, actor, assignee=eva)
    receive("More", in_reply_to=ticket.messages.get().external_id)
    receive("Away", in_reply_to=ticket.messages.first().external_id, auto_kind="out-of-office")
    settle()
    heard = queries.notifications_of(desk_actor(eva))
    assert sorted(n.kind for n in heard) == ["assigned", "replied"]
    assert queries.notifications_of(actor) == []
    given = {"agent_id": eva.pk, "ticket_id": ticket.pk, "kind": "replied", "event_id": heard[0].event_id, "now": NOON}
    operations.notify(**given, by_name="x", words="again")
    operations.mark_notifications_read(actor=desk_actor(eva), now=NOON)
    assert {n.read_at for n in queries.notifications_of(desk_actor(eva))} == {NOON}


def test_who_wants_to_hear_nothing_or_may_not_see_hears_nothing(ticket):
    quiet, away = make_agent("Quiet"), make_agent("Away", teams=(make_team(),), only_own_teams=True)
    nothing = {"replied": {"page": False, "browser": False, "mail": False}}
    staff.change_own_preferences(agent=quiet, notify=nothing, actor=desk_actor(quiet), now=NOON)
    for agent in (quiet, away):
        operations.notify(
            agent_id=agent.pk, ticket_id=ticket.pk, kind="replied", event_id=1, by_name="", words="", now=NOON
        )
        assert queries.notifications_of(desk_actor(agent)) == []


def asked(function) -> int:
    with CaptureQueriesContext(connection) as captured:
        function()
    return len(captured)


def test_lists_counts_and_search_ask_the_same_however_much_there_is(actor):
    def ask():
        return (
            asked(lambda: queries.list_tickets(actor, TicketFilter())),
            asked(lambda: queries.view_counts(actor, ["mine", "open", "team", "solved"])),
            asked(lambda: queries.search_tickets(actor, "kettle")),
        )

    receive("kettle 0")
    before = ask()
    for number in range(1, 12):
        change(receive(f"kettle {number}", sender=f"c{number}@x.example").ticket, actor, tags=[f"t{number}"])
    assert ask() == before
    assert before <= (2, 2, 3)


def test_a_message_with_many_people_asks_hardly_more_than_one_with_few(actor):
    from hospes.tickets.incoming import Person

    few = asked(lambda: receive("a", sender="a@x.example"))
    copied = tuple(Person(f"support+x{n}@demo.example") for n in range(30))
    assert asked(lambda: receive("b", sender="b@x.example", cc=copied)) <= few + 2
