"""Escalation by hand: up a tier or to whoever is on call, back down, who is responsible, who has it now."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.routing import events, tiers
from hospes.routing.models import HandOver, ResponsibilityOffer
from hospes.routing.operations.escalation_chain import stop_chain
from hospes.routing.operations.escalation_moves import Why, to_a_team, to_person, waited
from hospes.routing.queries.escalation import on_call_people, team_facts
from hospes.staff.models import Agent, Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket, lock_where_it_went
from hospes.tickets.policies import agent_may_see

LONGEST_NOTE = 5_000
FARTHEST = timedelta(days=3660)


@transaction.atomic
def escalate(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    wants: str,
    tried: str,
    promised: str,
    promised_until: datetime | None,
    to_tier: int | None = None,
    to_team: Team | None = None,
    on_call: bool = False,
    new_responsible: Agent | None = None,
    tell: bool = True,
) -> HandOver:
    """Hand a ticket up: to a team, to the team of a tier of the same line, or to the manager on call. It keeps its
    number, its history and whoever is responsible; `new_responsible` is asked to take that over. Raises InvalidInput
    (naming which of the three questions is not answered), NotAllowed, NotFound.
    """
    ticket = lock_ticket(ticket, actor, right="ticket.escalate")
    _check_open(ticket)
    why = Why(
        wants=_answered(wants, "wants", _("Write what the customer wants.")),
        tried=_answered(tried, "tried", _("Write what was tried so far.")),
        promised=_answered(promised, "promised", _("Write what was promised, or that nothing was.")),
        promised_until=promised_until,
        waited_seconds=waited(ticket, now),
        tell=tell,
    )
    if promised_until is None or promised_until.tzinfo is None or abs(promised_until - now) > FARTHEST:
        raise InvalidInput(_("Say until when something was promised."), field="promised_until")
    if on_call:
        people = on_call_people(now)
        if not people:
            raise InvalidInput(_("Nobody is on call, and there is no manager."), field="to")
        person = Agent.objects.get(pk=people[0].agent_id)
        made = to_person(ticket, person, why, actor=actor, now=now)
    else:
        made = to_a_team(ticket, _target(ticket, to_team, to_tier), why, actor=actor, now=now)
    if new_responsible is not None:
        offer_responsibility(ticket=ticket, to=new_responsible, note=wants, actor=actor, now=now)
    return made


def _check_open(ticket: Ticket) -> None:
    if not ticket.active:
        raise InvalidInput(_("Only open tickets can be handed over."), field="ticket")


def _answered(text: str, field: str, words: str) -> str:
    text = storable(text).strip()[:LONGEST_NOTE]
    if not text:
        raise InvalidInput(words, field=field)
    return text


def _target(ticket: Ticket, to_team: Team | None, to_tier: int | None) -> Team:
    if to_team is None:
        tier = to_tier or min(ticket.tier + 1, tiers.HIGHEST)
        found = tiers.target_team(team_facts(), current=_current(ticket), tier=tier)
        to_team = Team.objects.filter(pk=found).first() if found else None
        if to_team is None:
            raise InvalidInput(_("There is no other team of tier %(tier)d.") % {"tier": tier}, field="to")
    if to_team.archived_at is not None or to_team.back_office:
        raise InvalidInput(_("Choose one of the teams."), field="to")
    if to_team.pk == ticket.team_id:
        raise InvalidInput(_("This team has it already."), field="to")
    return to_team


def _current(ticket: Ticket) -> tiers.TeamFacts | None:
    return next((team for team in team_facts() if team.id == ticket.team_id), None)


@transaction.atomic
def de_escalate(
    *, ticket: Ticket, actor: Actor, now: datetime, note: str, to_team: Team | None = None, tell: bool = True
) -> HandOver:
    """Give a ticket back down, with what is to be done now: to `to_team`, else to the next lower tier of the line. When
    whoever is responsible works there, it comes straight back to them. Raises InvalidInput, NotAllowed, NotFound."""
    ticket = lock_ticket(ticket, actor, right="ticket.escalate")
    _check_open(ticket)
    note = _answered(note, "note", _("Write what is to be done now."))
    if to_team is None:
        lower = [tier for tier in reversed(tiers.TIERS) if tier < ticket.tier]
        teams, current = team_facts(), _current(ticket)
        found = next((pk for tier in lower if (pk := tiers.target_team(teams, current=current, tier=tier))), None)
        to_team = Team.objects.filter(pk=found).first() if found else None
    if to_team is None or to_team.back_office or to_team.archived_at is not None or to_team.tier >= ticket.tier:
        raise InvalidInput(_("There is no team of a lower tier to give it back to."), field="to")
    owner = Agent.objects.filter(pk=ticket.responsible_id or 0, is_active=True, memberships__team=to_team).first()
    made = HandOver.objects.create(
        ticket=ticket,
        kind=HandOver.Kind.DOWN,
        from_team_id=ticket.team_id,
        to_team=to_team,
        to_agent=owner,
        from_tier=ticket.tier,
        to_tier=to_team.tier,
        note=note,
        by_agent_id=actor.id if actor.kind == "agent" else None,
        by_name=storable(actor.name)[:200],
        tell=tell,
        at=now,
    )
    after = tickets.change_ticket(ticket=ticket, team=to_team, assignee=owner, tier=to_team.tier, actor=actor, now=now)
    event = events.TicketDeescalated(
        **ids_after(after),
        hand_over_id=made.pk,
        from_tier=made.from_tier,
        to_tier=made.to_tier,
        to_team_id=to_team.pk,
        to_name=to_team.name,
    )
    emit(event, actor=actor, now=now)
    return made


@transaction.atomic
def take_escalated(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Say "I have it now": it is mine, and the chain stops until the customer writes again."""
    ticket = lock_ticket(ticket, actor, right="ticket.reply")
    _check_open(ticket)
    me = Agent.objects.filter(pk=actor.own_id, is_active=True).first()
    if me is None:
        raise NotAllowed
    after = tickets.change_ticket(ticket=ticket, assignee=me, actor=actor, now=now)
    if stop_chain(after, by="taken", now=now):
        emit(events.EscalationTaken(**ids_after(after), agent_id=me.pk), actor=actor, now=now)
    return after


@transaction.atomic
def offer_responsibility(
    *, ticket: Ticket, to: Agent, actor: Actor, now: datetime, note: str = ""
) -> ResponsibilityOffer:
    """Ask somebody to become responsible. Nothing changes until they say yes; a former question is taken back. Whoever
    asks is responsible, or has the ticket and nobody is, or is a lead."""
    ticket = lock_ticket(ticket, actor, right="ticket.escalate")
    _check_open(ticket)
    mine = actor.own_id in (ticket.responsible_id, ticket.responsible_id or ticket.assignee_id)
    if not (actor.kind == "system" or mine or actor.may("work.manage")):
        raise NotAllowed(_("Only whoever is responsible, or a lead, can hand this over."))
    if not to.is_active or to.pk == ticket.responsible_id:
        raise InvalidInput(_("Choose somebody else who works here."), field="agent")
    withdraw(ticket, actor=actor, now=now)
    offer = ResponsibilityOffer.objects.create(
        ticket=ticket,
        from_agent_id=ticket.responsible_id,
        to_agent=to,
        note=storable(note).strip()[:LONGEST_NOTE],
        at=now,
    )
    emit(events.ResponsibilityOffered(**ids_after(ticket), offer_id=offer.pk, to_agent_id=to.pk), actor=actor, now=now)
    return offer


def withdraw(ticket: Ticket, *, actor: Actor, now: datetime) -> None:
    """Take an open question back."""
    for old in ResponsibilityOffer.objects.select_for_update().filter(ticket=ticket, state="open"):
        old.state, old.ended_at = ResponsibilityOffer.State.WITHDRAWN, now
        old.save(update_fields=["state", "ended_at"])
        event = events.ResponsibilityDeclined(
            **ids_after(ticket), offer_id=old.pk, from_agent_id=old.from_agent_id, withdrawn=True
        )
        emit(event, actor=actor, now=now)


@transaction.atomic
def answer_responsibility(*, offer: ResponsibilityOffer, accept: bool, actor: Actor, now: datetime) -> Ticket:
    """Yes or no to becoming responsible; only whoever was asked can say it. Raises Conflict when it was taken back."""
    ticket = lock_where_it_went(offer.ticket_id)
    kept = ResponsibilityOffer.objects.select_for_update().filter(pk=offer.pk).first()
    if kept is None or kept.to_agent_id != actor.own_id:
        raise NotFound
    if not (agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id)):
        raise NotFound
    if kept.state != ResponsibilityOffer.State.OPEN:
        raise Conflict(_("This was answered or taken back already."))
    kept.state = ResponsibilityOffer.State.ACCEPTED if accept else ResponsibilityOffer.State.DECLINED
    kept.ended_at = now
    kept.save(update_fields=["state", "ended_at"])
    if accept:
        return tickets.change_ticket(ticket=ticket, responsible=kept.to_agent, actor=actor, now=now)
    event = events.ResponsibilityDeclined(**ids_after(ticket), offer_id=kept.pk, from_agent_id=kept.from_agent_id)
    emit(event, actor=actor, now=now)
    return ticket
