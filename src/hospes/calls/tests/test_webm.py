"""What browsers record: joined, given a length and an index; holes and cut ends lose what is there and no more."""

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hospes.calls.webm import _element, make_whole

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def block(ticks: int, sound: bytes = b"opus") -> bytes:
    return _element(0xA3, b"\x81" + ticks.to_bytes(2, "big", signed=True) + b"\x80" + sound)


def live(clusters: int, blocks: int = 66) -> bytes:
    """As recorders write: sizes unknown, no duration, no index; each cluster about four seconds of 60 ms."""
    head = _element(0x1A45DFA3, _element(0x4282, b"webm"))
    info = _element(0x1549A966, _element(0x2AD7B1, (1_000_000).to_bytes(3, "big")))
    tracks = _element(0x1654AE6B, _element(0xAE, _element(0xD7, b"\x01")))
    made = head + b"\x18\x53\x80\x67" + UNKNOWN + info + tracks
    for number in range(clusters):
        time = _element(0xE7, (number * blocks * 60).to_bytes(4, "big"))
        body = b"".join(block(n * 60, bytes([n % 250 + 1]) * 20) for n in range(blocks))
        made += b"\x1f\x43\xb6\x75" + UNKNOWN + time + body
    return made


def test_a_recording_gets_its_length():
    whole = make_whole(live(3))
    assert whole is not None
    assert abs(whole.seconds - 3 * 66 * 0.06) < 0.001


def test_making_it_whole_twice_changes_nothing():
    once = make_whole(live(4))
    again = make_whole(once.content)
    assert again == once


def test_the_index_leads_to_the_clusters():
    content = make_whole(live(3)).content
    segment = content.index(b"\x18\x53\x80\x67") + 12
    places = []
    at = content.index(b"\x1c\x53\xbb\x6b")
    while (at := content.find(b"\xf1" + (8 | 1 << 56).to_bytes(8, "big"), at + 1)) >= 0:
        places.append(int.from_bytes(content[at + 9 : at + 17], "big"))
    assert len(places) == 3
    assert all(content[segment + place :].startswith(b"\x1f\x43\xb6\x75") for place in places)


def test_a_lost_piece_leaves_the_others():
    data = live(3)
    second = data.index(b"\x1f\x43\xb6\x75", data.index(b"\x1f\x43\xb6\x75") + 4)
    whole = make_whole(data[: second + 300] + data[second + 900 :])
    assert whole is not None
    assert whole.seconds > 2 * 66 * 0.06


def test_what_is_no_recording_is_left_as_it_is():
    assert make_whole(b"") is None
    assert make_whole(b"OggS and so on") is None
    assert make_whole(live(0)) is None


@pytest.mark.parametrize("torn", range(3))
@pytest.mark.parametrize("time", [0, 7_000, 16_000_000, 2**32 - 1])
def test_a_time_that_cannot_be_moves_no_other_sound(torn, time):
    data = bytearray(live(3))
    at = -1
    for _ in range(torn + 1):
        at = data.index(_element(0xE7, b"\0" * 4)[:9], at + 1)
    data[at + 9 : at + 13] = time.to_bytes(4, "big")
    whole = make_whole(bytes(data), longest=20)
    assert whole is not None
    assert whole.seconds <= 3 * 66 * 0.06 + 4.1  # where the others leave room, it may be believed
    assert make_whole(whole.content, longest=20) == whole
    assert whole.content.count(b"\x1f\x43\xb6\x75") == 3


@settings(max_examples=EXAMPLES, deadline=None)
@example(cut=0, hole=801, length=33)  # a cluster's time, torn so that all behind it reads on: 16,844 s
@given(cut=st.integers(0, 5000), hole=st.integers(0, 5000), length=st.integers(0, 400))
def test_whatever_is_lost_nothing_breaks_and_nothing_is_added(cut, hole, length):
    data = live(3, 20)
    damaged = (data[:hole] + data[hole + length :])[: max(0, len(data) - cut)]
    whole = make_whole(damaged, longest=3 * 20 * 0.06)
    if whole is not None:
        assert 0 < whole.seconds <= 3 * 20 * 0.06 + 33  # a torn block may lie 33 s off: its place has 16 bits
        assert len(whole.content) <= len(damaged) + 400
        assert make_whole(whole.content) is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_can_be_looked_at(data):
    make_whole(data)
    make_whole(live(1, 3) + data)
