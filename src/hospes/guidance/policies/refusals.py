"""The way of a refusal of service: which steps there are, who may take them, what a request needs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput

STEPS: Final[dict[tuple[str, str], str]] = {
    ("asked", "approve"): "approved",
    ("asked", "decline"): "declined",
    ("asked", "withdraw"): "withdrawn",
    ("approved", "end"): "ended",
    ("approved", "appeal"): "appealed",
    ("appealed", "keep"): "approved",
    ("appealed", "lift"): "ended",
    ("appealed", "end"): "ended",
}
IN_FORCE: Final = frozenset({"approved", "appealed"})
LONGEST: Final = timedelta(days=366)
NO_WARNING_NEEDED: Final = frozenset({"threat"})
MIN_WORDS: Final = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `evidence` are the customer's messages by id, `warning_id` our message that warned them."""

    reason: str
    words: str
    evidence: Sequence[int]
    warning_id: int | None
    until: datetime | None


def next_state(state: str, step: str) -> str:
    """The state after a step. Raises InvalidInput for a step that cannot be taken from here."""
    found = STEPS.get((state, step))
    if found is None:
        raise InvalidInput(_("This cannot be done any more: the refusal has changed meanwhile."), field="step")
    return found


def check_request(request: Request, *, reasons: Sequence[str], now: datetime) -> None:
    """Raise InvalidInput unless it may be asked for: a reason of the policy, words, messages as evidence, and a
    warning that went before the newest of them, unless the reason is a threat."""
    if request.reason not in reasons:
        raise InvalidInput(_("Choose a reason from the list."), field="reason")
    if len(request.words.strip()) < MIN_WORDS:
        raise InvalidInput(_("Say in a sentence what happened."), field="words")
    if not request.evidence:
        raise InvalidInput(_("Choose the messages that show it."), field="evidence")
    if request.reason not in NO_WARNING_NEEDED:
        if request.warning_id is None:
            raise InvalidInput(
                _("The customer must be warned first. Choose the message in which you warned them."), field="warning"
            )
        if max(request.evidence) < request.warning_id:
            raise InvalidInput(
                _("Nothing of this happened after the warning. Choose a message that came after it."), field="evidence"
            )
    if request.until is not None and not now < request.until <= now + LONGEST:
        raise InvalidInput(_("Choose an end within the next year."), field="until")


def may_decide(*, asked_by: int | None, decides: int) -> bool:
    """Four eyes: nobody decides on what they asked for themselves."""
    return asked_by != decides


def may_decide_appeal(*, decided_by: int | None, asked_by: int | None, decides: int) -> bool:
    """An appeal is read by somebody who neither asked for the refusal nor took the decision."""
    return decides not in {decided_by, asked_by}


def in_force(*, state: str, until: datetime | None, now: datetime) -> bool:
    """Whether a refusal holds at this moment."""
    return state in IN_FORCE and (until is None or now < until)
