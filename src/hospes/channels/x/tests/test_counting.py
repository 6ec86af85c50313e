"""The length of posts as X counts it, and long answers as threads."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.x.counting import LIMIT, thread, weight

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Counting characters: the documentation's own examples
        ("👾", 2),
        ("🙋🏽", 2),
        ("👨‍🎤", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("Hello, world! 👋", 16),
        ("https://example.com", 23),
        ("https://example.com/very/long/path", 23),
        ("café", 4),
        ("cafe\u0301", 4),
        # twitter-text's configuration, version 3
        ("a" * 280, 280),
        ("故" * 140, 280),
        ("سلام", 4),
        ("“quoted”", 8),
        ("…", 2),
        ("🇱🇻", 2),
        ("1️⃣", 2),
        ("see https://demo.example/x, please", 4 + 23 + 7),
        ("example.com", 23),
        ("anna@demo.example", 17),
        ("http://localhost", 23),
    ],
)
def test_a_post_counts_as_documented(text, told):
    assert weight(text) == told


def test_a_short_answer_is_one_post():
    assert thread("It left today.") == ["It left today."]
    assert thread(" \n ") == []


def test_a_long_answer_is_a_thread_cut_between_words():
    text = "It arrives on Friday. " * 40
    posts = thread(text)
    assert len(posts) == 4
    assert all(weight(post) <= LIMIT for post in posts)
    assert " ".join(posts) == text.strip()


def test_a_long_link_is_never_cut():
    link = "https://demo.example/" + "x" * 400
    posts = thread("a " * 135 + link + " b")
    assert sum(link in post for post in posts) == 1


def test_a_family_is_not_torn_apart():
    posts = thread("👨‍👩‍👧‍👦" * 200)
    assert all(post.startswith("👨") for post in posts)
    assert "".join(posts) == "👨‍👩‍👧‍👦" * 200


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(
        st.text(alphabet="ab .\né故😀\u200d👍🏽", max_size=20) | st.just("https://demo.example/a?b=c "), max_size=12
    ).map("".join),
    st.integers(min_value=50, max_value=120),
)
def test_whatever_is_written_every_post_fits_and_nothing_is_lost(text, limit):
    posts = thread(text, limit=limit)
    assert all(post.strip() and weight(post) <= limit for post in posts)
    assert "".join("".join(posts).split()) == "".join(text.split())
