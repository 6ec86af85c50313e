"""Tables of the tickets room, by topic."""

from hospes.tickets.models.message import (
    Attachment,
    Draft,
    Message,
    MessageSearch,
    SideConversation,
)
from hospes.tickets.models.setup import Inbox, Macro, SavedView, Status, Tag
from hospes.tickets.models.ticket import Notification, Participant, Ticket, TicketLink, TicketRead

__all__ = [
    "Attachment",
    "Draft",
    "Inbox",
    "Macro",
    "Message",
    "MessageSearch",
    "Notification",
    "Participant",
    "SavedView",
    "SideConversation",
    "Status",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketRead",
]
