"""What conditions can ask about a ticket, its customer, a message, and the moment."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.conditions import Field
from hospes.core.facts import About, provide
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Inbox, Message, Status, Tag, Ticket
from hospes.tickets.models.setup import Category
from hospes.tickets.models.ticket import Priority, TicketType
from hospes.tickets.ways import channel_choices

SEARCHED = 100_000
TICKET = gettext_lazy("Ticket")
CUSTOMER = gettext_lazy("Customer")
MESSAGE = gettext_lazy("Message")
TIME = gettext_lazy("Time")


def _languages() -> list[tuple[Any, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def _inboxes() -> list[tuple[Any, str]]:
    return list(Inbox.objects.filter(archived_at=None).values_list("pk", "name"))


def _teams() -> list[tuple[Any, str]]:
    return list(Team.objects.filter(archived_at=None).values_list("pk", "name"))


def _agents() -> list[tuple[Any, str]]:
    return list(Agent.objects.filter(is_active=True).values_list("pk", "name"))


def _channels() -> list[tuple[Any, str]]:
    return list(channel_choices(origins=True))


def _statuses() -> list[tuple[Any, str]]:
    return [(s.pk, s.label) for s in Status.objects.filter(archived_at=None)]


def _tags() -> list[tuple[Any, str]]:
    return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:500]]


def _weekdays() -> list[tuple[Any, str]]:
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return list(enumerate(names, start=1))


def _pairs(choices: Any) -> Any:
    return lambda: [(value, str(label)) for value, label in choices.choices]


def _ticket_fields() -> list[Field]:
    return [
        Field("ticket.subject", gettext_lazy("the subject"), "text", group=TICKET),
        Field("ticket.category", gettext_lazy("the state"), "choice", _pairs(Category), group=TICKET),
        Field("ticket.status", gettext_lazy("the status"), "choice", _statuses, group=TICKET),
        Field("ticket.priority", gettext_lazy("the priority"), "choice", _pairs(Priority), group=TICKET),
        Field("ticket.type", gettext_lazy("the type"), "choice", _pairs(TicketType), group=TICKET),
        Field("ticket.tags", gettext_lazy("the list of tags"), "set", _tags, group=TICKET),
        Field("ticket.inbox", gettext_lazy("the inbox"), "choice", _inboxes, group=TICKET),
        Field("ticket.channel", gettext_lazy("the channel"), "choice", _channels, group=TICKET),
        Field("ticket.language", gettext_lazy("the language"), "choice", _languages, group=TICKET),
        Field("ticket.product", gettext_lazy("the product"), "text", group=TICKET),
        Field("ticket.team", gettext_lazy("the team"), "choice", _teams, group=TICKET),
        Field("ticket.assignee", gettext_lazy("the owner"), "choice", _agents, group=TICKET),
        Field("ticket.tier", gettext_lazy("the tier"), "number", group=TICKET),
        Field("ticket.spam", gettext_lazy("it is spam"), "yes_no", group=TICKET),
        Field("ticket.messages", gettext_lazy("the number of messages"), "number", group=TICKET),
        Field("ticket.created_at", gettext_lazy("its opening"), "moment", group=TICKET),
        Field("ticket.updated_at", gettext_lazy("its last change"), "moment", group=TICKET),
        Field("ticket.waiting_since", gettext_lazy("the customer’s last unanswered message"), "moment", group=TICKET),
        Field("ticket.first_response_at", gettext_lazy("the first answer"), "moment", group=TICKET),
        Field("ticket.solved_at", gettext_lazy("its solution"), "moment", group=TICKET),
        Field("ticket.due_at", gettext_lazy("the nearest due time"), "moment", group=TICKET),
    ]


def _ticket_facts(about: About) -> Mapping[str, Any]:
    ticket: Ticket | None = about.ticket
    if ticket is None:
        return {}
    facts: dict[str, Any] = {
        f"ticket.{name}": getattr(ticket, name)
        for name in (
            "subject", "category", "priority", "type", "channel", "language", "product", "tier", "spam", "created_at",
            "updated_at", "waiting_since", "first_response_at", "solved_at", "due_at",
        )
    }  # fmt: skip
    facts |= {f"ticket.field.{name}": value for name, value in ticket.fields.items()}
    return facts | {
        "ticket.status": ticket.status_id,
        "ticket.inbox": ticket.inbox_id,
        "ticket.team": ticket.team_id,
        "ticket.assignee": ticket.assignee_id,
        "ticket.messages": ticket.message_count,
        "ticket.tags": [tag.name for tag in ticket.tags.all()],
    }


def _customer_fields() -> list[Field]:
    return [
        Field("customer.name", gettext_lazy("the customer’s name"), "text", group=CUSTOMER),
        Field("customer.vip", gettext_lazy("the customer is a VIP"), "yes_no", group=CUSTOMER),
        Field("customer.language", gettext_lazy("the customer’s language"), "choice", _languages, group=CUSTOMER),
        Field("customer.company", gettext_lazy("the customer’s company"), "text", group=CUSTOMER),
        Field("customer.email", gettext_lazy("the customer’s e-mail addresses"), "set", group=CUSTOMER),
        Field("customer.created_at", gettext_lazy("the customer’s first contact"), "moment", group=CUSTOMER),
        Field("customer.open_tickets", gettext_lazy("the customer’s open tickets"), "number", group=CUSTOMER),
    ]


def _customer_facts(about: About) -> Mapping[str, Any]:
    customer = about.customer or (about.ticket.customer if about.ticket is not None else None)
    if customer is None:
        return {}
    facts: dict[str, Any] = {
        "customer.name": customer.name,
        "customer.vip": customer.vip,
        "customer.language": customer.language,
        "customer.company": customer.company.name if customer.company_id else "",
        "customer.created_at": customer.created_at,
        "customer.email": [p.value for p in customer.contact_points.all() if p.kind == "email"],
        "customer.open_tickets": Ticket.objects.filter(customer=customer, active=True).count(),
    }
    return facts | {f"customer.field.{name}": value for name, value in customer.fields.items()}


def _message_fields() -> list[Field]:
    kinds = lambda: [(value, str(label)) for value, label in Message.Kind.choices]  # noqa: E731
    return [
        Field("message.text", gettext_lazy("the text of the message"), "words", group=MESSAGE),
        Field("message.kind", gettext_lazy("the kind of message"), "choice", kinds, group=MESSAGE),
        Field("message.from", gettext_lazy("the sender’s address"), "text", group=MESSAGE),
        Field("message.subject", gettext_lazy("the subject of the message"), "text", group=MESSAGE),
        Field("message.automatic", gettext_lazy("the message came from a machine"), "yes_no", group=MESSAGE),
        Field("message.attachments", gettext_lazy("the number of attached files"), "number", group=MESSAGE),
    ]


def _message_facts(about: About) -> Mapping[str, Any]:
    message: Message | None = about.message
    if message is None and about.ticket is not None:
        incoming = Message.objects.filter(ticket_id=about.ticket.pk, kind=Message.Kind.INCOMING)
        message = incoming.order_by("-id").first()
    if message is None:
        return {}
    return {
        "message.text": message.text[:SEARCHED],
        "message.kind": message.kind,
        "message.from": message.author_address,
        "message.subject": message.subject,
        "message.automatic": message.automatic or bool(message.auto_kind),
        "message.attachments": message.attachments.count(),
    }


def _time_fields() -> list[Field]:
    return [
        Field("time.weekday", gettext_lazy("the day of the week"), "choice", _weekdays, group=TIME),
        Field("time.hour", gettext_lazy("the hour"), "number", group=TIME),
        Field("time.date", gettext_lazy("the date"), "moment", group=TIME),
    ]


def _time_facts(about: About) -> Mapping[str, Any]:
    local = timezone.localtime(about.now, ZoneInfo(settings.TIME_ZONE))
    return {"time.weekday": local.isoweekday(), "time.hour": local.hour, "time.date": about.now}


provide("ticket", _ticket_fields, _ticket_facts)
provide("customer", _customer_fields, _customer_facts)
provide("message", _message_fields, _message_facts)
provide("time", _time_fields, _time_facts)
