"""The state machine of calls: whatever comes in whatever order, its three promises hold."""

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hospes.calls import policies
from hospes.calls.policies import Impossible, Line, Part

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))


class Calls(RuleBasedStateMachine):
    """Callers, agents and experts do whatever they like."""

    def __init__(self):
        super().__init__()
        self.line = Line("queued", True, (Part(1, "customer", "joined"),))
        self.next = 2
        self.ended_as = None

    def do(self, step, *args):
        before = self.line
        try:
            self.line = step(self.line, *args)
        except Impossible:
            assert self.line == before
        if before.state == "ended":
            assert self.line == before

    @rule(kind=st.sampled_from(["customer", "agent", "expert"]), agent=st.integers(1, 4))
    def ring(self, kind, agent):
        self.do(policies.rung, Part(self.next, kind, "ringing", None if kind == "customer" else agent))
        self.next += 1

    @rule(step=st.sampled_from(["joined", "missed", "held", "resumed", "left"]), key=st.integers(1, 12))
    def somebody(self, step, key):
        self.do(getattr(policies, step), key)

    @rule(to=st.sampled_from(["menu", "queued", "voicemail"]))
    def move(self, to):
        self.do(policies.moved, to)

    @precondition(lambda self: self.next > 6)
    @rule()
    def end(self):
        self.do(policies.ended)

    @invariant()
    def nobody_is_left_in_an_ended_call(self):
        if self.line.state == "ended":
            assert not [p for p in self.line.parts if p.state in {"joined", "held", "ringing"}]

    @invariant()
    def at_most_one_agent_is_rung(self):
        assert sum(p.kind == "agent" and p.state == "ringing" for p in self.line.parts) <= 1

    @invariant()
    def nobody_is_in_a_call_twice(self):
        live = [p.agent_id for p in self.line.parts if p.agent_id and p.state in {"joined", "held", "ringing"}]
        assert len(live) == len(set(live))

    @invariant()
    def the_state_says_who_is_there(self):
        if self.line.state in {"talking", "held"}:
            assert self.line.staff_in
            assert self.line.customers_in
        if self.line.state in {"queued", "voicemail", "menu"}:
            assert not self.line.staff_in


Calls.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)
TestCalls = Calls.TestCase


def test_a_second_agent_is_not_rung_while_the_first_is():
    line = policies.rung(Line("queued", True, (Part(1, "customer", "joined"),)), Part(2, "agent", "ringing", 7))
    with pytest.raises(Impossible, match="busy"):
        policies.rung(line, Part(3, "agent", "ringing", 8))
    assert policies.rung(line, Part(3, "expert", "ringing", 8)).state == "ringing"


def test_a_warm_transfer_goes_on_without_the_first_agent():
    line = Line("talking", True, (Part(1, "customer", "joined"), Part(2, "agent", "joined", 7)))
    line = policies.joined(policies.rung(policies.held(line, 1), Part(3, "agent", "ringing", 8)), 3)
    assert line.state == "held"
    line = policies.left(policies.resumed(line, 1), 2)
    assert (line.state, line.agents) == ("talking", (8,))
