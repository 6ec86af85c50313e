"""What the API answers, for the OpenAPI document. `shapes.py` makes these by hand: checking each row again is slow."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hospes.api.inputs import Category, PriorityName

PublicId = int


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` is stable for programs, `detail` is for people, `field` names the input."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    errors: list[dict[str, str]] | None = None


class Named(BaseModel):
    """A thing by id and name."""

    id: PublicId
    name: str


class CustomerRef(BaseModel):
    """A customer, in short."""

    id: PublicId
    name: str
    vip: bool


class LastMessage(BaseModel):
    """The newest words of a ticket."""

    text: str
    from_customer: bool


class Ticket(BaseModel):
    """A ticket. `waiting_since` is when the customer began to wait for us."""

    id: PublicId
    number: str
    subject: str
    status: Category
    status_id: PublicId
    status_name: str = Field(description="The name of a company's own status; empty for a built-in one")
    priority: PriorityName
    type: str
    tags: list[str]
    assignee: Named | None
    team: Named | None
    customer: CustomerRef
    inbox_id: PublicId
    channel: str
    language: str
    fields: dict[str, Any]
    spam: bool
    last_message: LastMessage
    message_count: int
    version: int = Field(description="Give it back with a change to be refused when somebody else changed the ticket")
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    first_response_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    promised_at: datetime | None
    due_at: datetime | None = Field(description="The nearest of the due times below; null when none is running")
    first_response_due_at: datetime | None
    next_response_due_at: datetime | None
    resolution_due_at: datetime | None
    snoozed_until: datetime | None


class TicketPage(BaseModel):
    """A page of tickets; `next` is the cursor of the next one, null at the end."""

    items: list[Ticket]
    next: str | None


class ParticipantOut(BaseModel):
    """Somebody outside who takes part."""

    id: PublicId
    kind: Literal["requester", "cc"]
    address: str
    name: str
    customer_id: PublicId | None


class LinkOut(BaseModel):
    """Another ticket that belongs to this one."""

    id: PublicId
    kind: str
    number: str
    subject: str


class TicketDetails(Ticket):
    """A ticket with all around it."""

    inbox: Named
    merged_into: str | None
    split_from: str | None
    participants: list[ParticipantOut]
    links: list[LinkOut]


class AttachmentOut(BaseModel):
    """A file. Its content is at `/attachments/{token}/content`."""

    token: str
    name: str
    content_type: str
    size: int = Field(description="bytes")
    inline: bool
    content_id: str
    created_at: datetime


class Address(BaseModel):
    """A name and an address."""

    name: str
    address: str


class MessageOut(BaseModel):
    """One message. `text` is what is new in it; `quoted` and `signature` stand beside it. HTML is cleaned."""

    id: PublicId
    kind: Literal["incoming", "reply", "note", "side_out", "side_in"]
    channel: str
    author: Address
    agent_id: PublicId | None
    customer_id: PublicId | None
    subject: str
    text: str
    html: str
    quoted: str
    signature: str
    to: list[Address]
    cc: list[Address]
    message_id: str = Field(description="The channel's own id; for e-mail the Message-ID without brackets")
    automatic: bool
    delivery: Literal["none", "held", "queued", "sent", "failed", "bounced"]
    delivery_words: str
    created_at: datetime
    sent_at: datetime | None
    inbox_id: PublicId | None = Field(description="Where it came in or went out by; null for the ticket's own")
    public: bool = Field(description="Whether anybody can read it, as a comment below a post")
    delivered_at: datetime | None
    read_at: datetime | None
    edited_at: datetime | None
    withdrawn_at: datetime | None
    reactions: list[str]
    attachments: list[AttachmentOut]


class MessagePage(BaseModel):
    """A page of messages, oldest first."""

    items: list[MessageOut]
    next: str | None


class EventActor(BaseModel):
    """Who did it."""

    kind: Literal["agent", "customer", "system"]
    id: PublicId | None
    name: str


class EventOut(BaseModel):
    """Something that happened; `data` depends on its name."""

    id: PublicId
    name: str
    at: datetime
    actor: EventActor
    via: str
    data: dict[str, Any]


class EventPage(BaseModel):
    """A page of events, oldest first."""

    items: list[EventOut]
    next: str | None


class ContactPointOut(BaseModel):
    """A way to reach a customer."""

    id: PublicId
    kind: Literal["email", "phone", "handle"]
    value: str
    verified_at: datetime | None
    bounced_at: datetime | None


class CustomerOut(BaseModel):
    """A customer."""

    id: PublicId
    name: str
    company: Named | None
    language: str
    time_zone: str
    vip: bool
    notes: str
    fields: dict[str, Any]
    contact_points: list[ContactPointOut]
    preferred_channel: str
    preferred_by: Literal["", "customer", "agent", "learned"] = Field(description="How the preferred channel is known")
    merged_into_id: PublicId | None
    created_at: datetime
    updated_at: datetime


class CustomerPage(BaseModel):
    """A page of customers, newest first."""

    items: list[CustomerOut]
    next: str | None


class AgentOut(BaseModel):
    """Somebody who works here."""

    id: PublicId
    name: str
    email: str
    role: Literal["light", "agent", "lead", "manager", "admin"]
    active: bool
    language: str
    team_ids: list[PublicId]


class Me(AgentOut):
    """The token's owner, and what the token may do."""

    rights: list[str]
    only_own_teams: bool


class AgentPage(BaseModel):
    """A page of agents, by id."""

    items: list[AgentOut]
    next: str | None


class TeamOut(BaseModel):
    """A team."""

    id: PublicId
    name: str
    tier: int


class TeamPage(BaseModel):
    """Teams in use."""

    items: list[TeamOut]
    next: str | None


class TagPage(BaseModel):
    """Tags by id."""

    items: list[Named]
    next: str | None


class InboxOut(BaseModel):
    """Where contacts arrive."""

    id: PublicId
    name: str
    kind: str
    address: str
    team_id: PublicId | None
    language: str
    promise_hours: int


class InboxPage(BaseModel):
    """Inboxes in use."""

    items: list[InboxOut]
    next: str | None


class StatusOut(BaseModel):
    """A status within one of the six categories."""

    id: PublicId
    category: Category
    name: str
    builtin: bool


class StatusPage(BaseModel):
    """Statuses in use."""

    items: list[StatusOut]
    next: str | None


class MacroOut(BaseModel):
    """A ready answer."""

    id: PublicId
    name: str
    body_html: str
    language: str
    situation: str
    channel: str
    conditions: dict[str, Any]
    sharing: Literal["private", "team", "all"]
    actions: dict[str, Any]


class MacroPage(BaseModel):
    """Macros that the token's owner may use."""

    items: list[MacroOut]
    next: str | None
