"""Which channel is learned from answers: a pure decision."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.customers.policies import ENOUGH, LEARNT_FROM, learned_channel

KINDS = st.sampled_from(["email", "chat", "whatsapp"])


def test_three_of_the_newest_answers_by_one_channel_teach():
    assert learned_channel(["chat", "chat", "chat", "email"]) == "chat"
    assert learned_channel(["chat", "chat", "email"]) == ""


def test_who_only_ever_used_one_channel_needs_no_preference():
    assert learned_channel(["email"] * 10, several=False) == ""


def test_what_was_learned_stays_until_something_else_is_clear():
    assert learned_channel(["email", "chat", "email", "chat"], "chat") == "chat"
    assert learned_channel(["email"] * 4 + ["chat"] * 4, "chat") == "email"


@settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "300")), deadline=None)
@given(st.lists(KINDS, max_size=12), st.sampled_from(["", "email", "chat", "whatsapp"]))
def test_only_what_they_answer_by_most_is_learned(answers, current):
    learnt = learned_channel(answers, current)
    newest = answers[:LEARNT_FROM]
    assert learnt in {current, *newest}
    if learnt != current:
        assert newest.count(learnt) >= ENOUGH
        assert 2 * newest.count(learnt) > len(newest)
    assert learned_channel(answers, learnt) == learnt  # learning twice changes nothing
