"""Work orders: opened, accepted, answered, sent back, closed. The answer stands on the ticket; its owner is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.core.text import storable
from hospes.staff.models import Agent, Team
from hospes.tickets import events, work_orders
from hospes.tickets.models import Message, Ticket, WorkOrder, WorkOrderTemplate
from hospes.tickets.operations.addresses import check_addresses
from hospes.tickets.operations.base import ids_after, index_message, lock_ticket, lock_where_it_went, take_uploads
from hospes.tickets.operations.work_mail import ask_outside, write_again
from hospes.tickets.operations.write import body_of


@transaction.atomic
def open_work_order(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    template: WorkOrderTemplate | None = None,
    subject: str = "",
    team: Team | None = None,
    agent: Agent | None = None,
    address: str = "",
    contact_name: str = "",
    text: str = "",
    values: Mapping[str, str] | None = None,
    due_at: datetime | None = None,
) -> WorkOrder:
    """Ask a team, an agent or an outsider (by mail, with a link of their own) to do something for a ticket.

    What is not given comes from the template. `values` are the template's fields by key. Raises InvalidInput (field
    "f1" and so on for a missing one), NotAllowed, NotFound.
    """
    ticket = lock_ticket(ticket, actor, right="work.open")
    if ticket.merged_into_id:
        raise InvalidInput(_("This ticket was merged. Work on the one it was merged into."), field="ticket")
    order = WorkOrder(ticket=ticket, template=template, opened_at=now, number=_free_number())
    order.owner_id = actor.id if actor.kind == "agent" else ticket.responsible_id or ticket.assignee_id
    _whom(order, template, team=team, agent=agent, address=address, contact_name=contact_name)
    _what(order, template, subject=subject, text=text, values=values or {})
    _by_when(order, template, due_at, now=now)
    order.save(force_insert=True)
    if order.outside:
        ask_outside(order, ticket, actor=actor, now=now)
    if template is not None:
        WorkOrderTemplate.objects.filter(pk=template.pk).update(uses=F("uses") + 1)
    emit(_opened(order, ticket), actor=actor, now=now)
    return order


def _free_number() -> str:
    while True:
        number = ids.ticket_number()
        if not WorkOrder.objects.filter(number=number).exists():
            return number


def _whom(
    order: WorkOrder,
    template: WorkOrderTemplate | None,
    *,
    team: Team | None,
    agent: Agent | None,
    address: str,
    contact_name: str,
) -> None:
    if team is None and agent is None and not address.strip() and template is not None:
        team, address, contact_name = template.team, template.address, contact_name or template.contact_name
    checked = check_addresses([address], field="address")
    if checked and (team or agent):
        raise InvalidInput(_("Choose a team, or write an outside address; one of the two."), field="team")
    if not checked and team is None and agent is None:
        raise InvalidInput(_("Choose who is to do it."), field="team")
    if team is not None and team.archived_at is not None:
        raise InvalidInput(_("Choose one of the teams."), field="team")
    if agent is not None and not agent.is_active:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    order.team, order.agent = team, agent
    order.address = checked[0] if checked else ""
    order.contact_name = " ".join(storable(contact_name).split())[:200]
    order.language = template.language if template is not None else ""


def _what(
    order: WorkOrder, template: WorkOrderTemplate | None, *, subject: str, text: str, values: Mapping[str, str]
) -> None:
    order.subject = " ".join(storable(subject or (template.name if template else "")).split())[:200]
    if not order.subject:
        raise InvalidInput(_("Write what is to be done."), field="subject")
    order.text = (storable(text).strip() or (template.text if template else ""))[:20_000]
    wanted = work_orders.fields_of(template.fields) if template else []
    given = {key: storable(str(value)) for key, value in values.items()}
    if gaps := work_orders.missing(wanted, given):
        raise InvalidInput(_("Fill in “%(field)s”.") % {"field": gaps[0].label}, field=gaps[0].key)
    order.fields = work_orders.filled(wanted, given)


def _by_when(order: WorkOrder, template: WorkOrderTemplate | None, due_at: datetime | None, *, now: datetime) -> None:
    span = timedelta(seconds=template.due_seconds) if template is not None else work_orders.USUAL
    order.due_at = due_at or now + span
    if order.due_at.tzinfo is None or not now < order.due_at <= now + work_orders.LATEST_DUE:
        raise InvalidInput(_("Choose a time that lies ahead."), field="due_at")
    order.next_at = work_orders.next_look(opened_at=now, due_at=order.due_at, warned=work_orders.QUIET)


def _opened(order: WorkOrder, ticket: Ticket, *, again: bool = False) -> events.WorkOrderOpened:
    template = order.template
    return events.WorkOrderOpened(
        **about(order, ticket),
        to_name=doer_of(order),
        due_at=order.due_at.isoformat(),
        due_seconds=round((order.due_at - order.opened_at).total_seconds()),
        business=template.business if template is not None else False,
        template_id=template.pk if template is not None else None,
        again=again,
    )


def about(order: WorkOrder, ticket: Ticket) -> dict[str, Any]:
    """What every event of an order says of it and of its ticket."""
    return {
        **ids_after(ticket),
        "work_order_id": order.pk,
        "number": order.number,
        "label": order.subject,
        "order_team_id": order.team_id,
        "order_agent_id": order.agent_id,
        "owner_id": order.owner_id,
    }


def doer_of(order: WorkOrder) -> str:
    """Who is to do it, by name."""
    if order.agent is not None:
        return order.agent.name
    return order.team.name if order.team is not None else order.contact_name or order.address


def lock_order(order: WorkOrder, actor: Actor, *, right: str = "") -> tuple[WorkOrder, Ticket]:
    """(the order, the ticket where its talk goes on) under their locks: the ticket first, as everywhere. Raises
    NotAllowed for a missing right, NotFound for an order that the actor may not see."""
    if right:
        actor.require(right)
    ticket = lock_where_it_went(order.ticket_id)
    locked = WorkOrder.objects.select_for_update(no_key=True).filter(pk=order.pk).first()
    if locked is None or not work_orders.may_see(
        actor,
        team_id=locked.team_id,
        agent_id=locked.agent_id,
        owner_id=locked.owner_id,
        ticket_team_id=ticket.team_id,
        ticket_assignee_id=ticket.assignee_id,
    ):
        raise NotFound
    return locked, ticket


def take_step(order: WorkOrder, step: str, *, now: datetime) -> None:
    """Move an order by the table of steps, with what follows for its timer and its link; the caller saves. Raises
    Conflict when somebody else was quicker."""
    then = work_orders.after(order.state, step)
    if then is None:
        raise Conflict(
            _("This work order is “%(state)s” already.") % {"state": order.get_state_display()}, state=order.state
        )
    order.state = then
    order.version += 1
    if then not in work_orders.RUNNING:
        order.next_at = None
    if then in work_orders.CLOSED:
        order.closed_at = now
        order.token_hash, order.token_sealed, order.token_expires_at = "", "", None


@transaction.atomic
def accept_work_order(*, order: WorkOrder, actor: Actor, now: datetime, by_name: str = "") -> WorkOrder:
    """Say that it will be done; an order for a team is theirs from now on who says so."""
    order, ticket = lock_order(order, actor, right="work.answer")
    take_step(order, "accept", now=now)
    order.accepted_at = now
    if actor.kind == "agent" and order.team_id and order.agent_id is None:
        order.agent_id = actor.id
    order.save()
    accepted = events.WorkOrderAccepted(**about(order, ticket), by_name=by_name or actor.name)
    emit(accepted, actor=actor, now=now)
    return order


@transaction.atomic
def answer_work_order(
    *,
    order: WorkOrder,
    actor: Actor,
    now: datetime,
    text: str,
    uploads: Sequence[str] = (),
    declined: bool = False,
) -> WorkOrder:
    """Answer (or decline with the reason): it comes back onto the ticket as a note. Raises InvalidInput, Conflict."""
    order, ticket = lock_order(order, actor, right="work.answer")
    take_step(order, "decline" if declined else "answer", now=now)
    _html, text = body_of("", text)
    note = Message(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        channel="desk",
        agent_id=actor.id if actor.kind == "agent" else None,
        author_name=storable(actor.name)[:200],
        text=f"{order.shown_number} · {order.subject}\n\n{text}",
        created_at=now,
    )
    note.save(force_insert=True)
    take_uploads(note, uploads, actor=actor)
    index_message(note, ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.message_count += 1
    ticket.save(update_fields=["updated_at", "version", "message_count"])
    keep_answer(order, ticket, note, text=text, by_name=actor.name, declined=declined, actor=actor, now=now)
    return order


def keep_answer(
    order: WorkOrder,
    ticket: Ticket,
    message: Message,
    *,
    text: str,
    by_name: str,
    declined: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Note on the order what its message says, save it and tell; the step has been taken."""
    order.answer, order.answered_by, order.answered_at = text[:50_000], storable(by_name)[:200], now
    order.save()
    happened: list[Event] = []
    if message.kind == Message.Kind.NOTE:
        happened.append(events.NoteAdded(**ids_after(ticket), message_id=message.pk))
    answered = events.WorkOrderAnswered(
        **about(order, ticket),
        message_id=message.pk,
        by_name=order.answered_by,
        declined=declined,
        late=now > order.due_at,
    )
    emit(*happened, answered, actor=actor, now=now)


@transaction.atomic
def ask_again(*, order: WorkOrder, actor: Actor, now: datetime, text: str, due_at: datetime | None = None) -> WorkOrder:
    """The answer does not do: the same order goes back with what is still wanted, and as much time as at first."""
    order, ticket = lock_order(order, actor, right="work.open")
    take_step(order, "ask_again", now=now)
    _html, text = body_of("", text)
    span = order.due_at - order.opened_at
    order.opened_at, order.warned = now, work_orders.QUIET
    order.text = f"{order.text}\n\n{text}".strip()[-20_000:]
    order.answered_at, order.accepted_at = None, None
    order.due_at = due_at or now + span
    if not now < order.due_at <= now + work_orders.LATEST_DUE:
        raise InvalidInput(_("Choose a time that lies ahead."), field="due_at")
    order.next_at = work_orders.next_look(opened_at=now, due_at=order.due_at, warned=work_orders.QUIET)
    order.save()
    if order.outside:
        write_again(order, ticket, text=text, actor=actor, now=now)
    emit(_opened(order, ticket, again=True), actor=actor, now=now)
    return order


@transaction.atomic
def close_work_order(*, order: WorkOrder, actor: Actor, now: datetime, cancel: bool = False) -> WorkOrder:
    """The answer is good (done), or it is no longer wanted (cancel). An outsider's link opens nothing from now on."""
    order, ticket = lock_order(order, actor, right="work.open")
    take_step(order, "cancel" if cancel else "finish", now=now)
    order.save()
    emit(events.WorkOrderClosed(**about(order, ticket), cancelled=cancel), actor=actor, now=now)
    return order


@transaction.atomic
def set_work_order_due(*, work_order_id: int, due_at: datetime, now: datetime, actor: Actor = SYSTEM) -> None:
    """Move the due time (service levels count it in service hours). Warnings already given for the old time are given
    anew when the new one lies ahead."""
    found = WorkOrder.objects.filter(pk=work_order_id).first()
    if found is None:
        return
    order, ticket = lock_order(found, actor)
    if not order.running or order.due_at == due_at:
        return
    order.due_at = due_at
    passed = work_orders.warning_due(opened_at=order.opened_at, due_at=due_at, warned=work_orders.QUIET, now=now)
    order.warned = min(order.warned, passed)
    order.next_at = work_orders.next_look(opened_at=order.opened_at, due_at=due_at, warned=order.warned)
    order.version += 1
    order.save()
    emit(events.WorkOrderDueChanged(**about(order, ticket), due_at=due_at.isoformat()), actor=actor, now=now)
