"""Agents, invitations, teams and tokens: who may, once, and until when."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, HospesError, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.staff import operations, queries
from hospes.staff.models import Agent, ApiToken, Invitation
from hospes.staff.policies import RIGHTS
from hospes.testing.people import NOON, PASSWORD, desk_actor, make_agent, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Agent:
    return make_agent("Ada", role="admin")


def names() -> list[str]:
    return list(EventRow.objects.order_by("id").values_list("name", flat=True))


def test_the_first_admin_is_made_once():
    first = operations.create_first_admin(
        email="Ada@Demo.EXAMPLE", name="Ada", password=PASSWORD, actor=SYSTEM, now=NOON
    )
    assert (first.role, first.email) == ("admin", "Ada@demo.example")
    with pytest.raises(NotAllowed):
        operations.create_first_admin(email="eve@x.example", name="Eve", password=PASSWORD, actor=SYSTEM, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_row_11_two_set_up_pages_sent_at_once_make_one_admin():
    together, outcomes = threading.Barrier(4), []

    def set_up(number):
        together.wait(10)
        try:
            operations.create_first_admin(
                email=f"a{number}@demo.example", name="A", password=PASSWORD, actor=SYSTEM, now=NOON
            )
            outcomes.append("made")
        except NotAllowed:
            outcomes.append("refused")
        connection.close()

    run_all(set_up, 4)
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    assert Agent.objects.count() == 1


def run_all(function, count):
    threads = [threading.Thread(target=function, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_dismiss_each_other_at_once():
    pair = [make_agent("Ada", role="admin"), make_agent("Bea", role="admin")]
    together, outcomes = threading.Barrier(2), []

    def dismiss(number):
        actor = desk_actor(pair[number])
        together.wait(10)
        try:
            operations.change_agent(agent=pair[1 - number], role="agent", actor=actor, now=NOON)
            outcomes.append("done")
        except InvalidInput:
            outcomes.append("refused")
        connection.close()

    run_all(dismiss, 2)
    assert sorted(outcomes) == ["done", "refused"]
    assert Agent.objects.filter(role="admin").count() == 1


def test_the_last_admin_stays(admin):
    actor = desk_actor(admin)
    for attempt in (
        lambda: operations.change_agent(agent=admin, role="agent", actor=actor, now=NOON),
        lambda: operations.deactivate_agent(agent=admin, actor=actor, now=NOON),
    ):
        with pytest.raises(InvalidInput, match="stay admin"):
            attempt()
    other = make_agent("Bea", role="admin")
    operations.deactivate_agent(agent=admin, actor=desk_actor(other), now=NOON)
    with pytest.raises(InvalidInput):
        operations.change_agent(agent=other, role="lead", actor=desk_actor(other), now=NOON)


@pytest.mark.parametrize("role", ["light", "agent", "lead", "manager"])
def test_only_admins_manage_staff(role, admin):
    actor = desk_actor(make_agent("Ivo", role=role))
    team = make_team()
    invitation, _token = operations.invite(email="n@x.example", name="", role="agent", actor=SYSTEM, now=NOON)
    for attempt in (
        lambda: operations.create_agent(email="a@b.example", name="A", role="agent", actor=actor, now=NOON),
        lambda: operations.change_agent(agent=admin, role="agent", actor=actor, now=NOON),
        lambda: operations.deactivate_agent(agent=admin, actor=actor, now=NOON),
        lambda: operations.reactivate_agent(agent=admin, actor=actor, now=NOON),
        lambda: operations.invite(email="a@b.example", name="", role="admin", actor=actor, now=NOON),
        lambda: operations.withdraw_invitation(invitation=invitation, actor=actor, now=NOON),
        lambda: operations.create_team(name="New", actor=actor, now=NOON),
        lambda: operations.change_team(team=team, name="New", actor=actor, now=NOON),
        lambda: operations.create_api_token(agent=admin, name="x", actor=actor, now=NOON),
        lambda: operations.change_own_preferences(agent=admin, theme="dark", actor=actor, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            attempt()


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "no address"), ("name", "  "), ("role", "king"), ("password", "short"), ("language", "klingon")],
)
def test_an_agent_is_made_of_good_input_only(field, value):
    given = {"email": "a@b.example", "name": "A", "role": "agent", "password": PASSWORD, field: value}
    with pytest.raises(InvalidInput) as refused:
        operations.create_agent(**given, actor=SYSTEM, now=NOON)
    assert refused.value.field == field
    assert not Agent.objects.exists()


def test_an_address_belongs_to_one_agent_whatever_its_case():
    make_agent("Ivo")
    with pytest.raises(Conflict):
        operations.create_agent(email="IVO@demo.example", name="Ivo", role="agent", actor=SYSTEM, now=NOON)
    assert queries.agent_by_email("iVo@Demo.example").name == "Ivo"


def test_a_change_of_rights_counts_at_once_and_is_told(admin):
    team, agent = make_team(), make_agent("Ivo", role="agent")
    before = agent.rights_version
    operations.change_agent(
        agent=agent, role="light", teams=[team], only_own_teams=True, actor=desk_actor(admin), now=NOON
    )
    agent.refresh_from_db()
    assert agent.rights_version == before + 1
    actor = desk_actor(agent)
    assert actor.rights == RIGHTS["light"]
    assert actor.team_ids == {team.pk}
    assert names()[-1] == "AgentChanged"
    with pytest.raises(InvalidInput):
        operations.change_agent(agent=agent, is_active=False, actor=SYSTEM, now=NOON)
    with pytest.raises(InvalidInput):
        operations.change_agent(agent=agent, name="\x00", actor=SYSTEM, now=NOON)


def test_row_11_somebody_who_left_can_do_nothing(admin):
    agent = make_agent("Ivo")
    _token, text = operations.create_api_token(agent=agent, name="x", actor=desk_actor(agent), now=NOON)
    operations.deactivate_agent(agent=agent, actor=desk_actor(admin), now=NOON)
    agent.refresh_from_db()
    assert queries.agent_of_token(text, now=NOON) is None
    assert desk_actor(agent).rights == frozenset()
    assert queries.agent_by_email(agent.email) is None
    with pytest.raises(InvalidInput):
        operations.create_api_token(agent=agent, name="x", actor=desk_actor(admin), now=NOON)
    operations.reactivate_agent(agent=agent, actor=desk_actor(admin), now=NOON)
    assert queries.agent_of_token(text, now=NOON) is None


def test_own_preferences_are_checked_and_a_signature_is_cleaned():
    agent = make_agent("Ivo")
    actor = desk_actor(agent)
    changed = operations.change_own_preferences(
        agent=agent, actor=actor, now=NOON, name=" Ivo  B. ", language="fa", time_zone="Asia/Tehran",
        signature_html='<b>Ivo</b><script>alert(1)</script><img src=x onerror="alert(1)">',
    )  # fmt: skip
    assert changed.name == "Ivo B."
    assert "<b>Ivo</b>" in changed.signature_html
    assert "script" not in changed.signature_html
    assert "onerror" not in changed.signature_html
    for field, value in [
        ("language", "xx"), ("time_zone", "Mars/Base"), ("theme", "pink"), ("name", ""), ("notify", []),
        ("role", "admin"),
    ]:  # fmt: skip
        with pytest.raises(InvalidInput):
            operations.change_own_preferences(agent=agent, actor=actor, now=NOON, **{field: value})


def test_row_11_an_invitation_works_once_within_a_day(admin):
    invitation, token = operations.invite(
        email="New@demo.example", name="New", role="lead", teams=[make_team()], actor=desk_actor(admin), now=NOON
    )
    assert token not in str(Invitation.objects.values().get(pk=invitation.pk))
    with pytest.raises(NotFound):
        accept(token, NOON + timedelta(hours=24, seconds=1))
    with pytest.raises(NotFound):
        accept(token + "x", NOON)
    with pytest.raises(InvalidInput):
        operations.accept_invitation(token=token, name="", password="short", now=NOON)
    agent = accept(token, NOON + timedelta(hours=23))
    assert (agent.role, agent.teams.count()) == ("lead", 1)
    with pytest.raises(HospesError):
        accept(token, NOON)


def accept(token, now):
    return operations.accept_invitation(token=token, name="New", password=PASSWORD, now=now)


def test_row_11_a_withdrawn_or_replaced_invitation_is_useless(admin):
    actor = desk_actor(admin)
    invitation, first = operations.invite(email="n@x.example", name="", role="agent", actor=actor, now=NOON)
    _again, second = operations.invite(email="N@x.example", name="", role="agent", actor=actor, now=NOON)
    with pytest.raises(NotFound):
        accept(first, NOON)
    operations.withdraw_invitation(invitation=_again, actor=actor, now=NOON)
    with pytest.raises(NotFound):
        accept(second, NOON)
    told = names()
    operations.withdraw_invitation(invitation=invitation, actor=actor, now=NOON)
    assert names() == told


@pytest.mark.django_db(transaction=True)
def test_row_11_an_invitation_accepted_twice_at_once_makes_one_agent():
    _invitation, token = operations.invite(email="n@x.example", name="N", role="agent", actor=SYSTEM, now=NOON)
    together, outcomes = threading.Barrier(3), []

    def take(_number):
        together.wait(10)
        try:
            accept(token, NOON)
            outcomes.append("made")
        except HospesError:
            outcomes.append("refused")
        connection.close()

    run_all(take, 3)
    assert sorted(outcomes) == ["made", "refused", "refused"]


def test_nobody_is_invited_who_is_here(admin):
    with pytest.raises(Conflict):
        operations.invite(email="ADA@demo.example", name="", role="agent", actor=desk_actor(admin), now=NOON)


def test_teams_have_names_of_their_own(admin):
    actor = desk_actor(admin)
    team = operations.create_team(name=" First  line ", actor=actor, now=NOON)
    assert team.name == "First line"
    with pytest.raises(Conflict):
        operations.create_team(name="First line", actor=actor, now=NOON)
    with pytest.raises(InvalidInput):
        operations.create_team(name="", actor=actor, now=NOON)
    other = operations.create_team(name="Second", tier=2, actor=actor, now=NOON)
    with pytest.raises(Conflict):
        operations.change_team(team=other, name="First line", actor=actor, now=NOON)
    operations.change_team(team=other, archived=True, actor=actor, now=NOON)
    assert list(queries.teams()) == [team]


def test_an_api_token_works_until_it_is_revoked_or_too_old(admin):
    agent = make_agent("Ivo")
    token, text = operations.create_api_token(
        agent=agent, name="", expires_at=NOON + timedelta(days=1), actor=desk_actor(agent), now=NOON
    )
    assert text not in str(ApiToken.objects.values().get())
    found = queries.agent_of_token(text, now=NOON)
    assert found is not None
    assert found[0] == agent
    assert ApiToken.objects.get().last_used_at == NOON
    assert queries.agent_of_token(text, now=NOON + timedelta(days=1)) is None
    assert queries.agent_of_token("hsp_\x00", now=NOON) is None
    with pytest.raises(NotAllowed):
        operations.revoke_api_token(token=token, actor=desk_actor(make_agent("Eve")), now=NOON)
    operations.revoke_api_token(token=token, actor=desk_actor(admin), now=NOON)
    assert queries.agent_of_token(text, now=NOON) is None
    assert list(queries.tokens_of(agent)) == []
    with pytest.raises(InvalidInput):
        operations.create_api_token(agent=agent, name="x", expires_at=NOON, actor=desk_actor(agent), now=NOON)


def test_a_customer_is_no_agent():
    customer = Actor(kind="customer", id=1)
    with pytest.raises(NotAllowed):
        operations.create_team(name="x", actor=customer, now=NOON)
