"""The audit log in words: every event as a sentence in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.models import EventRow
from hospes.desk.shapes.changes import Names, line_of
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import topics
from hospes.staff.models import Role

Data = Mapping[str, Any]

_SECURITY: Final[dict[str, Promise]] = {
    "signed-in": gettext_lazy("signed in"),
    "sign-in-failed": gettext_lazy("a sign-in with a wrong password"),
    "password-changed": gettext_lazy("changed the password"),
    "password-reset": gettext_lazy("set the password anew by a mailed link"),
    "totp-on": gettext_lazy("set up an authenticator app"),
    "totp-off": gettext_lazy("removed the authenticator app"),
    "passkey-added": gettext_lazy("added a passkey"),
    "passkey-removed": gettext_lazy("removed a passkey"),
    "recovery-codes": gettext_lazy("made new recovery codes"),
    "session-ended": gettext_lazy("signed out another device"),
}
_THINGS: Final[dict[str, Promise]] = {
    "inbox": gettext_lazy("the inbox"),
    "status": gettext_lazy("the status"),
    "tag": gettext_lazy("the tag"),
    "macro": gettext_lazy("the macro"),
    "view": gettext_lazy("the view"),
    "work-template": gettext_lazy("the template of work orders"),
}
_DONE: Final[dict[str, Promise]] = {
    "created": gettext_lazy("made %(thing)s %(name)s"),
    "changed": gettext_lazy("changed %(thing)s %(name)s"),
    "connected": gettext_lazy("changed how %(thing)s %(name)s reaches its provider"),
    "archived": gettext_lazy("put away %(thing)s %(name)s"),
    "deleted": gettext_lazy("deleted %(thing)s %(name)s"),
}


def _role(value: object) -> str:
    return str(Role(value).label) if value in Role.values else str(value)


def _setup(data: Data) -> str:
    thing = _THINGS.get(str(data.get("thing")), str(data.get("thing", "")))
    words = _DONE.get(str(data.get("what")), _DONE["changed"])
    return str(words) % {"thing": thing, "name": isolated(f"“{data.get('label', '')}”")}


def _delivery(data: Data) -> str:
    states = {
        "sent": _("a message was sent"),
        "failed": _("a message could not be sent"),
        "bounced": _("a message came back"),
        "queued": _("a message is sent again"),
    }
    return states.get(str(data.get("state")), _("a message: %(state)s") % {"state": data.get("state", "")})


def _noted(data: Data) -> str:
    what = {
        "delivered": _("a message reached the customer"),
        "read": _("the customer read a message"),
        "reaction": _("somebody put a reaction on a message"),
        "edited": _("the customer changed a message"),
        "withdrawn": _("the customer took a message back"),
    }
    return what.get(str(data.get("what")), _("a message: %(state)s") % {"state": data.get("what", "")})


# Translators: lines of the audit log; who did it stands before them.
_PHRASES: Final[dict[str, Callable[[Data], str]]] = {
    "TicketCreated": lambda d: _("opened the ticket"),
    "MessageReceived": lambda d: _("a message came in"),
    "ReplyQueued": lambda d: _("answered automatically") if d.get("automatic") else _("wrote an answer"),
    "NoteAdded": lambda d: _("wrote a note"),
    "AgentMentioned": lambda d: _("mentioned somebody in a note"),
    "DeliveryChanged": _delivery,
    "MessageNoted": _noted,
    "MessagesSeen": lambda d: _("read what the customer wrote"),
    "SetupChanged": _setup,
    "RawMessageFailed": lambda d: _("a message could not be understood"),
    "CustomerCreated": lambda d: _("a new customer"),
    "CustomerChanged": lambda d: _("changed the customer: %(what)s") % {"what": d.get("what", "")},
    "CustomersMerged": lambda d: _("merged two customers"),
    "CustomersUnmerged": lambda d: _("undid the merge of two customers"),
    "ContactPointBounced": lambda d: _("mail to %(address)s comes back") % {"address": isolated(d.get("address", ""))},
    "SenderBlocked": lambda d: _("blocked %(pattern)s") % {"pattern": isolated(d.get("pattern", ""))},
    "SenderUnblocked": lambda d: _("took the block off %(pattern)s") % {"pattern": isolated(d.get("pattern", ""))},
    "PortalSignedIn": lambda d: _("signed in to the customer's side"),
    "AgentJoined": lambda d: _("became an agent: %(role)s") % {"role": _role(d.get("role"))},
    "AgentChanged": lambda d: _("changed an agent: %(what)s") % {"what": d.get("what", "")},
    "AgentDeactivated": lambda d: _("ended an agent's access"),
    "AgentReactivated": lambda d: _("gave an agent access again"),
    "AgentInvited": lambda d: (
        _("invited %(email)s: %(role)s") % {"email": isolated(d.get("email", "")), "role": _role(d.get("role"))}
    ),
    "InvitationWithdrawn": lambda d: _("took an invitation back"),
    "TeamChanged": lambda d: _("made a team") if d.get("what") == "created" else _("changed a team"),
    "TokenCreated": lambda d: _("made the API token %(name)s") % {"name": isolated(f"“{d.get('token_name', '')}”")},
    "TokenRevoked": lambda d: _("revoked the API token %(name)s") % {"name": isolated(f"“{d.get('token_name', '')}”")},
    "AgentSecurity": lambda d: str(_SECURITY.get(str(d.get("what")), d.get("what", ""))),
}

# What can be asked for, and the events behind it.
_GROUPS: Final[dict[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "sign-in": (gettext_lazy("Sign-in and security"), ("AgentSecurity", "TokenCreated", "TokenRevoked")),
    "staff": (
        gettext_lazy("Staff and teams"),
        ("AgentJoined", "AgentChanged", "AgentDeactivated", "AgentReactivated", "AgentInvited", "InvitationWithdrawn",
         "TeamChanged"),
    ),
    "setup": (gettext_lazy("Set-up"), ("SetupChanged",)),
    "customers": (
        gettext_lazy("Customers"),
        ("CustomerCreated", "CustomerChanged", "CustomersMerged", "CustomersUnmerged", "SenderBlocked",
         "SenderUnblocked", "PortalSignedIn"),
    ),
    "tickets": (
        gettext_lazy("Changes to tickets"),
        ("TicketCreated", "TicketChanged", "TicketReopened", "TicketMerged", "TicketUnmerged", "TicketSplit",
         "TicketLinked", "TicketUnlinked", "ParticipantJoined", "ParticipantRemoved"),
    ),
    "messages": (
        gettext_lazy("Messages"),
        ("MessageReceived", "ReplyQueued", "ReplyWithdrawn", "NoteAdded", "DeliveryChanged", "MessageNoted",
         "MessagesSeen", "RawMessageFailed"),
    ),
}  # fmt: skip

_DOORS: Final[dict[str, Promise]] = {
    "desk": gettext_lazy("at the desk"),
    "api": gettext_lazy("by the API"),
    "mail": gettext_lazy("by e-mail"),
    "portal": gettext_lazy("at the customer's side"),
    "rule": gettext_lazy("by a rule"),
    "cli": gettext_lazy("from the command line"),
    "sign-in": gettext_lazy("at sign-in"),
    "account": gettext_lazy("on the account pages"),
    "setup": gettext_lazy("at set-up"),
    "invitation": gettext_lazy("by invitation"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, who, what, about what, through which door."""

    id: int
    at: datetime
    who: str
    what: str
    about: str
    number: str
    door: str


def groups() -> dict[str, tuple[str | Promise, tuple[str, ...]]]:
    """What can be asked for, by key: its label and the events behind it."""
    found = dict(_GROUPS)
    for topic in topics().values():
        if topic.group is not None:
            found[topic.group[0]] = (topic.group[1], (*topic.timeline, *topic.audit))
    return found


def sentence(row: EventRow, names: Names) -> str:
    """What happened; an event of a version that we do not know keeps its own name."""
    words = line_of(row, names)
    if not words and row.name in _PHRASES:
        words = _PHRASES[row.name](row.data)
    for topic in () if words else topics().values():
        if row.name in topic.audit:
            words = topic.audit[row.name](row.data)
    return words or row.name


def entries_of(rows: Iterable[EventRow], names: Names, numbers: Mapping[int, str]) -> list[Entry]:
    """Rows as lines; `numbers` are those of the tickets among them."""
    return [
        Entry(
            id=row.pk,
            at=row.at,
            who=row.actor_name or _("Hospes"),
            what=sentence(row, names),
            about=_about(row, names),
            number=numbers.get(row.subject_id or 0, "") if row.subject == "ticket" else "",
            door=str(_DOORS.get(row.via, row.via)),
        )
        for row in rows
    ]


def _about(row: EventRow, names: Names) -> str:
    """Whom it concerns, when that is not who did it."""
    if row.subject == "agent" and row.subject_id != row.actor_id:
        return names.agents.get(str(row.subject_id), "")
    if row.name == "TeamChanged":
        return names.teams.get(str(row.subject_id), "")
    return ""
