"""What the desk's tests share: a small company, and browsers signed in as its people."""

import pytest
from django.test import Client

from hospes.core.actors import SYSTEM
from hospes.staff.models import Agent
from hospes.testing import people
from hospes.tickets import operations
from hospes.tickets.models import Ticket


def signed_in(agent: Agent) -> Client:
    """A browser in which this agent is signed in."""
    client = Client()
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def company(db):
    """Two teams, an inbox of the first one, and an agent of each role."""

    class Company:
        first = people.make_team("First line")
        second = people.make_team("Returns")
        inbox = people.make_inbox(team=first)
        ivo = people.make_agent("Ivo", teams=(first,))
        bek = people.make_agent("Bek", teams=(second,))
        limited = people.make_agent("Deniz", teams=(second,), only_own_teams=True)
        light = people.make_agent("Ara", role="light")
        lead = people.make_agent("Mina", role="lead")
        admin = people.make_agent("Ilze", role="admin")

    return Company


@pytest.fixture
def ticket(company) -> Ticket:
    """A ticket of Anna's about a kettle."""
    return people.receive(inbox=company.inbox).ticket


@pytest.fixture
def desk(company) -> Client:
    """Ivo's browser."""
    return signed_in(company.ivo)


@pytest.fixture
def change():
    """Change a ticket as the system does."""

    def run(ticket: Ticket, **changes):
        return operations.change_ticket(ticket=ticket, actor=SYSTEM, now=people.NOON, **changes)

    return run
