"""Swarms: the right experts are called, one owner stays, and what was learned is kept."""

from datetime import timedelta

import pytest

from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.knowledge.models import Article
from hospes.routing import operations
from hospes.routing.models import AgentLoad, Swarm
from hospes.routing.queries import swarms as queries
from hospes.staff.models import AgentSkill, Presence, Skill
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Notification

MINUTE = timedelta(minutes=1)
SAID = {
    "problem": "The lid <b>leaks</b>.",
    "cause": "A bad seal.",
    "solution": "Change the seal.",
    "prevention": "Check.",
}


@pytest.fixture
def company(db):
    """A ticket of Ivo's, and people who know boilers more or less well and are here or not."""

    class Company:
        team = make_team("First line")
        ivo = make_agent("Ivo", teams=(team,))
        boilers = Skill.objects.create(name="Boilers")
        best, good, busy, away, limited = (
            make_agent(name, only_own_teams=name == "Limited") for name in ("Best", "Good", "Busy", "Away", "Limited")
        )
        ticket = receive().ticket

    made = Company()
    made.ticket = tickets.change_ticket(
        ticket=made.ticket, team=made.team, assignee=made.ivo, actor=desk_actor(made.ivo), now=NOON
    )
    levels = {made.best: 5, made.good: 3, made.busy: 5, made.away: 5, made.limited: 5, made.ivo: 5}
    for agent, level in levels.items():
        AgentSkill.objects.create(agent=agent, skill=made.boilers, level=level)
        state = "away" if agent == made.away else "online"
        Presence.objects.create(agent=agent, state=state, changed_at=NOON)
    AgentLoad.objects.create(agent=made.busy, units=60)
    return made


def start(company, **more):
    return operations.start_swarm(
        ticket=company.ticket,
        question="Why does it leak?",
        actor=desk_actor(company.ivo),
        now=NOON,
        **{"skills": [company.boilers], **more},
    )


def test_the_best_who_are_here_free_and_may_see_it_are_called(company):
    swarm = start(company)
    settle()
    assert [m.agent for m in queries.members_of(swarm)] == [company.best, company.good, company.busy]
    assert swarm.owner == company.ivo
    assert Notification.objects.filter(kind="swarm").count() == 3
    assert start_again_is_refused(company)


def start_again_is_refused(company):
    with pytest.raises(Conflict):
        start(company)
    return Swarm.objects.count() == 1


def test_the_room_keeps_who_came_what_was_said_and_when_the_first_expert_was_there(company):
    swarm = start(company)
    best = desk_actor(company.best)
    operations.say_in_swarm(swarm=swarm, text="Photos?", actor=desk_actor(company.ivo), now=NOON + MINUTE)
    assert Swarm.objects.get().first_expert_at is None
    operations.join_swarm(swarm=swarm, actor=best, now=NOON + 2 * MINUTE)
    operations.join_swarm(swarm=swarm, actor=best, now=NOON + 3 * MINUTE)
    operations.say_in_swarm(swarm=swarm, text="It is the seal.", actor=best, now=NOON + 4 * MINUTE)
    operations.leave_swarm(swarm=swarm, actor=best, now=NOON + 5 * MINUTE)
    assert Swarm.objects.get().first_expert_at == NOON + 2 * MINUTE
    assert [note.text for note in queries.notes_of(swarm)] == ["Photos?", "It is the seal."]
    assert EventRow.objects.filter(name="SwarmJoined").count() == 1
    with pytest.raises(NotFound):
        operations.leave_swarm(swarm=swarm, actor=best, now=NOON + 6 * MINUTE)
    with pytest.raises(NotFound):
        operations.say_in_swarm(swarm=swarm, text="Hi", actor=desk_actor(company.limited), now=NOON)


def test_a_solution_becomes_a_draft_article(company):
    swarm = start(company)
    with pytest.raises(InvalidInput) as refused:
        operations.end_swarm(swarm=swarm, problem="x", cause="", solution="y", actor=desk_actor(company.ivo), now=NOON)
    assert refused.value.field == "cause"
    operations.end_swarm(swarm=swarm, **SAID, actor=desk_actor(company.ivo), now=NOON + 10 * MINUTE)
    article = Article.objects.get()
    assert (article.state, article.origin_ticket_id, article.origin_swarm_id) == ("draft", company.ticket.pk, swarm.pk)
    assert "&lt;b&gt;" in article.body_html
    assert "Change the seal." in article.body_html
    with pytest.raises(Conflict):
        operations.say_in_swarm(swarm=swarm, text="Late", actor=desk_actor(company.best), now=NOON)
    assert start(company).pk != swarm.pk


def test_giving_up_needs_no_solution_and_makes_no_article(company):
    swarm = operations.end_swarm(swarm=start(company), solved=False, actor=desk_actor(company.ivo), now=NOON)
    assert (swarm.solved, Article.objects.count()) == (False, 0)


def test_light_agents_may_come_and_not_call(company):
    light = desk_actor(make_agent("Light", role="light"))
    with pytest.raises(NotAllowed):
        operations.start_swarm(ticket=company.ticket, question="?", actor=light, now=NOON)
    operations.join_swarm(swarm=start(company), actor=light, now=NOON)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://call.example/x", "call me", "https://", "https://["])
def test_a_call_is_a_secure_link(company, url):
    with pytest.raises(InvalidInput):
        start(company, call_url=url)


def test_the_figures_tell_how_soon_and_how_often(company):
    swarm = start(company)
    operations.join_swarm(swarm=swarm, actor=desk_actor(company.best), now=NOON + 2 * MINUTE)
    operations.end_swarm(swarm=swarm, **SAID, actor=desk_actor(company.ivo), now=NOON + 10 * MINUTE)
    other = receive("Another", sender="carl@customer.example", subject="Second").ticket
    operations.reuse_solution(swarm=Swarm.objects.get(), ticket=other, actor=desk_actor(company.ivo), now=NOON + MINUTE)
    figures = queries.swarm_figures(since=NOON - MINUTE, until=NOON + 60 * MINUTE)
    assert (figures.count, figures.solved, figures.first_expert, figures.solution, figures.reused) == (
        1,
        1,
        120,
        600,
        1,
    )
    assert figures.by_skill == [("Boilers", 1, 600)]
    assert figures.by_expert == [("Best", 1, 1)]
    assert Article.objects.get().uses == 1
    assert queries.swarm_figures(since=NOON + MINUTE, until=NOON + 60 * MINUTE).count == 0
