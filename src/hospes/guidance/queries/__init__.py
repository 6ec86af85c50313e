"""Every read of the guidance room, by topic."""

from hospes.guidance.queries.answers import MacroFigures, Suggestion, macro_figures, suggestions
from hospes.guidance.queries.playbooks import Playbook, playbook_figures, playbooks, versions
from hospes.guidance.queries.refusals import (
    current_for,
    get_refusal,
    in_force_for,
    messages_for_request,
    refusals,
)
from hospes.guidance.queries.signs import get_signs, newest_signs

__all__ = [
    "MacroFigures",
    "Playbook",
    "Suggestion",
    "current_for",
    "get_refusal",
    "get_signs",
    "in_force_for",
    "macro_figures",
    "messages_for_request",
    "newest_signs",
    "playbook_figures",
    "playbooks",
    "refusals",
    "suggestions",
    "versions",
]
