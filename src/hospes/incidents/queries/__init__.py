"""Every read of the incidents room, by topic."""

from hospes.incidents.queries.incidents import (
    active_incidents,
    bursts_open,
    components,
    get_burst,
    get_incident,
    incidents,
    incidents_of_ticket,
    linked_page,
    suggestions_of,
    suggestions_of_ticket,
    tickets_of_burst,
    updates_of,
)
from hospes.incidents.queries.progress import Audience, Progress, audience, places_of, progress_of, subscribers_of
from hospes.incidents.queries.public import Shown, public_incident, public_incidents, status_now
from hospes.incidents.queries.review import Review, review_of

__all__ = [
    "Audience",
    "Progress",
    "Review",
    "Shown",
    "active_incidents",
    "audience",
    "bursts_open",
    "components",
    "get_burst",
    "get_incident",
    "incidents",
    "incidents_of_ticket",
    "linked_page",
    "places_of",
    "progress_of",
    "public_incident",
    "public_incidents",
    "review_of",
    "status_now",
    "subscribers_of",
    "suggestions_of",
    "suggestions_of_ticket",
    "tickets_of_burst",
    "updates_of",
]
