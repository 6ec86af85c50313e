"""Who may hear what, as a table."""

import pytest

from hospes.core.actors import Actor
from hospes.realtime.policies import Heard, as_message, may_hear
from hospes.staff.policies import rights_of
from hospes.testing.people import NOON


def agent(role="agent", *, id=1, teams=None):
    return Actor(kind="agent", id=id, rights=rights_of(role), team_ids=None if teams is None else frozenset(teams))


def event(name="MessageReceived", subject="ticket", *, subject_id=7, team_id=1, **data):
    return Heard(5, name, NOON, subject, subject_id, team_id, data=data)


@pytest.mark.parametrize(
    ("actor", "what", "hears"),
    [
        (agent(), event(), "all"),
        (agent("light"), event(), "all"),
        (agent(teams={1}), event(team_id=1), "all"),
        (agent(teams={2}), event(team_id=1), "nothing"),
        (agent(teams={2}), event(team_id=None), "nothing"),
        (agent(teams={2}), event(team_id=1, assignee_id=1), "all"),
        (agent(teams={2}), event("TicketChanged", field="team", before="2", after="1"), "left"),
        (agent(teams={2}), event("TicketChanged", field="team", before="3", after="1"), "nothing"),
        (agent(teams={2}), event("TicketChanged", field="assignee", before="1", after="4"), "left"),
        (agent(), event("Notified", "agent", subject_id=1), "all"),
        (agent("admin", id=2), event("Notified", "agent", subject_id=1), "nothing"),
        (agent("admin", id=2), event("AgentChanged", "agent", subject_id=1), "all"),
        (agent(id=2), event("AgentChanged", "agent", subject_id=1), "nothing"),
        (agent(), event("AgentInvited", "invitation"), "nothing"),
        (agent("admin"), event("AgentInvited", "invitation"), "all"),
        (agent(), event("RawMessageFailed", "raw"), "nothing"),
        (agent("lead"), event("RawMessageFailed", "raw"), "all"),
        (agent("admin"), event("Unheard", "something new"), "nothing"),
        (Actor(kind="customer", id=1, rights=rights_of("admin")), event(), "nothing"),
        (Actor(kind="agent", id=1), event(), "nothing"),
    ],
)
def test_who_may_hear_what(actor, what, hears):
    assert may_hear(actor, what) == hears


def test_a_ticket_that_left_says_nothing_but_that():
    message = as_message(event("TicketChanged", field="team", before="2", after="1"), "left")
    assert message["data"] == {}
    assert "actor" not in message
