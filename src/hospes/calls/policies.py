"""The state machine of a call and of those who are in it: pure. No ORM, no clock.

A call is a state and its parts. Each function takes the call as it is and returns it as it is afterwards, or raises
`Impossible`. Three things always hold: `ended` is final and nobody is left in an ended call; at most one agent is rung
at a time for a call (experts are rung beside); whoever is in a call or was rung for it is in one state.
"""

from dataclasses import dataclass, replace
from typing import Final

MENU: Final = "menu"
QUEUED: Final = "queued"
RINGING: Final = "ringing"
TALKING: Final = "talking"
HELD: Final = "held"
VOICEMAIL: Final = "voicemail"
ENDED: Final = "ended"
# Of a part, besides RINGING and HELD
JOINED: Final = "joined"
MISSED: Final = "missed"
LEFT: Final = "left"
CUSTOMER: Final = "customer"
AGENT: Final = "agent"
EXPERT: Final = "expert"
IN: Final = frozenset({JOINED, HELD})
STAFF: Final = frozenset({AGENT, EXPERT})

OUTCOMES: Final = ("solved", "to_follow", "call_again", "not_reached", "wrong_number", "other")


class Impossible(Exception):
    """The call does not allow this now; `why` is a short code: ended, busy, state, twice, unknown."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in a call. `key` tells them apart; `agent_id` is None for customers and guests."""

    key: int
    kind: str
    state: str
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A call as the rules see it. `incoming`: the customer called us."""

    state: str
    incoming: bool
    parts: tuple[Part, ...] = ()

    def part(self, key: int) -> Part:
        """The part with this key. Raises Impossible."""
        found = next((p for p in self.parts if p.key == key), None)
        if found is None:
            raise Impossible("unknown")
        return found

    def those(self, kinds: frozenset[str], states: frozenset[str]) -> tuple[Part, ...]:
        """The parts of these kinds in these states."""
        return tuple(p for p in self.parts if p.kind in kinds and p.state in states)

    @property
    def rung(self) -> Part | None:
        """The agent who is rung now."""
        return next(iter(self.those(frozenset({AGENT}), frozenset({RINGING}))), None)

    @property
    def staff_in(self) -> tuple[Part, ...]:
        """Those of ours who are in the call."""
        return self.those(STAFF, IN)

    @property
    def customers_in(self) -> tuple[Part, ...]:
        """The customer, and whoever they brought."""
        return self.those(frozenset({CUSTOMER}), IN)

    @property
    def agents(self) -> tuple[int, ...]:
        """The agents who are in the call now, oldest first."""
        return tuple(p.agent_id for p in self.staff_in if p.agent_id is not None)


def settled(line: Line) -> Line:
    """The call's state as it follows from who is in it."""
    if line.state == ENDED:
        return line
    ours, theirs = line.staff_in, line.customers_in
    if ours and theirs:
        held = all(p.state == HELD for p in theirs)
        return replace(line, state=HELD if held else TALKING)
    ringing = any(p.state == RINGING for p in line.parts)
    if ours:  # one of ours waits for the customer to pick up, or experts talk while the customer is rung
        return replace(line, state=RINGING)
    if line.state in {MENU, VOICEMAIL} and not ringing:
        return line
    return replace(line, state=RINGING if ringing else QUEUED)


def _open(line: Line) -> None:
    if line.state == ENDED:
        raise Impossible("ended")


def rung(line: Line, part: Part) -> Line:
    """Somebody is rung. Raises Impossible when an agent is being rung already, or this person is in the call."""
    _open(line)
    if line.state == VOICEMAIL and part.kind == AGENT:
        raise Impossible("state")
    if part.kind == AGENT and line.rung is not None:
        raise Impossible("busy")
    if part.agent_id is not None and any(
        p.agent_id == part.agent_id and (p.state in IN or p.state == RINGING) for p in line.parts
    ):
        raise Impossible("twice")
    if part.kind == CUSTOMER and line.those(frozenset({CUSTOMER}), frozenset({RINGING})):
        raise Impossible("busy")
    return settled(replace(line, parts=(*line.parts, replace(part, state=RINGING))))


def joined(line: Line, key: int) -> Line:
    """Somebody who was rung is in the call now; asked again, nothing changes."""
    return _step(line, key, RINGING, JOINED, done=IN)


def missed(line: Line, key: int) -> Line:
    """Somebody who was rung did not answer, said no, or is not wanted any more."""
    return _step(line, key, RINGING, MISSED, done=frozenset({MISSED}))


def held(line: Line, key: int) -> Line:
    """Somebody in the call hears music now; asked again, nothing changes."""
    return _step(line, key, JOINED, HELD, done=frozenset({HELD}))


def resumed(line: Line, key: int) -> Line:
    """Back from the music."""
    return _step(line, key, HELD, JOINED, done=frozenset({JOINED}))


def _step(line: Line, key: int, before: str, after: str, *, done: frozenset[str]) -> Line:
    """Somebody goes on from one state to another; nothing changes where that is done already."""
    _open(line)
    part = line.part(key)
    if part.state in done:
        return line
    if part.state != before:
        raise Impossible("state")
    return settled(_with(line, replace(part, state=after)))


def left(line: Line, key: int) -> Line:
    """Somebody hangs up. The call ends with the customer, and with the last of ours once somebody had answered."""
    _open(line)
    part = line.part(key)
    if part.state in {LEFT, MISSED}:
        return line
    if part.state == RINGING:
        return missed(line, key)
    after = _with(line, replace(part, state=LEFT))
    if part.kind == CUSTOMER and not after.customers_in:
        return ended(after)
    if part.kind in STAFF and not after.staff_in:
        return ended(after)
    return settled(after)


def moved(line: Line, to: str) -> Line:
    """The caller goes on: menu -> queue or voicemail, queue -> voicemail. Only while nobody of ours is in the call."""
    _open(line)
    if to not in {MENU, QUEUED, VOICEMAIL} or line.state == VOICEMAIL or line.staff_in:
        raise Impossible("state")
    if line.state == to:
        return line
    if to == MENU:
        raise Impossible("state")
    stopped = tuple(replace(p, state=MISSED) if p.state == RINGING and p.kind in STAFF else p for p in line.parts)
    return replace(line, state=to, parts=stopped if to == VOICEMAIL else line.parts)


def ended(line: Line) -> Line:
    """It is over for everybody; asked again, nothing changes."""
    if line.state == ENDED:
        return line
    over = {RINGING: MISSED, JOINED: LEFT, HELD: LEFT}
    return replace(line, state=ENDED, parts=tuple(replace(p, state=over.get(p.state, p.state)) for p in line.parts))


def _with(line: Line, part: Part) -> Line:
    return replace(line, parts=tuple(part if p.key == part.key else p for p in line.parts))
