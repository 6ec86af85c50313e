"""Tables of the tickets room, by topic."""

from hospes.tickets.models.message import (
    Attachment,
    Draft,
    Message,
    MessageSearch,
    SideConversation,
)
from hospes.tickets.models.setup import Category, Inbox, Macro, SavedView, Status, Tag
from hospes.tickets.models.ticket import (
    Notification,
    Participant,
    Priority,
    Ticket,
    TicketLink,
    TicketRead,
    TicketType,
)
from hospes.tickets.models.work import WorkOrder, WorkOrderTemplate

__all__ = [
    "Attachment",
    "Category",
    "Draft",
    "Inbox",
    "Macro",
    "Message",
    "MessageSearch",
    "Notification",
    "Participant",
    "Priority",
    "SavedView",
    "SideConversation",
    "Status",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketRead",
    "TicketType",
    "WorkOrder",
    "WorkOrderTemplate",
]
