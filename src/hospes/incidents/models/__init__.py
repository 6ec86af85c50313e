"""Tables of the incidents room, by topic."""

from hospes.incidents.models.incident import Component, Incident, IncidentTicket, Suggestion
from hospes.incidents.models.telling import IncidentUpdate, Subscriber, Telling
from hospes.incidents.models.watching import Burst, StreamState, TermRate, TicketSign

__all__ = [
    "Burst",
    "Component",
    "Incident",
    "IncidentTicket",
    "IncidentUpdate",
    "StreamState",
    "Subscriber",
    "Suggestion",
    "Telling",
    "TermRate",
    "TicketSign",
]
