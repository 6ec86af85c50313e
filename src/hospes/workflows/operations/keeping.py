"""A run and its ticket: opened when somebody has to know of it, with every answer on it."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.customers import operations as customer_operations
from hospes.tickets import operations as tickets
from hospes.tickets.models import Attachment, Inbox, Ticket
from hospes.tickets.operations.base import StoredFile, ids_after
from hospes.tickets.queries.portal import contact_inboxes
from hospes.tickets.queries.setup import active_inboxes
from hospes.workflows import events
from hospes.workflows.models import WorkflowRun
from hospes.workflows.operations.knowing import Knowledge, facts_to_keep


def own_actor(run: WorkflowRun) -> Actor:
    """The run itself as the one who does what its published steps say."""
    return Actor(kind="system", id=run.pk, name=run.workflow.name, via="workflow")


def file_tokens(run: WorkflowRun) -> list[str]:
    """The tokens of all files that were given as answers."""
    return [
        str(one["token"])
        for kept in run.answers.values()
        if isinstance(kept.get("value"), list)
        for one in kept["value"]
        if isinstance(one, dict) and "token" in one
    ]


def _inbox(knowledge: Knowledge) -> Inbox:
    wanted = str(knowledge.plan.raw.get("inbox") or "")
    found = active_inboxes().filter(address__iexact=wanted).first() if wanted else None
    found = found or next(iter(contact_inboxes()), None) or active_inboxes().first()
    if found is None:
        raise InvalidInput(_("There is no inbox yet in which this could be kept."), field="inbox")
    return found


def _identify(knowledge: Knowledge, *, now: datetime) -> None:
    """The customer behind the e-mail address that a guest gave. Raises InvalidInput (need-email) without one."""
    run = knowledge.run
    if run.customer is not None:
        return
    email = next(
        (
            str(run.answers[str(asked.get("key"))].get("value") or "")
            for _step, asked in knowledge.plan.inputs()
            if asked.get("kind") == "email" and str(asked.get("key")) in run.answers
        ),
        str(run.facts.get("_email") or ""),
    )
    if not email:
        raise InvalidInput(_("Write your e-mail address, so that we can answer you."), field="email", code="need-email")
    actor = Actor(kind="customer", name=email, via=run.channel)
    run.customer = customer_operations.recognise(
        kind="email", value=email, name=str(run.facts.get("_name") or ""), language=run.language, actor=actor, now=now
    )


def open_ticket(knowledge: Knowledge, *, now: datetime, words: str = "") -> Ticket:
    """The run's ticket, made when there is none yet: with everything said so far as the customer's message."""
    run = knowledge.run
    if run.ticket is not None:
        return run.ticket
    _identify(knowledge, now=now)
    assert run.customer is not None
    with override(run.language or knowledge.plan.language):
        subject = knowledge.text(knowledge.plan.raw.get("name")) or run.workflow.name
        text = summary_text(knowledge, words) or subject
    by_customer = run.by_kind == "customer"
    actor = Actor(kind="customer", id=run.customer.pk, name=run.customer.name, via=run.channel)
    files = _stored(run)
    run.ticket = tickets.create_ticket(
        inbox=_inbox(knowledge),
        customer=run.customer,
        subject=subject,
        text=text,
        files=files,
        language=run.language,
        channel="portal" if run.channel == "portal" else "",
        actor=actor if by_customer else own_actor(run),
        now=now,
    )
    run.facts["_noted"] = summary_text(knowledge)
    run.facts["_files"] = file_tokens(run)
    emit(
        events.WorkflowStarted(
            **ids_after(run.ticket), run_id=run.pk, workflow_id=run.workflow_id, label=run.workflow.name[:100]
        ),
        actor=actor if by_customer else own_actor(run),
        now=now,
    )
    return run.ticket


def _stored(run: WorkflowRun) -> list[StoredFile]:
    found = Attachment.objects.filter(token__in=file_tokens(run), owner=f"system:{run.pk}").order_by("id")
    return [StoredFile(a.name, a.content_type, a.size, a.file_key) for a in found]


def summary_text(knowledge: Knowledge, words: str = "") -> str:
    """Everything answered as plain text, one question a line, after the customer's own words."""
    lines = [f"{label}: {answer}" for label, answer in knowledge.summary()]
    return "\n\n".join(part for part in (words.strip(), "\n".join(lines)) if part)


def keep_answers(knowledge: Knowledge, *, now: datetime) -> None:
    """Write every answer into the ticket's fields and, once for each state of affairs, into one readable note."""
    run = knowledge.run
    if run.ticket is None or not run.answers:
        return
    ticket = Ticket.objects.select_related("inbox").get(pk=run.ticket.pk)
    fields = {**ticket.fields, **facts_to_keep(knowledge)}
    if run.facts.get("order_number"):
        fields["order"] = run.facts["order_number"]
    if fields != ticket.fields:
        ticket = tickets.change_ticket(ticket=ticket, actor=own_actor(run), now=now, fields=fields)
    run.ticket = ticket
    text = summary_text(knowledge)
    if not text or run.facts.get("_noted") == text:
        return
    kept = set(run.facts.get("_files") or ())
    mine = Attachment.objects.filter(token__in=file_tokens(run), owner=f"system:{run.pk}", message=None)
    uploads = [token for token in mine.values_list("token", flat=True) if token not in kept]
    head = _("Answers in “%(name)s”") % {"name": run.workflow.name}
    tickets.add_note(ticket=ticket, actor=own_actor(run), now=now, text=f"{head}\n\n{text}", uploads=uploads)
    run.ticket.refresh_from_db(fields=["updated_at", "version", "message_count"])
    run.facts["_noted"] = text
    run.facts["_files"] = sorted(kept | set(uploads))
