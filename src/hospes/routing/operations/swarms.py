"""Swarms: experts called into a hard case; one owner stays; what was learned is written down."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.events import Event, emit
from hospes.core.text import shorten, storable
from hospes.knowledge import operations as knowledge
from hospes.routing import events
from hospes.routing.models import Swarm, SwarmMember, SwarmNote
from hospes.routing.queries.swarms import Expert, experts_for
from hospes.staff.models import Agent, Skill
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket, lock_where_it_went
from hospes.tickets.policies import agent_may_see

LONGEST = 20_000


@transaction.atomic
def start_swarm(
    *,
    ticket: Ticket,
    question: str,
    actor: Actor,
    now: datetime,
    skills: Sequence[Skill] = (),
    people: Sequence[Agent] = (),
    call_url: str = "",
    most: int = 3,
) -> Swarm:
    """Call experts into a ticket: those named, and of each skill the best who are here and free, `most` in all. The
    ticket's owner stays its owner. Raises InvalidInput, Conflict when there is a swarm already."""
    ticket = lock_ticket(ticket, actor, right="swarm.start")
    if not ticket.active:
        raise InvalidInput(_("Only open tickets can have a swarm."), field="ticket")
    if Swarm.objects.filter(ticket=ticket, running=True).exists():
        raise Conflict(_("Experts are at work on this ticket already."))
    question = storable(question).strip()[:LONGEST]
    if not question:
        raise InvalidInput(_("Write what the experts shall find out."), field="question")
    owner_id = ticket.assignee_id or (actor.id if actor.kind == "agent" else ticket.responsible_id)
    swarm = Swarm.objects.create(
        ticket=ticket, owner_id=owner_id, question=question, call_url=_call(call_url), started_at=now
    )
    swarm.skills.set(skills)
    found = experts_for(ticket, [s.pk for s in skills], without={owner_id or 0, actor.own_id}, now=now)[:most]
    wanted = {one.agent_id: one for one in found}
    for agent in people:
        wanted.setdefault(agent.pk, Expert(agent.pk, agent.name))
    names = {skill.pk: skill.name for skill in skills}
    happened: list[Event] = [events.SwarmStarted(**ids_after(ticket), swarm_id=swarm.pk, invited=len(wanted))]
    happened += [_invited(swarm, ticket, one, names.get(one.skill_id or 0, ""), now=now) for one in wanted.values()]
    emit(*happened, actor=actor, now=now)
    return swarm


def _call(url: str) -> str:
    url = storable(url).strip()[:500]
    try:
        good = not url or (urlsplit(url).scheme == "https" and bool(urlsplit(url).netloc))
    except ValueError:  # brackets that are no address
        good = False
    if not good:
        raise InvalidInput(_("Give the link of the call; it begins with https://."), field="call_url")
    return url


def _invited(swarm: Swarm, ticket: Ticket, expert: Expert, skill: str, *, now: datetime) -> events.SwarmInvited:
    SwarmMember.objects.create(
        swarm=swarm, agent_id=expert.agent_id, skill_id=expert.skill_id, level=expert.level, invited_at=now
    )
    return events.SwarmInvited(**ids_after(ticket), swarm_id=swarm.pk, agent_id=expert.agent_id, skill=skill)


def _lock(swarm: Swarm, actor: Actor, *, running: bool = True) -> tuple[Swarm, Ticket]:
    ticket = lock_where_it_went(swarm.ticket_id)
    kept = Swarm.objects.select_for_update(no_key=True).filter(pk=swarm.pk).first()
    if kept is None or not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    if running and not kept.running:
        raise Conflict(_("The experts have finished already."))
    return kept, ticket


@transaction.atomic
def invite_to_swarm(*, swarm: Swarm, agent: Agent, actor: Actor, now: datetime) -> Swarm:
    """Call one more in."""
    actor.require("swarm.start")
    swarm, ticket = _lock(swarm, actor)
    if not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    if SwarmMember.objects.filter(swarm=swarm, agent=agent).exists():
        raise Conflict(_("%(name)s was called already.") % {"name": agent.name})
    emit(_invited(swarm, ticket, Expert(agent.pk, agent.name), "", now=now), actor=actor, now=now)
    return swarm


@transaction.atomic
def join_swarm(*, swarm: Swarm, actor: Actor, now: datetime) -> Swarm:
    """Come in, called or not; coming back is coming in again."""
    actor.require("swarm.join")
    swarm, ticket = _lock(swarm, actor)
    _come_in(swarm, ticket, actor, now=now)
    return swarm


def _come_in(swarm: Swarm, ticket: Ticket, actor: Actor, *, now: datetime) -> None:
    if actor.kind != "agent" or actor.id is None:
        raise NotAllowed
    member, made = SwarmMember.objects.get_or_create(swarm=swarm, agent_id=actor.id, defaults={"joined_at": now})
    if not made and member.joined_at is not None and member.left_at is None:
        return
    member.joined_at, member.left_at = member.joined_at or now, None
    member.save(update_fields=["joined_at", "left_at"])
    if swarm.first_expert_at is None and actor.id != swarm.owner_id:
        swarm.first_expert_at = now
        swarm.save(update_fields=["first_expert_at"])
    emit(events.SwarmJoined(**ids_after(ticket), swarm_id=swarm.pk, agent_id=actor.id), actor=actor, now=now)


@transaction.atomic
def leave_swarm(*, swarm: Swarm, actor: Actor, now: datetime) -> Swarm:
    """Go out (or say no to the call)."""
    swarm, ticket = _lock(swarm, actor)
    member = SwarmMember.objects.filter(swarm=swarm, agent_id=actor.own_id, left_at=None).first()
    if member is None:
        raise NotFound
    member.left_at = now
    member.save(update_fields=["left_at"])
    emit(events.SwarmLeft(**ids_after(ticket), swarm_id=swarm.pk, agent_id=actor.own_id), actor=actor, now=now)
    return swarm


@transaction.atomic
def say_in_swarm(*, swarm: Swarm, text: str, actor: Actor, now: datetime) -> SwarmNote:
    """Write in the side room. Whoever writes is in."""
    actor.require("swarm.join")
    swarm, ticket = _lock(swarm, actor)
    text = storable(text).strip()[:LONGEST]
    if not text:
        raise InvalidInput(_("Write something first."), field="text")
    if actor.id != swarm.owner_id:
        _come_in(swarm, ticket, actor, now=now)
    note = SwarmNote.objects.create(swarm=swarm, agent_id=actor.id, author_name=actor.name[:200], text=text, at=now)
    emit(events.SwarmNoteAdded(**ids_after(ticket), swarm_id=swarm.pk, note_id=note.pk), actor=actor, now=now)
    return note


@transaction.atomic
def end_swarm(
    *,
    swarm: Swarm,
    actor: Actor,
    now: datetime,
    solved: bool = True,
    problem: str = "",
    cause: str = "",
    solution: str = "",
    prevention: str = "",
) -> Swarm:
    """Finish. A solved case needs the problem, its cause and its solution in words; they become a draft article, so
    that the next one need not be hard. Raises InvalidInput, Conflict."""
    actor.require("swarm.start")
    swarm, ticket = _lock(swarm, actor)
    said = {"problem": problem, "cause": cause, "solution": solution, "prevention": prevention}
    said = {name: storable(text).strip()[:LONGEST] for name, text in said.items()}
    for name in ("problem", "cause", "solution") if solved else ():
        if not said[name]:
            raise InvalidInput(_("Write problem, cause and solution, so that others can use it."), field=name)
    for name, text in said.items():
        setattr(swarm, name, text)
    swarm.running, swarm.ended_at, swarm.solved = False, now, solved
    if solved:
        swarm.article = knowledge.create_article(
            title=shorten(said["problem"], 200),
            body_html=_article(said),
            origin_ticket_id=ticket.pk,
            origin_swarm_id=swarm.pk,
            actor=actor,
            now=now,
        )
    swarm.save()
    SwarmMember.objects.filter(swarm=swarm, left_at=None).update(left_at=now)
    seconds = round((now - swarm.started_at).total_seconds())
    event = events.SwarmEnded(
        **ids_after(ticket), swarm_id=swarm.pk, solved=solved, seconds=seconds, article_id=swarm.article_id
    )
    emit(event, actor=actor, now=now)
    return swarm


def _article(said: dict[str, str]) -> str:
    headings = {
        "problem": _("Problem"),
        "cause": _("Cause"),
        "solution": _("Solution"),
        "prevention": _("So that it does not happen again"),
    }
    parts = []
    for name, heading in headings.items():
        if said[name]:
            lines = "<br>".join(escape(line) for line in said[name].splitlines())
            parts.append(f"<h2>{escape(heading)}</h2><p>{lines}</p>")
    return "".join(parts)


@transaction.atomic
def reuse_solution(*, swarm: Swarm, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """The solution of a swarm helped with this ticket too."""
    ticket = lock_ticket(ticket, actor, right="ticket.note")
    if swarm.running or not swarm.solved or swarm.ticket_id == ticket.pk:
        raise InvalidInput(_("Choose a solution of another ticket."), field="swarm")
    if swarm.article_id:
        knowledge.count_use(article_id=swarm.article_id)
    event = events.SolutionReused(**ids_after(ticket), swarm_id=swarm.pk, from_ticket_id=swarm.ticket_id)
    emit(event, actor=actor, now=now)
