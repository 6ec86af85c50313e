"""One word to all: each customer hears it exactly once, in their language, whatever stops the worker meanwhile."""

from collections import Counter
from datetime import timedelta

import pytest

from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.customers import operations as customers
from hospes.incidents import operations, queries
from hospes.incidents.models import Telling
from hospes.incidents.operations import telling as telling_room
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message, Ticket

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "uz", "lv", "fa", "tr", "hy")
TEXTS = {
    "en": "Payments fail at the moment.",
    "uz": "Hozir toʻlovlar oʻtmayapti.",
    "lv": "Maksājumi pašlaik neizdodas.",
    "fa": "در حال حاضر پرداخت‌ها ناموفق است.",
    "tr": "Ödemeler şu anda başarısız.",
    "hy": "Վճարումներն այս պահին չեն անցնում։",
}


@pytest.fixture
def lead():
    return desk_actor(make_agent("Lead", role="lead"))


def open_tickets(number, *, languages=LANGUAGES):
    inbox = Inbox.objects.first() or make_inbox()
    return [
        receive(
            f"I cannot pay {n}",
            sender=f"c{n}@customer.example",
            name=f"C{n}",
            subject="Payment",
            language=languages[n % len(languages)],
            inbox=inbox,
        ).ticket
        for n in range(number)
    ]


def tell_all(now=NOON):
    rounds = 0
    while operations.tell_waiting(now=now):
        rounds += 1
    return rounds


def told(text=None):
    found = Message.objects.filter(kind="reply", automatic=True)
    return found.filter(text__contains=text) if text else found


def test_three_hundred_customers_in_six_languages_hear_it_once_each_in_theirs(lead):
    linked = open_tickets(300)
    incident = operations.declare(title="Payments fail", titles={"lv": "Maksājumi"}, actor=lead, now=NOON)
    assert len(operations.link_tickets(incident=incident, tickets=linked, actor=lead, now=NOON)) == 300
    assert not told().exists()
    update = operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    asked = queries.audience(incident)
    assert (asked.customers, asked.languages) == (300, dict.fromkeys(LANGUAGES, 50))
    tell_all()
    tell_all()
    for ticket in Ticket.objects.prefetch_related("messages"):
        said = [m for m in ticket.messages.all() if m.kind == "reply"]
        assert len(said) == 1
        assert TEXTS[ticket.language] in said[0].text
        assert said[0].to[0]["address"] == ticket.participants.get().address
        assert said[0].delivery == "queued"
    assert Counter(told().values_list("subject", flat=True)) == {"Payments fail": 250, "Maksājumi": 50}
    progress = queries.progress_of([update.pk])[update.pk]
    assert (progress.sent, progress.waiting, progress.percent) == (300, 0, 100)


def test_a_language_without_a_text_gets_english_and_is_warned_of(lead):
    [ticket] = open_tickets(1, languages=("hy",))
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[ticket], actor=lead, now=NOON)
    texts = {"en": TEXTS["en"], "lv": TEXTS["lv"]}
    assert queries.audience(incident).missing(texts) == {"hy": 1}
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=texts, public=True)
    tell_all()
    assert TEXTS["en"] in told().get().text


def test_a_customer_with_two_tickets_hears_it_on_one(lead):
    first = receive("I cannot pay", sender="anna@customer.example").ticket
    second = receive("Still cannot pay", sender="anna@customer.example", subject="Again").ticket
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[first, second], actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    tell_all()
    assert [m.ticket_id for m in told(TEXTS["en"])] == [second.pk]


def test_records_of_one_person_that_were_merged_hear_it_once(lead):
    one, other = open_tickets(2)
    customers.merge_customers(keep=one.customer, other=other.customer, actor=SYSTEM, now=NOON)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[one, other], actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    tell_all()
    assert told().count() == 1


def test_a_worker_killed_in_the_middle_neither_loses_nor_repeats_anybody(lead, monkeypatch):
    linked = open_tickets(12)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=linked, actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    really, done = telling_room.tell_on_ticket, []

    def dies(telling, *, now):
        really(telling, now=now)
        done.append(telling.pk)
        if len(done) in {3, 4, 9}:
            raise SystemExit("killed after the message was written, before the transaction ended")

    monkeypatch.setattr(telling_room, "tell_on_ticket", dies)
    for _life in range(4):
        try:
            tell_all()
        except SystemExit:
            continue
    assert Counter(told().values_list("ticket_id", flat=True)) == {ticket.pk: 1 for ticket in linked}
    assert not Telling.objects.exclude(state="sent").exists()


def test_one_who_cannot_be_told_does_not_stop_the_others_and_is_tried_again(lead, monkeypatch):
    linked = open_tickets(3)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=linked, actor=lead, now=NOON)
    update = operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    really = telling_room.tell_on_ticket

    def fails(telling, *, now):
        if telling.ticket_id == linked[1].pk:
            raise RuntimeError("no")
        really(telling, now=now)

    monkeypatch.setattr(telling_room, "tell_on_ticket", fails)
    moment = NOON
    for _try in range(8):
        tell_all(moment)
        moment += timedelta(hours=1)
    progress = queries.progress_of([update.pk])[update.pk]
    assert (progress.sent, progress.failed) == (2, 1)
    assert "no" in Telling.objects.get(state="failed").reason
    monkeypatch.undo()
    assert operations.try_telling_again(update=update, actor=lead, now=moment) == 1
    tell_all(moment)
    assert told().count() == 3


def test_machines_spam_and_tickets_taken_off_hear_nothing(lead):
    machine = receive("Out of office", sender="m@customer.example", auto_kind="auto-reply").ticket
    spam, off, fine = open_tickets(3)
    tickets.change_ticket(ticket=spam, actor=SYSTEM, now=NOON, spam=True)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[machine, spam, off, fine], actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    operations.unlink_ticket(incident=incident, ticket=off, actor=lead, now=NOON)
    tell_all()
    assert [m.ticket_id for m in told()] == [fine.pk]
    assert set(Telling.objects.filter(state="skipped").values_list("reason", flat=True)) == {
        "machine", "spam", "unlinked",
    }  # fmt: skip


def test_a_ticket_merged_while_the_update_is_under_way_is_told_where_the_talk_goes_on(lead):
    one, into = open_tickets(2)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[one], actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    tickets.merge_tickets(ticket=one, into=into, actor=SYSTEM, now=NOON)
    tell_all()
    assert [m.ticket_id for m in told()] == [into.pk]


def test_what_is_merged_stays_in_the_incident_by_the_ticket_that_goes_on(lead):
    one, into = open_tickets(2)
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[one], actor=lead, now=NOON)
    tickets.merge_tickets(ticket=one, into=into, actor=SYSTEM, now=NOON)
    settle()
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    tell_all()
    assert [m.ticket_id for m in told(TEXTS["en"]) | told(TEXTS["uz"])] == [into.pk]


def test_a_newcomer_hears_the_latest_word_once_and_is_not_acknowledged_on_top(lead):
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON, link_close_matches=True)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    later = NOON + timedelta(minutes=5)
    ticket = receive("x", language="tr", now=later).ticket
    operations.link_tickets(incident=incident, tickets=[ticket], actor=SYSTEM, now=later, way="automatic")
    settle()
    [message] = told()
    assert TEXTS["tr"] in message.text
    assert ticket.shown_number in message.text
    tell_all(later)
    assert told().count() == 1


def test_a_newcomer_who_was_just_answered_waits_two_minutes(lead):
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True)
    ticket = receive("I cannot pay", language="lv", now=NOON).ticket
    tickets.acknowledge(ticket_id=ticket.pk, message_id=ticket.messages.get().pk, now=NOON)
    operations.link_tickets(incident=incident, tickets=[ticket], actor=lead, now=NOON)
    tell_all(NOON + timedelta(seconds=30))
    assert not told(TEXTS["lv"]).exists()
    tell_all(NOON + timedelta(minutes=3))
    assert told(TEXTS["lv"]).count() == 1


def test_resolving_tells_all_and_solves_what_asked_nothing_else(lead):
    plain, kept, wrote, solved = open_tickets(4, languages=("en",))
    tickets.change_ticket(ticket=solved, actor=SYSTEM, now=NOON, status="solved")
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[plain, kept, wrote, solved], actor=lead, now=NOON)
    operations.keep_open(incident=incident, ticket=kept, actor=lead, now=NOON, keep=True)
    first = wrote.messages.get()
    receive("And where is my parcel?", sender="c2@customer.example", in_reply_to=first.external_id,
            now=NOON + timedelta(hours=1))  # fmt: skip
    later = NOON + timedelta(hours=2)
    operations.post_update(
        incident=incident, actor=lead, now=later, texts={"en": "It works again."}, public=True,
        state="resolved", solve=True,
    )  # fmt: skip
    tell_all(later)
    tell_all(later)
    incident.refresh_from_db()
    assert (incident.state, incident.resolved_at) == ("resolved", later)
    assert Counter(told("It works again.").values_list("ticket_id", flat=True)) == {
        t.pk: 1 for t in (plain, kept, wrote, solved)
    }
    states = {t.pk: t.category for t in Ticket.objects.all()}
    assert states == {plain.pk: "solved", kept.pk: "new", wrote.pk: "new", solved.pk: "solved"}


def test_both_tickets_of_one_customer_are_solved_though_only_one_is_told(lead):
    first = receive("I cannot pay", sender="anna@customer.example").ticket
    second = receive("Still cannot pay", sender="anna@customer.example", subject="Again").ticket
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.link_tickets(incident=incident, tickets=[first, second], actor=lead, now=NOON)
    operations.post_update(
        incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True, state="resolved", solve=True
    )
    tell_all()
    assert told().count() == 1
    assert set(Ticket.objects.values_list("category", flat=True)) == {"solved"}


def test_only_leads_speak_to_customers_and_two_at_once_are_stopped(lead):
    agent = desk_actor(make_agent("Ivo"))
    incident = operations.declare(title="Payments fail", actor=lead, now=NOON)
    operations.post_update(incident=incident, actor=agent, now=NOON, texts={"en": "The bank knows."})
    with pytest.raises(NotAllowed):
        operations.post_update(incident=incident, actor=agent, now=NOON, texts=TEXTS, public=True)
    with pytest.raises(NotAllowed):
        operations.declare(title="Mine", actor=agent, now=NOON)
    with pytest.raises(Conflict):
        operations.post_update(incident=incident, actor=lead, now=NOON, texts=TEXTS, public=True, version=1)
    with pytest.raises(InvalidInput):
        operations.post_update(incident=incident, actor=lead, now=NOON, texts={"en": "  "}, public=True)
    with pytest.raises(InvalidInput):
        operations.post_update(incident=incident, actor=lead, now=NOON, texts={"xx": "?"}, public=True)
