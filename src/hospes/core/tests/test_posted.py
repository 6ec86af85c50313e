"""Numbers that others sent: what is one, and that nothing that is none ever fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.posted import posted_id, posted_number


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_a_whole_number_is_read(number):
    assert posted_number(str(number)) == number
    assert posted_id(str(number)) == number


@given(st.text(alphabet=st.characters(categories=["N", "P", "Z"]), max_size=25))
def test_whatever_is_sent_is_a_number_that_a_key_can_be_or_none(text):
    number = posted_number(text)
    assert (number is None) == (not text or bool(text.strip("0123456789")) or len(text) > 18)
    assert number is None or 0 <= number < 2**63


@pytest.mark.parametrize("text", ["", "²", "۵", "①", "-1", "+1", " 1", "1 ", "1_0", "1.0", "1" * 19, "\x00"])
def test_what_is_no_number_is_no_id_either(text):
    assert posted_number(text) is None
    assert posted_id(text) == 0
