"""Replies, notes, drafts and side conversations; taking back; who may."""

from datetime import timedelta

import pytest

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge
from hospes.core.models import EventRow
from hospes.customers import operations as customers
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, make_team, receive, settle
from hospes.tickets import operations, queries
from hospes.tickets.models import Draft, Message, Participant, SideConversation, Ticket
from hospes.tickets.operations.undo import snapshot

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def actor():
    return desk_actor(make_agent())


@pytest.fixture
def ticket():
    return receive().ticket


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def reply(ticket, actor, text="Hello", **more):
    return operations.reply(ticket=ticket, actor=actor, now=more.pop("now", NOON), text=text, **more)


def upload(actor, name="a.txt"):
    return operations.upload(name=name, content_type="text/plain", content=b"abc", actor=actor, now=NOON)


def test_a_reply_stops_the_wait_takes_the_ticket_and_is_queued(ticket, actor):
    message = reply(ticket, actor, cc=["boss@x.example"])
    now = fresh(ticket)
    assert (now.waiting_since, now.first_response_at, now.assignee_id, now.category) == (None, NOON, actor.id, "open")
    assert (now.last_message_id, now.message_count, now.last_from_customer) == (message.pk, 2, False)
    assert [p["address"] for p in (*message.to, *message.cc)] == ["anna@customer.example", "boss@x.example"]
    assert set(EventRow.objects.filter(subject_id=ticket.pk).values_list("name", flat=True)) >= {"ReplyQueued"}


def test_who_is_copied_in_sees_nothing_of_before(ticket, actor):
    message = reply(ticket, actor, cc=["boss@x.example"])
    boss = customers.recognise(kind="email", value="boss@x.example", name="", actor=SYSTEM, now=NOON)
    assert list(queries.customer_messages(boss, fresh(ticket))) == [message]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "", "html": "<script>x</script>"}, "text"),
        ({"cc": ["nobody"]}, "cc"),
        ({"cc": ["support@demo.example"]}, "cc"),
        ({"cc": [f"a{n}@x.example" for n in range(51)]}, "cc"),
        ({"status": "gone"}, "status"),
    ],
)
def test_a_reply_that_cannot_be_sent_is_refused_and_changes_nothing(ticket, actor, more, field):
    with pytest.raises(InvalidInput) as refused:
        reply(ticket, actor, **more)
    assert refused.value.field == field
    assert fresh(ticket).version == ticket.version
    assert Participant.objects.count() == 1


def test_a_customer_without_an_address_cannot_be_mailed(actor):
    customer = customers.create_customer(name="Phone only", phone="+371 26123456", actor=SYSTEM, now=NOON)
    given = {"inbox": make_inbox(), "customer": customer, "subject": "Call", "text": "x", "actor": actor, "now": NOON}
    with pytest.raises(InvalidInput):
        operations.create_ticket(**given, direction="outgoing")
    ticket = operations.create_ticket(**given)
    with pytest.raises(InvalidInput):
        reply(ticket, actor)


def test_row_29_two_agents_never_both_send_unaware(ticket, actor):
    seen = fresh(ticket).last_message_id
    other = desk_actor(make_agent("Eva"))
    first = reply(ticket, actor, seen_message_id=seen)
    with pytest.raises(Conflict) as refused:
        reply(ticket, other, seen_message_id=seen)
    assert refused.value.details["message_ids"] == [first.pk]
    reply(ticket, other, seen_message_id=first.pk)


def test_an_acknowledgement_is_no_news_to_an_agent_who_writes(ticket, actor):
    seen = fresh(ticket).last_message_id
    settle()
    assert Message.objects.filter(ticket=ticket, automatic=True).exists()
    assert fresh(ticket).last_message_id == seen
    reply(ticket, actor, seen_message_id=seen)


def test_a_reply_taken_back_leaves_all_as_it_was(ticket, actor):
    operations.change_ticket(ticket=ticket, snoozed_until=NOON + timedelta(days=1), actor=actor, now=NOON)
    before = fresh(ticket)
    file = upload(actor)
    message = reply(ticket, actor, "1 < 2", status="solved", undo_seconds=10, cc=["b@x.example"], uploads=[file.token])
    assert fresh(ticket).category == "solved"
    draft = operations.undo_send(message=message, actor=actor, now=SOON)
    after = fresh(ticket)
    assert snapshot(after) == snapshot(before)
    for field in ("active", "message_count", "last_message_id", "last_words", "last_from_customer"):
        assert getattr(after, field) == getattr(before, field)
    assert (draft.html, draft.attachments, draft.cc) == ("1 &lt; 2", [file.token], ["b@x.example"])
    assert not Message.objects.filter(pk=message.pk).exists()
    assert [p.address for p in Participant.objects.filter(removed_at=None)] == ["anna@customer.example"]
    back = EventRow.objects.filter(name="TicketChanged").order_by("-id")[:2]
    assert {row.data["field"] for row in back} == {"status", "assignee"}
    reply(ticket, actor, uploads=[file.token])


def test_what_others_did_meanwhile_stays_when_a_reply_is_taken_back(ticket, actor):
    message = reply(ticket, actor, status="waiting", undo_seconds=10)
    other = make_agent("Eva")
    operations.change_ticket(ticket=ticket, assignee=other, actor=desk_actor(other), now=SOON)
    more = receive("One more thing", in_reply_to=message.external_id, now=SOON)
    Draft.objects.create(ticket=ticket, agent_id=actor.id, kind="reply", html="<p>new words</p>", updated_at=NOON)
    draft = operations.undo_send(message=message, actor=actor, now=SOON)
    after = fresh(ticket)
    assert (after.assignee_id, after.category, after.last_message_id) == (other.pk, "open", more.message.pk)
    assert after.waiting_since == SOON
    assert "new words" in draft.html
    assert "Hello" in draft.html


def test_a_message_that_left_or_is_not_ones_own_is_not_taken_back(ticket, actor):
    message = reply(ticket, actor, undo_seconds=10)
    with pytest.raises(NotAllowed):
        operations.undo_send(message=message, actor=desk_actor(make_agent("Eva")), now=SOON)
    with pytest.raises(Conflict):
        operations.undo_send(message=message, actor=actor, now=NOON + timedelta(seconds=10))
    operations.mark_delivery(message_id=message.pk, state="queued", actor=SYSTEM, now=SOON)
    with pytest.raises(Conflict):
        operations.undo_send(message=message, actor=actor, now=SOON)
    other = reply(ticket, actor, undo_seconds=10)
    operations.undo_send(message=other, actor=actor, now=SOON)
    with pytest.raises(Conflict):
        operations.undo_send(message=other, actor=actor, now=SOON)


def test_a_forward_taken_back_leaves_no_empty_side_conversation(ticket, actor):
    message = operations.start_side_conversation(
        ticket=ticket, to="c@x.example", subject="", text="Look", actor=actor, now=NOON, undo_seconds=10
    )
    draft = operations.undo_send(message=message, actor=actor, now=SOON)
    assert (draft.kind, draft.to) == ("forward", ["c@x.example"])
    assert not SideConversation.objects.exists()
    assert fresh(ticket).message_count == 1


def test_a_side_conversation_of_another_ticket_cannot_be_gone_on_with(ticket, actor):
    other = receive("x", sender="bert@x.example").ticket
    side = operations.start_side_conversation(
        ticket=other, to="c@x.example", subject="", text="Look", actor=actor, now=NOON
    ).side
    foreign = {"include_message": other.messages.first(), "to": "a@b.example"}
    for more in ({"side": side}, {"to": ""}, {"to": "nobody"}, foreign):
        given = {"to": "", "subject": "", "text": "x", **more}
        with pytest.raises((NotFound, InvalidInput)):
            operations.start_side_conversation(ticket=ticket, actor=actor, now=NOON, **given)


def test_a_note_is_seen_by_agents_alone_and_tells_those_it_names(ticket, actor):
    eva = make_agent("Eva")
    note = operations.add_note(
        ticket=ticket, actor=actor, now=NOON, html=f'<p>See <span data-mention="{eva.pk}">@Eva</span></p>'
    )
    settle()
    assert note not in queries.customer_messages(ticket.customer, ticket)
    [told] = queries.notifications_of(desk_actor(eva))
    assert (told.kind, told.ticket_id) == ("mentioned", ticket.pk)
    assert fresh(ticket).waiting_since == NOON


def operations_that_write(ticket, actor):
    message = ticket.messages.first()
    return {
        "reply": lambda: reply(ticket, actor),
        "note": lambda: operations.add_note(ticket=ticket, actor=actor, now=NOON, text="x"),
        "side": lambda: operations.start_side_conversation(
            ticket=ticket, to="a@b.example", subject="", text="x", actor=actor, now=NOON
        ),
        "change": lambda: operations.change_ticket(ticket=ticket, priority=3, actor=actor, now=NOON),
        "split": lambda: operations.split_ticket(message=message, subject="", actor=actor, now=NOON),
        "retry": lambda: operations.retry_delivery(message=message, actor=actor, now=NOON),
        "block": lambda: operations.block_ticket_sender(ticket=ticket, actor=actor, now=NOON),
        "draft": lambda: operations.save_draft(ticket=ticket, kind="reply", html="x", actor=actor, now=NOON),
        "read": lambda: operations.mark_read(ticket=ticket, message_id=1, actor=actor, now=NOON),
        "remove": lambda: operations.remove_participant(ticket=ticket, place_id=1, actor=actor, now=NOON),
    }


@pytest.mark.parametrize(
    "name", ["reply", "note", "side", "change", "split", "retry", "block", "draft", "read", "remove"]
)
def test_a_ticket_of_another_team_does_not_exist_for_a_limited_agent(name, ticket):
    limited = desk_actor(make_agent("Lim", role="lead", teams=(make_team(),), only_own_teams=True))
    with pytest.raises(NotFound):
        operations_that_write(ticket, limited)[name]()


@pytest.mark.parametrize("name", ["reply", "side", "change", "split", "retry", "block", "draft", "remove"])
def test_a_light_agent_only_reads_and_notes(name, ticket):
    light = desk_actor(make_agent("Lux", role="light"))
    operations_that_write(ticket, light)["note"]()
    with pytest.raises(NotAllowed):
        operations_that_write(ticket, light)[name]()


@pytest.mark.parametrize("name", ["reply", "note", "side", "change", "split", "retry", "block", "draft", "remove"])
def test_a_customer_does_nothing_of_an_agents(name, ticket):
    customer = Actor(kind="customer", id=ticket.customer_id)
    with pytest.raises((NotAllowed, NotFound)):
        operations_that_write(ticket, customer)[name]()


def test_customers_write_on_their_own_requests_alone(ticket, actor):
    anna = ticket.customer
    own = Actor(kind="customer", id=anna.pk, via="portal")
    eve = customers.recognise(kind="email", value="eve@x.example", name="Eve", actor=SYSTEM, now=NOON)
    strange = Actor(kind="customer", id=eve.pk, via="portal")
    reply(ticket, actor, status="solved")
    for attempt in (
        lambda: operations.add_customer_message(ticket=ticket, customer=eve, actor=strange, now=NOON, text="x"),
        lambda: operations.close_own_ticket(ticket=ticket, actor=strange, now=NOON),
        lambda: queries.get_for_customer(eve, ticket.number),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotAllowed):
        operations.add_customer_message(ticket=ticket, customer=anna, actor=strange, now=NOON, text="x")
    operations.add_customer_message(ticket=ticket, customer=anna, actor=own, now=SOON, text="Not yet")
    assert (fresh(ticket).category, fresh(ticket).waiting_since) == ("open", SOON)
    operations.close_own_ticket(ticket=ticket, actor=own, now=SOON)
    assert fresh(ticket).category == "solved"
    operations.close_own_ticket(ticket=ticket, actor=own, now=SOON, reopen=True)
    assert (fresh(ticket).category, fresh(ticket).waiting_since) == ("open", SOON)
    operations.change_ticket(ticket=ticket, status="closed", actor=actor, now=SOON)
    with pytest.raises(InvalidInput):
        operations.add_customer_message(ticket=ticket, customer=anna, actor=own, now=SOON, text="x")
    with pytest.raises(InvalidInput):
        operations.close_own_ticket(ticket=ticket, actor=own, now=SOON, reopen=True)


def test_a_reply_waiting_to_leave_is_not_yet_seen_in_the_portal(ticket, actor):
    held = reply(ticket, actor, undo_seconds=10)
    assert held not in queries.customer_messages(ticket.customer, ticket)


def test_files_of_others_cannot_be_sent_or_taken_back(ticket, actor):
    other = desk_actor(make_agent("Eva"))
    file = upload(actor, "../../etc/pass\x00wd")
    assert file.name == "passwd"
    with pytest.raises(NotFound):
        reply(ticket, other, uploads=[file.token])
    with pytest.raises(NotFound):
        operations.discard_upload(token=file.token, actor=other)
    operations.discard_upload(token=file.token, actor=actor)
    with pytest.raises(NotFound):
        reply(ticket, actor, uploads=[file.token])


def test_files_that_are_too_large_are_refused_and_old_ones_forgotten_unless_a_draft_has_them(ticket, actor, settings):
    settings.MAX_ATTACHMENT_BYTES = 2
    with pytest.raises(TooLarge):
        upload(actor)
    settings.MAX_ATTACHMENT_BYTES = 100
    kept, _gone = upload(actor), upload(actor)
    operations.save_draft(ticket=ticket, kind="reply", html="x", attachments=[kept.token], actor=actor, now=NOON)
    assert operations.forget_old_uploads(now=NOON + timedelta(days=15)) == 1


def test_a_draft_in_two_windows_loses_no_word(ticket, actor):
    first = operations.save_draft(ticket=ticket, kind="reply", html="<p>one</p>", actor=actor, now=NOON)
    operations.save_draft(ticket=ticket, kind="reply", html="<p>two</p>", version=first.version, actor=actor, now=NOON)
    with pytest.raises(Conflict) as refused:
        operations.save_draft(ticket=ticket, kind="reply", html="three", version=first.version, actor=actor, now=NOON)
    assert "two" in refused.value.details["html"]
    with pytest.raises(InvalidInput):
        operations.save_draft(ticket=ticket, kind="poem", html="x", actor=actor, now=NOON)
    operations.discard_draft(ticket=ticket, kind="reply", actor=actor)
    assert not Draft.objects.exists()


def test_somebody_limited_keeps_sight_of_what_they_open(actor):
    limited = desk_actor(make_agent("Lim", teams=(make_team(),), only_own_teams=True))
    customer = customers.create_customer(name="A", email="a@x.example", actor=SYSTEM, now=NOON)
    given = {"inbox": make_inbox(), "customer": customer, "subject": "s", "text": "x", "actor": limited, "now": NOON}
    made = operations.create_ticket(**given, direction="outgoing")
    assert made.assignee_id == limited.id
    assert queries.get_ticket(limited, made.number) == made
    for field, value in [
        ("priority", 9), ("type", "x"), ("team_id", 99), ("assignee_id", 99), ("direction", "x"), ("subject", ""),
    ]:  # fmt: skip
        with pytest.raises(InvalidInput):
            operations.create_ticket(**{**given, field: value})


def test_a_failed_message_is_told_to_its_writer_and_can_be_sent_again(ticket, actor):
    message = reply(ticket, actor)
    operations.mark_delivery(message_id=message.pk, state="failed", words="550 \x00no", actor=SYSTEM, now=NOON)
    settle()
    assert [n.kind for n in queries.notifications_of(actor)] == ["failed"]
    again = operations.retry_delivery(message=message, actor=actor, now=NOON)
    assert (again.delivery, again.external_id) == ("queued", message.external_id)
    operations.mark_delivery(message_id=message.pk, state="sent", actor=SYSTEM, now=NOON)
    told = EventRow.objects.filter(name="DeliveryChanged").count()
    operations.mark_delivery(message_id=message.pk, state="sent", actor=SYSTEM, now=NOON)
    operations.mark_delivery(message_id=10**9, state="sent", actor=SYSTEM, now=NOON)
    assert EventRow.objects.filter(name="DeliveryChanged").count() == told
