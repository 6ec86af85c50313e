"""Calls by phone in the desk's window: it steers what the agent's own telephone carries."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from hospes.calls import policies
from hospes.calls.models import Call, CallOrder, CallPart
from hospes.calls.operations import base
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.staff.models import Agent
from hospes.testing.people import make_agent, make_team, receive
from hospes.tickets.models import Inbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    """Anna calls; Ivo's phone rings, Mara (of the repairs) has a phone, Zane has none."""
    now, ticket = clock.now(), receive().ticket
    repairs = make_team("Repairs")
    people = {"Ivo": ("+37129000001", ()), "Mara": ("+37129000002", (repairs,)), "Zane": ("", ())}
    for name, (number, teams) in people.items():
        agent = make_agent(name, teams=teams)
        Agent.objects.filter(pk=agent.pk).update(phone=number)
    inbox = Inbox.objects.create(name="Phone", kind="voice", address="+37167000000", created_at=now)
    made = base.begin_call(
        ticket=ticket, inbox=inbox, medium="phone", direction="in", actor=SYSTEM, now=now, provider_id="CA1"
    )
    base.ring(call=made, agent=Agent.objects.get(name="Ivo"), actor=SYSTEM, now=now)
    return made


def signed_in(name):
    client = Client()
    client.force_login(Agent.objects.get(name=name), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def talk(call):
    """Ivo picked up."""
    base.join(part=part("Ivo"), actor=SYSTEM, now=clock.now(), provider_id="CA2")
    return call


def part(name):
    return CallPart.objects.filter(agent__name=name).order_by("-id").first()


def do(call, name, what, **more):
    return signed_in(name).post(reverse("desk:call_window", args=[call.pk]), {"do": what, **more})


def test_opening_the_window_does_not_pick_up_the_phone(call):
    assert do(call, "Ivo", "answer").status_code == 200
    assert part("Ivo").state == policies.RINGING
    call.refresh_from_db()
    assert call.state == "ringing"


def test_a_colleague_who_comes_in_is_rung_on_their_own_phone(talk):
    assert do(talk, "Mara", "answer").status_code == 200
    assert (part("Mara").state, part("Mara").kind) == ("ringing", "expert")
    refused = do(talk, "Zane", "answer")
    assert refused.status_code == 422
    assert part("Zane") is None


def test_the_phone_is_declined_from_the_window(call):
    assert do(call, "Ivo", "hangup").status_code == 200
    assert part("Ivo").state == policies.MISSED


def test_hold_resume_notes_and_hanging_up(talk):
    assert do(talk, "Ivo", "hold").json()["state"] == "held"
    assert do(talk, "Ivo", "resume").json()["state"] == "talking"
    assert do(talk, "Ivo", "note", outcome="solved", notes="New lid").json()["saved"]
    assert do(talk, "Ivo", "hangup").json()["state"] == "ended"
    talk.refresh_from_db()
    assert (talk.outcome, talk.notes) == ("solved", "New lid")
    assert not CallOrder.objects.exclude(what__in=["ring", "hold", "resume", "hang_up"]).exists()


def test_a_warm_transfer_to_a_colleague_both_are_on_the_line_then_the_first_goes(talk):
    mara = Agent.objects.get(name="Mara")
    assert "Mara" in do(talk, "Ivo", "invite", agent=mara.pk).json()["message"]
    base.join(part=part("Mara"), actor=SYSTEM, now=clock.now(), provider_id="CA3")
    talk.refresh_from_db()
    assert talk.state == "talking"
    assert do(talk, "Ivo", "hangup").json()["state"] == "talking"
    talk.refresh_from_db()
    assert talk.agent == mara


def test_a_team_is_called_in_by_whoever_of_it_is_free(talk):
    from hospes.staff.models import Presence, Team

    team = Team.objects.get(name="Repairs")
    nobody = do(talk, "Ivo", "invite", agent=f"team-{team.pk}")
    assert nobody.status_code == 409
    now = clock.now()
    Presence.objects.update_or_create(
        agent=Agent.objects.get(name="Mara"), defaults={"state": "online", "changed_at": now}
    )
    assert do(talk, "Ivo", "invite", agent=f"team-{team.pk}").status_code == 200
    assert part("Mara").state == "ringing"
    assert do(talk, "Ivo", "invite", agent="team-0").status_code == 404


def test_who_has_no_phone_is_not_offered_and_not_rung(talk):
    page = signed_in("Ivo").get(reverse("desk:call_window", args=[talk.pk])).content.decode()
    for name, offered in (("Mara", True), ("Repairs", True), ("Zane", False)):
        assert (f">{name}</option>" in page) == offered
    assert 'data-do="hold"' in page
    assert 'data-do="mute"' not in page
    assert do(talk, "Ivo", "invite", agent=Agent.objects.get(name="Zane").pk).status_code == 422


def test_only_who_is_in_the_call_steers_it(talk):
    assert do(talk, "Mara", "hold").status_code == 404
    assert Call.objects.get().state == "talking"


def test_who_did_not_want_to_be_recorded_is_named_so_in_the_window_and_beside_the_talk(talk):
    window, panel = reverse("desk:call_window", args=[talk.pk]), reverse("desk:panels", args=[talk.ticket.number])
    words = "Not recorded, at the caller’s wish"
    agent = signed_in("Ivo")
    assert re.search(r'data-call="unrecorded"[^>]* hidden', agent.get(window).content.decode())
    beside = agent.get(panel, headers={"Hospes-Fragment": "1"}).content.decode()
    assert 'id="part-calls"' in beside
    assert words not in beside
    Call.objects.update(facts={**talk.facts, "consent": "no"})
    assert re.search(r'data-call="unrecorded" role="status">', agent.get(window).content.decode())
    assert words in agent.get(panel, headers={"Hospes-Fragment": "1"}).content.decode()
