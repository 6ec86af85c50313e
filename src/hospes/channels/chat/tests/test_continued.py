"""A talk goes on after the visitor has left: by mail, once, on the same ticket; transcripts; the offline form."""

from datetime import timedelta

import pytest
from django.core import mail as outbox

from hospes.channels import operations
from hospes.channels.chat import continued, visitors
from hospes.channels.chat.tests.contract import ChatContract
from hospes.channels.chat.tests.test_door import SECRET, Page, answer, signed
from hospes.channels.models import ChatSite, ChatTranscript, ChatVisitor
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict
from hospes.core.models import EventRow
from hospes.customers.policies import email_key
from hospes.sla.models import Calendar
from hospes.sla.operations import save_calendar
from hospes.staff.models import Presence
from hospes.testing.channels import work
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Participant, Ticket
from hospes.tickets.policies import reply_address

pytestmark = pytest.mark.django_db
ANNA = "anna@customer.example"


@pytest.fixture
def inbox(db):
    return ChatContract().inbox(None)


@pytest.fixture
def mail_inbox(db):
    return make_inbox()


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


@pytest.fixture
def page(inbox, mail_inbox):
    found = Page(inbox)
    found.start(lang="lv", fields={"name": "Anna", "email": ANNA})
    found.say("Where is my order?")
    work()
    return found


def later(minutes):
    return continued.continue_waiting(now=clock.now() + timedelta(minutes=minutes))


def copies():
    return list(Message.objects.filter(channel="email", kind="reply", automatic=True))


def test_an_unread_answer_goes_by_mail_once_after_some_minutes(page, agent):
    answer(agent, "It left today.")
    assert later(2) == 0
    assert later(6) == 1
    [copy] = copies()
    assert copy.to[0]["address"] == ANNA
    assert "It left today." in copy.text
    assert "Where is my order?" not in copy.text + copy.subject
    assert later(600) == 0
    assert len(copies()) == 1
    assert EventRow.objects.filter(name="ChatContinuedByMail").count() == 1


def test_the_visitor_may_write_while_the_agent_does_a_colleague_may_not(page, agent):
    ticket = Ticket.objects.get()
    seen = ticket.last_message_id
    page.say("It should have come yesterday.")
    work()
    first = tickets.reply(ticket=ticket, actor=agent, now=clock.now(), text="I look it up.", seen_message_id=seen)
    with pytest.raises(Conflict) as refused:
        tickets.reply(
            ticket=ticket, actor=desk_actor(make_agent("Eva")), now=clock.now(), text="Yes?", seen_message_id=seen
        )
    assert refused.value.details["message_ids"] == [first.pk]


def test_what_was_read_or_whose_page_is_open_is_not_mailed(page, agent):
    ours = answer(agent)
    visitors.note_connected(visitor_ids=[ChatVisitor.objects.get().pk], now=clock.now() + timedelta(minutes=6))
    assert later(6) == 1
    assert copies() == []
    page.ask("read/", {"until": ours.pk})
    assert later(60) == 0
    assert copies() == []


def test_several_answers_go_in_one_mail_and_a_later_one_in_another(page, agent):
    answer(agent, "First")
    answer(agent, "Second")
    later(6)
    [copy] = copies()
    assert copy.text.index("First") < copy.text.index("Second")
    answer(agent, "Third")
    later(12)
    assert [("First" in c.text, "Third" in c.text) for c in copies()] == [(True, False), (False, True)]


def test_the_mail_is_answered_on_the_same_ticket_and_the_next_answer_does_not_wait(page, agent, mail_inbox):
    answer(agent)
    later(6)
    work()
    ticket = Ticket.objects.get()
    token = reply_address(mail_inbox.address, ticket.number, email_key(ANNA))
    received = receive("Thank you!", sender=ANNA, subject="Re: chat", delivered_to=(token,), now=clock.now())
    assert received.ticket == ticket
    answer(agent, "Welcome")
    assert continued.continue_waiting(now=clock.now() + timedelta(seconds=30)) == 1
    assert "Welcome" in copies()[-1].text


def test_whoever_answers_by_mail_sees_nothing_older_than_what_they_were_sent(page, agent):
    answer(agent)
    later(6)
    place = Participant.objects.get(key=email_key(ANNA))
    assert place.since_message_id == Message.objects.filter(kind="reply", channel="chat").get().pk


def test_without_an_address_nothing_is_mailed(inbox, mail_inbox, agent):
    page = Page(inbox)
    page.start()
    page.say()
    work()
    answer(agent)
    assert ChatVisitor.objects.get().mail_due_at is None


def test_an_answer_that_never_may_go_by_mail_does_not(page, agent, inbox):
    ChatSite.objects.filter(pk=inbox.pk).update(mail_minutes=0)
    answer(agent)
    assert ChatVisitor.objects.get().mail_due_at is None


def test_the_offline_form_makes_a_ticket_that_is_answered_by_mail(inbox, mail_inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    page = Page(inbox)
    assert page.start(fields={"name": "Anna", "email": ANNA}).json()["offline"] is True
    page.say("Please call me back")
    work()
    ticket = Ticket.objects.get()
    assert (ticket.inbox_id, ticket.channel) == (mail_inbox.pk, "email")
    ours = answer(agent, "We did.")
    assert (ours.inbox.kind, ours.to[0]["address"]) == ("email", ANNA)


def test_who_comes_back_sees_what_they_left_and_our_answer_by_mail(inbox, mail_inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    page = Page(inbox)
    page.start(fields={"name": "Anna", "email": ANNA})
    page.say("Please call me back")
    work()
    left = page.talk()
    assert [(m["text"], m["from"], m["by_mail"]) for m in left["messages"]] == [
        ("Please call me back", "visitor", True)
    ]
    assert left["state"]["status"] == "offline"
    answer(agent, "We did.")
    assert [(m["text"], m["from"], m["by_mail"]) for m in page.talk()["messages"]] == [
        ("Please call me back", "visitor", True),
        ("We did.", "agent", True),
    ]
    assert page.talk(after=left["cursor"])["messages"][-1]["text"] == "We did."
    stranger = Page(inbox)
    stranger.start(fields={"name": "Anna", "email": ANNA})
    assert stranger.texts() == []


def test_row_12_nothing_of_what_the_owner_of_a_claimed_address_writes_by_mail_is_shown(inbox, mail_inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    page = Page(inbox)
    page.start(fields={"name": "Not Anna", "email": ANNA})
    page.say("Who am I?")
    work()
    first = answer(agent, "Who asks?")
    receive(
        "I never asked. My number is 4711.",
        sender=ANNA,
        inbox=mail_inbox,
        in_reply_to=first.external_id or f"{first.pk}@x",
        message_id="real@customer.example",
    )
    Message.objects.filter(text__startswith="I never asked").update(ticket=first.ticket)
    tickets.reply(ticket=first.ticket, actor=agent, now=clock.now(), text="Your order 4711 is on its way.")
    work()
    assert Message.objects.get(text__startswith="Your order").to[0]["address"] == ANNA
    assert page.texts() == ["Who am I?", "Who asks?"]


def test_a_talk_that_is_there_already_goes_on_though_the_chat_is_closed_now(page, inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    assert page.start(fields={"email": ANNA}).json()["offline"] is True
    page.say("Are you still there?")
    work()
    assert Ticket.objects.count() == 1
    assert page.texts() == ["Where is my order?", "Are you still there?"]


def test_whoever_left_an_address_while_closed_chats_once_somebody_is_here(inbox, mail_inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    page = Page(inbox)
    page.start(fields={"email": ANNA})
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=False)
    page.say("Now you are here")
    work()
    assert Ticket.objects.get().channel == "chat"


def test_the_offline_form_without_an_address_is_answered_in_the_chat(inbox, mail_inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    page = Page(inbox)
    page.start()
    page.say("Hello?")
    work()
    assert Ticket.objects.get().channel == "chat"
    answer(agent, "Hello!")
    assert page.texts() == ["Hello?", "Hello!"]


def test_a_chat_is_open_while_somebody_who_takes_chats_is_here(inbox, agent):
    ChatSite.objects.filter(pk=inbox.pk).update(needs_people=True)
    assert Page(inbox).ask("boot/").json()["open"] is False
    Presence.objects.update_or_create(agent_id=agent.id, defaults={"state": "online", "changed_at": NOON})
    said = Page(inbox).ask("boot/").json()
    assert (said["open"], said["agents"]) == (True, [{"name": "Ivo", "initials": "I"}])
    Presence.objects.update(channels={"chat": False})
    assert Page(inbox).ask("boot/").json()["open"] is False
    Presence.objects.update(channels={"chat": True, "email": False})
    assert Page(inbox).ask("boot/").json()["open"] is True


def test_outside_its_hours_a_chat_says_when_it_opens(inbox, time_machine):
    hours = [["09:00", "18:00"]]
    weekly = [hours, hours, hours, hours, hours, [], []]
    save_calendar(name="Week", time_zone="UTC", windows=weekly, actor=SYSTEM, now=NOON)
    ChatSite.objects.filter(pk=inbox.pk).update(calendar=Calendar.objects.get())
    time_machine.move_to(NOON.replace(year=2026, month=5, day=8, hour=20))  # a Friday evening
    said = Page(inbox).ask("boot/").json()
    assert (said["open"], said["opens_at"]) == (False, "2026-05-11T09:00:00+00:00")
    time_machine.move_to(NOON.replace(year=2026, month=5, day=11, hour=10))
    assert Page(inbox).ask("boot/").json()["open"] is True


def test_the_talk_goes_by_mail_in_the_visitors_language_and_has_nothing_else_of_the_ticket(page, agent):
    assert page.ask("transcript/", {"email": ANNA}).status_code == 422  # nobody has answered
    answer(agent, "It left today.")
    ticket = Ticket.objects.get()
    tickets.add_note(ticket=ticket, actor=agent, now=clock.now(), text="A secret note")
    for _ in range(2):
        assert page.ask("transcript/", {"email": ANNA}).status_code == 202
    assert continued.send_transcripts(now=clock.now()) == 1
    [mail] = outbox.outbox
    assert mail.to == [ANNA]
    assert "Where is my order?" in mail.body
    assert "It left today." in mail.body
    assert "secret" not in mail.body
    assert continued.send_transcripts(now=clock.now() + timedelta(hours=1)) == 0


def test_a_transcript_is_tried_again_when_the_server_is_away(page, agent, monkeypatch):
    answer(agent)
    page.ask("transcript/", {"email": ANNA})

    def refuse(self, fail_silently=False):
        raise OSError("away")

    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMessage.send", refuse)
        assert continued.send_transcripts(now=clock.now()) == 1
    assert ChatTranscript.objects.get().error == "away"
    assert continued.send_transcripts(now=clock.now() + timedelta(minutes=10)) == 1
    assert len(outbox.outbox) == 1


def test_row_14_transcripts_are_limited(page, agent, time_machine):
    time_machine.move_to(NOON.replace(year=2027), tick=False)
    page.start()
    page.say()
    work()
    answer(agent)
    statuses = [page.ask("transcript/", {"email": f"victim{n}@other.example"}).status_code for n in range(5)]
    assert statuses == [202, 202, 202, 429, 429]


def test_a_signed_address_is_mailed_too(inbox, mail_inbox, agent):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    page = Page(inbox)
    page.start(jwt=signed(email=ANNA, name="Anna"))
    page.say()
    work()
    answer(agent)
    later(6)
    assert copies()[0].to[0]["address"] == ANNA


def test_whoever_never_said_a_word_is_forgotten_when_their_token_is_over(page, inbox, agent):
    silent = Page(inbox)
    silent.start()
    answer(agent)
    assert visitors.forget(now=clock.now()) == 0
    assert visitors.forget(now=clock.now() + timedelta(days=91)) == 2
    assert ChatVisitor.objects.get().name == "Anna"
    assert visitors.forget(now=clock.now() + timedelta(days=91)) == 0
