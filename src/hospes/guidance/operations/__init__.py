"""Every write of the guidance room, by topic. Import the operations from here."""

from hospes.guidance.operations.library import library, take_library
from hospes.guidance.operations.playbooks import save_playbook
from hospes.guidance.operations.refusals import (
    appeal_refusal,
    ask_refusal,
    decide_appeal,
    decide_refusal,
    end_refusal,
    notice_text,
    take_step,
    withdraw_refusal,
)
from hospes.guidance.operations.signs import dismiss_signs, note_playbook, read_message
from hospes.guidance.operations.uses import note_score

__all__ = [
    "appeal_refusal",
    "ask_refusal",
    "decide_appeal",
    "decide_refusal",
    "dismiss_signs",
    "end_refusal",
    "library",
    "note_playbook",
    "note_score",
    "notice_text",
    "read_message",
    "save_playbook",
    "take_library",
    "take_step",
    "withdraw_refusal",
]
