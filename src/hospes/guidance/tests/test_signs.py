"""Signs of a difficult talk: how often they are right, that they explain themselves, and that "not so" is heard."""

import csv
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.core.facts import About, LazyFacts
from hospes.core.models import EventRow
from hospes.guidance import operations
from hospes.guidance.models import Signs
from hospes.guidance.policies.classifier import CLASSES, probabilities
from hospes.guidance.policies.signs import KINDS, Around, read_signs
from hospes.guidance.queries import newest_signs
from hospes.testing.people import NOON, desk_actor, make_agent, receive, settle

MANY = settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "200")), deadline=None)
LANGUAGES = ("en", "uz", "lv", "fa", "tr", "hy")
BANKING = Path(__file__).parents[5] / "shared/data/banking77/test.csv"


@cache
def held_out(language: str) -> dict[str, list[str]]:
    place = files("hospes.guidance").joinpath(f"tests/heldout/{language}.yaml")
    return yaml.safe_load(place.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_sentences_are_read_rightly(language):
    right = wrong = missed = total = 0
    for kind, sentences in held_out(language).items():
        for sentence in sentences:
            total += 1
            found = read_signs(sentence, language=language).kind
            right += bool(found) and found == kind
            wrong += bool(found) and found != kind
            missed += kind != "calm" and found != kind
    assert total >= 30
    assert right / (right + wrong) >= 0.95, f"precision of {language}"
    assert right / (right + missed) >= 0.75, f"recall of {language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_and_training_sentences_are_not_the_same(language):
    place = files("hospes.guidance").joinpath(f"data/training/{language}.yaml")
    trained = {line for lines in yaml.safe_load(place.read_text(encoding="utf-8")).values() for line in lines}
    held = {line for lines in held_out(language).values() for line in lines}
    assert not trained & held


@pytest.mark.skipif(not BANKING.exists(), reason="banking77 is not here")
def test_ordinary_bank_questions_rarely_raise_a_false_alarm():
    with BANKING.open(encoding="utf-8", newline="") as file:
        questions = [row[0] for row in csv.reader(file)][1:]
    alarms = [q for q in questions if read_signs(q, language="en").kind]
    assert len(questions) == 3080
    assert len(alarms) <= 6, alarms


@MANY
@given(st.text(max_size=3000), st.sampled_from(("", "xx", *LANGUAGES)))
def test_any_text_can_be_read(text, language):
    found = read_signs(text, language=language)
    assert found.kind in {"", *KINDS}
    assert 0 <= found.confidence <= 1
    assert bool(found.why) == bool(found.kind)
    assert sum(probabilities(text).values()) == pytest.approx(1)
    assert set(probabilities(text)) == set(CLASSES)


def test_capitals_and_repeats_alone_are_no_reason():
    assert read_signs("PLEASE SEND THE INVOICE FOR MY ORDER!!!", language="en", around=Around(unanswered=5)).kind == ""


def test_the_reasons_are_told():
    found = read_signs("SHUT UP AND SEND ME MY MONEY!!! You are all idiots.", language="en")
    assert (found.kind, found.upset) == ("rude", True)
    codes = dict(found.why)
    assert ("words", "idiot") in found.why
    assert {"capitals", "marks", "sentence"} <= set(codes)


def test_not_so_makes_that_kind_harder_in_this_talk():
    text = "I am very disappointed with your services."
    assert read_signs(text, language="en").kind == "offended"
    assert read_signs(text, language="en", around=Around(not_so={"offended": 1})).kind == ""


@pytest.mark.django_db
def test_a_message_is_read_once_and_told_and_can_be_dismissed():
    received = receive("You are all idiots. Shut up and pay!", language="en")
    settle()
    signs = newest_signs(received.ticket)
    assert signs is not None
    assert (signs.kind, signs.message_id, signs.upset) == ("rude", received.message.pk, True)
    operations.read_message(message_id=received.message.pk, now=NOON)
    assert Signs.objects.count() == 1
    assert EventRow.objects.filter(name="SignsFound").count() == 1
    facts = LazyFacts(About(now=NOON, ticket=received.ticket))
    assert (facts["signs.kind"], facts["signs.upset"]) == ("rude", True)
    ivo = desk_actor(make_agent("Ivo"))
    operations.dismiss_signs(signs=signs, actor=ivo, now=NOON)
    operations.dismiss_signs(signs=signs, actor=ivo, now=NOON)
    assert EventRow.objects.filter(name="SignsDismissed").count() == 1
    assert LazyFacts(About(now=NOON, ticket=received.ticket))["signs.kind"] == ""


@pytest.mark.django_db
def test_reading_a_message_costs_the_same_however_long_the_talk(django_assert_max_num_queries):
    for n in range(3):
        received = receive(f"Number {n}, please answer.", message_id=f"{n}@customer.example")
    with django_assert_max_num_queries(9):
        operations.read_message(message_id=received.message.pk, now=NOON)


@pytest.mark.django_db
def test_automatic_mail_is_not_read():
    receive("You idiots", auto_kind="auto-reply")
    settle()
    assert not Signs.objects.exists()
