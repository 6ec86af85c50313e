"""A telephone network with two agents who have phones, for every test of calls."""

import pytest

from hospes.channels.voice.tests.telephone import Network
from hospes.routing.tests.company import person, queue
from hospes.staff.models import Agent
from hospes.testing.people import make_team
from hospes.testing.standin import standin

IVO, MARA = "+37129000001", "+37129000002"


@pytest.fixture
def provider(settings):
    """The provider, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def net(db, provider, monkeypatch):
    """The network, before anybody works here."""
    return Network(provider, monkeypatch)


@pytest.fixture
def team(net):
    """Two people of one team who are here, and a queue that brings them tickets."""
    found = make_team("Service")
    for name, number in (("Ivo", IVO), ("Mara", MARA)):
        agent = person(name, found)
        Agent.objects.filter(pk=agent.pk).update(phone=number)
    queue(team=found)
    return found
