"""The widget's file: how it is served, how large it is, and that its texts are there in every language."""

import gzip
import re

import brotli
import pytest
from django.conf import settings
from django.test import Client

from hospes.channels.chat.script import FILE, script, slim
from hospes.channels.chat.texts import COUNTED, TEXTS, plural_samples, texts

LARGEST = 25_000
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def get(**headers):
    return Client().get("/channels/chat/chat.js", headers=headers)


@pytest.mark.django_db
def test_any_site_may_load_it_and_no_cookie_is_set():
    answer = get(origin="https://shop.example")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.django_db
def test_it_is_sent_packed_to_those_who_can_unpack_and_not_at_all_to_those_who_have_it():
    plain, packed = get(), get(**{"accept-encoding": "gzip, deflate, br;q=0"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    smaller = get(**{"accept-encoding": "gzip, deflate, br"})
    assert smaller["Content-Encoding"] == "br"
    assert brotli.decompress(smaller.content) == plain.content
    assert len(smaller.content) < len(packed.content) < len(plain.content)
    assert not get(**{"accept-encoding": "bread, gzipped"}).has_header("Content-Encoding")
    again = get(**{"if-none-match": plain["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert get(**{"if-none-match": 'W/"another"'}).status_code == 200


def test_it_stays_small():
    assert len(script().packed["gzip"]) < LARGEST


def test_taking_out_comments_leaves_the_code_as_it_is():
    code = FILE.read_text()
    kept = slim(code)
    assert not re.search(r"(?m)^\s*(//|/\*)", kept)
    without = re.sub(r"(?ms)^[ \t]*/\*.*?\*/[ \t]*$|^[ \t]*//[^\n]*$", "", code)
    assert re.sub(r"\s+", "", kept) == re.sub(r"\s+", "", without)


def test_it_asks_for_no_text_that_there_is_not_and_there_is_none_that_it_does_not_use():
    code = FILE.read_text()
    known = {*TEXTS, *COUNTED}
    asked = set(re.findall(r'\bt\("(\w+)"', code))
    assert asked <= known
    quoted = set(re.findall(r'"(\w+)"', code))
    assert {key for key in known if not key.startswith("star_")} <= quoted


def test_it_uses_nothing_that_a_strict_policy_forbids():
    code = FILE.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code)
    assert not re.search(r"setAttribute\(.style|\bstyle: `", code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_with_its_braces_and_every_plural_form(language):
    found = texts(language)
    assert set(found) == {*TEXTS, *COUNTED}
    for key, text in TEXTS.items():
        assert set(re.findall(r"\{\w+\}", found[key])) == set(re.findall(r"\{\w+\}", str(text))), key
    for key in COUNTED:
        assert set(found[key]) == set(plural_samples(language))
        assert all("{n}" in text for text in found[key].values())
