"""How texts are counted and cut into short messages (tables of 3GPP TS 23.038), and what single words mean."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels import segments
from hospes.channels.keywords import Keyword, keyword, of_type
from hospes.channels.segments import Count, at_word_ends, cut, decode, encode, pack, plainer, unpack

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
GSM_SIGNS = "".join(sign for sign in segments._BASIC if sign != "\x1b") + "".join(segments._EXTENDED)
gsm_texts = st.text(alphabet=GSM_SIGNS, max_size=700)
texts = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=400)


@pytest.mark.parametrize(
    ("text", "count", "left", "alphabet"),
    [
        ("", 0, 160, "GSM-7"),
        ("a", 1, 159, "GSM-7"),
        ("a" * 160, 1, 0, "GSM-7"),
        ("a" * 161, 2, 145, "GSM-7"),
        ("a" * 306, 2, 0, "GSM-7"),
        ("a" * 307, 3, 152, "GSM-7"),
        ("€" * 80, 1, 0, "GSM-7"),
        ("€" * 81, 2, 143, "GSM-7"),  # 76 in the first: a sign of two places is not torn
        ("a" * 159 + "{", 2, 145, "GSM-7"),
        ("ш" * 70, 1, 0, "UCS-2"),
        ("ш" * 71, 2, 63, "UCS-2"),
        ("ш" * 134, 2, 0, "UCS-2"),
        ("ш" * 135, 3, 66, "UCS-2"),
        ("😀" * 35, 1, 0, "UCS-2"),
        ("😀" * 36, 2, 61, "UCS-2"),  # 33 in the first: 66 of 67 places
        ("`", 1, 69, "UCS-2"),
        ("Ā", 1, 69, "UCS-2"),
        ("line\r\nline", 1, 151, "GSM-7"),
    ],
)
def test_segments_are_counted_as_the_network_counts_them(text, count, left, alphabet):
    assert segments.segments(text) == Count(count, left, alphabet)


@pytest.mark.parametrize(
    ("sign", "octets"),
    [
        ("@", b"\x00"), ("£", b"\x01"), ("$", b"\x02"), ("è", b"\x04"), ("Ç", b"\x09"), ("\n", b"\x0a"), ("Δ", b"\x10"),
        ("_", b"\x11"), ("Ξ", b"\x1a"), ("É", b"\x1f"), (" ", b"\x20"), ("¤", b"\x24"), ("0", b"\x30"), ("¡", b"\x40"),
        ("A", b"\x41"), ("Z", b"\x5a"), ("Ä", b"\x5b"), ("§", b"\x5f"), ("¿", b"\x60"), ("z", b"\x7a"), ("à", b"\x7f"),
        ("\f", b"\x1b\x0a"), ("^", b"\x1b\x14"), ("{", b"\x1b\x28"), ("}", b"\x1b\x29"), ("\\", b"\x1b\x2f"),
        ("[", b"\x1b\x3c"), ("~", b"\x1b\x3d"), ("]", b"\x1b\x3e"), ("|", b"\x1b\x40"), ("€", b"\x1b\x65"),
    ],
)  # fmt: skip
def test_signs_have_the_values_of_the_tables(sign, octets):
    assert encode(sign) == octets
    assert decode(octets) == sign


def test_packing_is_the_one_that_is_known_of_hello():
    assert pack(encode("hellohello")).hex() == "e8329bfd4697d9ec37"
    assert decode(unpack(bytes.fromhex("e8329bfd4697d9ec37"))) == "hellohello"


def test_an_escape_before_an_unknown_value_shows_the_plain_sign():
    assert decode(b"\x1bA") == "A"
    assert decode(b"\x1b\x1b") == " "
    assert decode(b"\x81") == "\ufffd"


@given(gsm_texts)
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_is_encoded_is_read_again(text):
    assert decode(encode(text)) == text


@given(gsm_texts, st.integers(0, 6))
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_is_packed_is_unpacked_again(text, fill):
    septets = encode(text)
    again = unpack(pack(septets, fill=fill), fill=fill)
    # An @ at the very end cannot be told from filling (TS 23.038, 6.1.2.3.1)
    assert again.rstrip(b"\0") == septets.rstrip(b"\0")


@given(texts)
@settings(max_examples=EXAMPLES, deadline=None)
def test_parts_together_are_the_text_and_none_is_too_long(text):
    text = text.replace("\r\n", "\n")
    parts = cut(text)
    assert "".join(parts) == text
    counted = segments.segments(text)
    assert len(parts) == max(counted.number, 1)
    room = 153 if counted.alphabet == "GSM-7" else 67
    if len(parts) > 1:
        for part in parts:
            size = len(encode(part)) if counted.alphabet == "GSM-7" else len(part.encode("utf-16-be")) // 2
            assert size <= room


@given(texts, st.integers(20, 80))
@settings(max_examples=EXAMPLES, deadline=None)
def test_long_texts_part_without_losing_a_word(text, limit):
    pieces = at_word_ends(text, limit)
    assert all(len(piece.encode("utf-16-be")) // 2 <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_long_text_parts_between_words():
    pieces = at_word_ends("kettle " * 60, 100)
    assert all(piece.split() == ["kettle"] * len(piece.split()) for piece in pieces)


def test_typographic_signs_are_made_plain_only_where_that_saves_something():
    assert plainer("“It’s here” – today…") == '"It\'s here" - today...'
    assert plainer("“Ir klāt”") == "“Ir klāt”"


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPTOUT",
                                  "Apturēt", "APTURET", "To‘xtatish", "TOXTATISH", "RET", "توقف", "ՍՏՈՊ"])  # fmt: skip
def test_words_that_end_it(word):
    assert keyword(word) == Keyword("stop")


@pytest.mark.parametrize("word", ["CANCEL", "End", "quit", "İPTAL", "iptal", "لغو"])
def test_words_that_end_it_and_may_be_an_answer(word):
    assert keyword(word) == Keyword("stop", answer=True)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("START", Keyword("start")), ("unstop", Keyword("start")), ("BAŞLA", Keyword("start")),
        ("Yes", Keyword("start", answer=True)), ("HELP", Keyword("help", answer=True)),
        ("Info", Keyword("help", answer=True)), ("YARDIM", Keyword("help", answer=True)),
        ("stop it please", None), ("", None), ("Where is my order?", None), ("no", None),
    ],
)  # fmt: skip
def test_other_words(word, meant):
    assert keyword(word) == meant


def test_the_provider_reads_words_that_only_the_admin_knows():
    assert of_type("STOP", "Genug") == Keyword("stop", answer=True)
    assert of_type("STOP", "STOP") == Keyword("stop")
    assert of_type("", "STOP") == Keyword("stop")
