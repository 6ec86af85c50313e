"""Chats that wait are offered: who is asked, for how long, who is next, and what the visitor sees of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hospes.channels.chat import queries
from hospes.channels.chat.tests.contract import ChatContract
from hospes.channels.chat.tests.test_door import Page
from hospes.channels.inbound import ingest_waiting
from hospes.channels.models import ChatVisitor
from hospes.core import clock
from hospes.realtime.policies import Heard, may_hear
from hospes.routing import operations
from hospes.routing.models import AgentLoad, RoutingEntry
from hospes.routing.queries import offered_to
from hospes.routing.tests.company import person, queue, work
from hospes.staff.models import Agent, ChannelLoad, Presence
from hospes.testing.people import desk_actor, make_team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message, Ticket

pytestmark = pytest.mark.django_db
SECONDS = 20


@pytest.fixture
def team(db):
    return make_team("Chat")


@pytest.fixture
def inbox(team):
    found = ChatContract().inbox(None)
    Inbox.objects.filter(pk=found.pk).update(team=team)
    queue("Chats", team=team, offer=True, offer_seconds=SECONDS, channels=["chat"], strategy="round_robin")
    found.refresh_from_db()
    return found


def visitor(inbox, words="Hello"):
    """Somebody who waits: their page."""
    page = Page(inbox)
    page.start()
    page.say(words)
    ingest_waiting(now=clock.now())
    work()
    return page


def ticket(words="Hello"):
    return Message.objects.get(text=words).ticket


def offered():
    """{the visitor's words: who is asked}"""
    entries = RoutingEntry.objects.filter(state="offered").select_related("agent", "ticket")
    return {entry.ticket.messages.order_by("id").first().text: entry.agent.name for entry in entries}


def state(page):
    return page.talk()["state"]


def test_a_new_chat_is_offered_to_whoever_is_here_takes_chats_and_has_room(inbox, team):
    full = person("Anna", team, capacity=5)
    off = person("Bea", team)
    Presence.objects.filter(agent=off).update(channels={"chat": False})
    person("Cid", team, state="away")
    person("Dan")
    ivo = person("Ivo", team)
    page = visitor(inbox)
    assert offered() == {"Hello": "Ivo"}
    assert AgentLoad.objects.get(agent=ivo).channels == {"chat": 1}
    assert not offered_to(full.pk)
    assert [entry.ticket for entry in offered_to(ivo.pk)] == [ticket()]
    assert (state(page)["status"], state(page)["position"], state(page)["agent"]) == ("queued", 1, None)


def test_an_offer_that_is_not_taken_in_time_goes_to_the_next_and_frees_the_first(inbox, team):
    anna = person("Anna", team)
    person("Ivo", team)
    visitor(inbox)
    assert offered() == {"Hello": "Anna"}
    work(clock.now() + timedelta(seconds=SECONDS - 2))
    assert offered() == {"Hello": "Anna"}
    work(clock.now() + timedelta(seconds=SECONDS + 1))
    assert offered() == {"Hello": "Ivo"}
    assert AgentLoad.objects.get(agent=anna).units == 0


def test_who_declines_is_not_asked_again_at_once_and_everybody_is_asked_anew_later(inbox, team):
    anna, ivo = person("Anna", team), person("Ivo", team)
    visitor(inbox)
    operations.decline_offer(ticket=ticket(), actor=desk_actor(anna), now=clock.now())
    work()
    assert offered() == {"Hello": "Ivo"}
    operations.decline_offer(ticket=ticket(), actor=desk_actor(ivo), now=clock.now())
    work()
    assert offered() == {}
    work(clock.now() + timedelta(seconds=SECONDS + 1))
    assert list(offered()) == ["Hello"]


def test_whoever_goes_away_while_they_are_asked_is_asked_no_more(inbox, team):
    anna = person("Anna", team)
    person("Ivo", team)
    visitor(inbox)
    Presence.objects.filter(agent=anna).update(state="offline")
    operations.nudge_agents([anna.pk], now=clock.now())
    operations.nudge_tickets([ticket().pk], now=clock.now())
    work()
    assert offered() == {"Hello": "Ivo"}


def test_the_visitor_sees_their_place_and_who_has_accepted(inbox, team):
    anna = person("Anna", team, capacity=20)
    Agent.objects.filter(pk=anna.pk).update(name="Anna Berzina")
    ChannelLoad.objects.create(agent=anna, channel="chat", weight=10, limit=1)  # one chat at a time
    first, second, third = (visitor(inbox, words) for words in ("one", "two", "three"))
    assert [state(page)["position"] for page in (first, second, third)] == [1, 2, 3]
    operations.accept_offer(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now())
    work()
    assert state(first)["status"] == "talking"
    assert state(first)["agent"] == {"name": "Anna", "initials": "A"}
    assert state(first)["position"] is None
    assert [state(page)["position"] for page in (second, third)] == [1, 2]


def test_the_estimated_wait_follows_how_fast_the_line_moves(inbox, team):
    anna = person("Anna", team, capacity=10)
    pages = [visitor(inbox, f"v{n}") for n in range(5)]
    assert state(pages[4])["wait_seconds"] is None
    for n in range(3):
        operations.accept_offer(ticket=ticket(f"v{n}"), actor=desk_actor(anna), now=clock.now())
        tickets.change_ticket(ticket=ticket(f"v{n}"), actor=desk_actor(anna), now=clock.now(), status="solved")
        work()
    assert state(pages[4])["position"] == 2
    people = list(ChatVisitor.objects.order_by("-id")[:1])
    later = clock.now() + timedelta(seconds=90)
    wait = queries.standings(people, open_at={inbox.pk: True}, now=later)[people[0].key].wait_seconds
    assert 55 <= wait <= 70  # three in 90 seconds: thirty for each of two


def test_a_chat_that_ends_frees_its_place_for_the_next_one_who_waits(inbox, team):
    anna = person("Anna", team, capacity=10)
    first, second = visitor(inbox, "one"), visitor(inbox, "two")
    operations.accept_offer(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now())
    work()
    assert offered() == {}
    tickets.reply(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now(), text="It left today.", status="solved")
    work()
    assert state(first)["status"] == "ended"
    assert offered() == {"two": "Anna"}
    assert state(second)["position"] == 1


def test_a_chat_that_its_visitor_ends_takes_nobodys_place_until_they_write_again(inbox, team):
    anna = person("Anna", team, capacity=10)
    first = visitor(inbox, "one")
    operations.accept_offer(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now())
    tickets.reply(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now(), text="It left today.")
    first.say("Thank you!")
    ingest_waiting(now=clock.now())
    work()
    visitor(inbox, "two")
    assert offered() == {}
    first.ask("end/", {})
    work()
    assert offered() == {"two": "Anna"}
    assert AgentLoad.objects.get().channels == {"chat": 1}
    assert ticket("one").assignee == anna
    first.say("One more thing")
    ingest_waiting(now=clock.now())
    work()
    assert AgentLoad.objects.get().channels == {"chat": 2}
    assert state(first)["agent"]["name"] == "Anna"


def test_an_end_that_is_heard_of_after_the_visitor_went_on_frees_nobody(inbox, team):
    anna = person("Anna", team, capacity=10)
    first = visitor(inbox, "one")
    operations.accept_offer(ticket=ticket("one"), actor=desk_actor(anna), now=clock.now())
    first.ask("end/", {})
    first.say("One more thing")
    ingest_waiting(now=clock.now())
    work()
    assert AgentLoad.objects.get().channels == {"chat": 1}


def test_a_visitor_who_writes_while_the_chat_is_offered_moves_nothing(inbox, team):
    person("Anna", team)
    person("Ivo", team)
    page = visitor(inbox)
    ends = RoutingEntry.objects.get().offer_ends_at
    page.say("Are you there?")
    ingest_waiting(now=clock.now())
    work()
    assert offered() == {"Hello": "Anna"}
    assert RoutingEntry.objects.get().offer_ends_at == ends
    assert Ticket.objects.count() == 1


def test_whoever_is_asked_hears_of_it_though_the_ticket_is_not_their_teams(team):
    other = make_team("Other")
    sees = frozenset({other.pk})
    anna, ivo = (replace(desk_actor(person(name, other)), team_ids=sees) for name in ("Anna", "Ivo"))
    for name in ("TicketOffered", "OfferEnded"):
        event = Heard(1, name, clock.now(), "ticket", 7, team.pk, data={"agent_id": anna.own_id, "assignee_id": None})
        assert may_hear(anna, event) == "all"
        assert may_hear(ivo, event) == "nothing"
