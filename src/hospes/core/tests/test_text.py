"""Folding, words and the text that a database can keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.text import digits, fold, shorten, storable, words

ALIKE = [
    ("İSTANBUL", "istanbul"),
    ("ISPARTA ılık", "isparta ilik"),
    ("Šķūņi ĀĒĪŪ", "skuni aeiu"),
    ("Žēlastība", "zelastiba"),
    ("كتاب يک", "کتاب یک"),
    ("نامهٔ", "نامه"),
    ("خانۀ", "خانه"),
    ("مُحَمَّد", "محمد"),
    ("۱۲۳۴", "1234"),
    ("٤٥", "45"),
    ("ՀԱՅԱՍՏԱՆ", "հայաստան"),
    ("ԵՎ", "և"),
    ("Ե՛վ", "և"),
    ("ինչո՞ւ", "ինչու"),
    ("straße", "STRASSE"),
    ("café", "cafe\u0301"),
    ("ﬁne", "FINE"),
]


@pytest.mark.parametrize(("left", "right"), ALIKE)
def test_spellings_that_people_take_for_the_same_fold_to_the_same(left, right):
    assert fold(left) == fold(right)


@pytest.mark.parametrize("sign", ["ʻ", "ʼ", "'", "‘", "’", "`", "´", "′"])
def test_an_uzbek_word_is_one_word_whatever_apostrophe_was_typed(sign):
    assert words(f"O{sign}zbek g{sign}isht") == ["ozbek", "gisht"]


def test_different_letters_stay_different():
    assert fold("ov") != fold("ow")
    assert fold("կ") != fold("գ")
    assert fold("пёс") != fold("пуск")


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=300))
def test_words_hold_no_sign_that_a_search_index_would_have_to_quote(text):
    for word in words(text):
        assert 0 < len(word) <= 80
        assert not set(word) & set("'\"\\:&|!()<>* \x00")


@given(st.text(st.characters(codec=None), max_size=50))
def test_what_can_be_stored_has_no_nul_and_can_be_encoded(text):
    kept = storable(text)
    assert "\x00" not in kept
    assert kept.encode().decode() == kept
    assert storable(kept) == kept


@given(st.text(), st.integers(2, 40))
def test_a_shortened_text_is_one_line_and_never_longer(text, length):
    short = shorten(text, length)
    assert len(short) <= length
    assert "\n" not in short


def test_digits_of_any_script_are_read():
    assert digits(" ۱۲۳-456 ٧") == "1234567"
