"""How the demo begins: after an interruption it goes on, and it never comes where somebody works."""

from datetime import timedelta

import pytest

from hospes.config import demo
from hospes.config.demo import living
from hospes.config.folder import Refused
from hospes.staff.models import Agent
from hospes.testing.people import NOON, make_agent
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db
TINY = {"progress": False, "tickets": 30, "customers": 20, "days": 5, "now": NOON}


def test_whoever_is_interrupted_goes_on(monkeypatch):
    class Interrupted(Exception):
        pass

    def interrupt(*args, **more):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(living, "enliven", interrupt)
        with pytest.raises(Interrupted):
            demo.fill(**TINY)
    assert Agent.objects.count() == len(demo.sign_ins())  # people can sign in already
    assert not Ticket.objects.exists()
    assert demo.fill(**TINY) is True
    assert Agent.objects.count() == len(demo.sign_ins())
    told = Ticket.objects.count()
    assert told >= 30  # the topics open a few of their own
    assert demo.fill(**TINY) is False
    assert Ticket.objects.count() == told


def test_it_never_comes_into_a_company_that_works():
    make_agent("Ivo")
    with pytest.raises(Refused, match="Somebody works here"):
        demo.fill(**TINY)
    assert Agent.objects.count() == 1


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 60))])
def test_it_comes_whatever_the_dice_say_at_any_hour(seed):
    now = NOON + timedelta(hours=7 * seed, minutes=13 * seed)
    assert demo.fill(**{**TINY, "now": now}, seed=seed) is True
