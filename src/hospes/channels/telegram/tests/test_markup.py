"""Answers as Telegram's HTML, and cut into messages."""

import os
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels.telegram.entities import html_of, units
from hospes.channels.telegram.markup import parts_of
from hospes.core.html import clean_html

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "150"))
ALLOWED = {"b", "i", "u", "s", "code", "pre", "blockquote", "a"}


class Checked(HTMLParser):
    """Fails where Telegram would: a tag that it does not know, or one that does not nest."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        assert tag not in self.open
        assert [name for name, _value in attrs] == (["href"] if tag == "a" else [])
        if self.open and self.open[-1] in {"code", "pre"}:
            raise AssertionError("nothing may stand inside code")
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(part):
    """A part's words as Telegram would show them, once its markup is found right."""
    if not part.html:
        return part.plain
    checked = Checked()
    checked.feed(part.html)
    checked.close()
    assert checked.open == []
    return checked.text


@pytest.mark.parametrize(
    ("html", "told"),
    [
        (
            "<p>Hello <strong>Anna</strong>,</p><p>it is <em>on its way</em>.</p>",
            "Hello <b>Anna</b>,\n\nit is <i>on its way</i>.",
        ),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("<ul><li>first</li><li>second</li></ul>", "• first\n• second"),
        ("<ol><li>first</li><li>second</li></ol><p>End</p>", "1. first\n2. second\n\nEnd"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "• a\n  • b\n• c"),
        ("<h2>News</h2><p>x</p>", "<b>News</b>\n\nx"),
        (
            '<a href="https://demo.example/?a=1&amp;b=2">here</a>',
            '<a href="https://demo.example/?a=1&amp;b=2">here</a>',
        ),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<pre>a &lt; b\n  c</pre>", "<pre>a &lt; b\n  c</pre>"),
        ("<code>x <b>y</b></code>", "<code>x y</code>"),
        ("<blockquote><p>said</p></blockquote><p>answer</p>", "<blockquote>said</blockquote>\n\nanswer"),
        ("<b>a<b>b</b></b>", "<b>ab</b>"),
        ("<p>5 &lt; 6 &amp; 7</p>", "5 < 6 & 7"),
        ("<span style='color:red'>plain</span>", "plain"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ],
)
def test_html_becomes_what_telegram_knows(html, told):
    [part] = parts_of(html, "")
    assert (part.html or part.plain) == told
    read(part)


def test_words_without_html_stay_as_they_are():
    [part] = parts_of("", "1 < 2 & <b>no markup</b>")
    assert (part.plain, part.html) == ("1 < 2 & <b>no markup</b>", "")
    assert parts_of("", "  \n ") == []


def test_a_long_answer_is_cut_between_paragraphs():
    paragraphs = [f"{n} " + "word " * 200 for n in range(10)]
    parts = parts_of("".join(f"<p>{p}</p>" for p in paragraphs), "")
    assert len(parts) > 1
    assert all(units(p.plain) <= 4096 for p in parts)
    assert all(p.plain[0].isdigit() and p.plain.endswith("word") for p in parts)


def test_a_link_at_the_seam_stays_whole():
    before = "<p>" + "a" * 4000 + " "
    parts = parts_of(before + '<a href="https://demo.example/x">' + "the long name of a page " * 8 + "</a></p>", "")
    assert [part.html.count("<a ") for part in parts] == [0, 1]


def test_what_is_longer_than_a_message_is_closed_and_opened_again():
    parts = parts_of("<p><b>" + "x" * 9000 + "</b></p>", "")
    assert [part.html[:3] + part.html[-4:] for part in parts] == ["<b></b>"] * 3
    assert "".join(read(p) for p in parts) == "x" * 9000


def test_a_family_of_emojis_is_not_torn_apart():
    parts = parts_of("", "👨‍👩‍👧‍👦" * 600)
    assert all(part.plain.startswith("👨") and not part.plain.startswith("\u200d") for part in parts)
    assert "".join(part.plain for part in parts) == "👨‍👩‍👧‍👦" * 600


markup = st.recursive(
    st.text(alphabet=st.sampled_from("ab .\n<&>é😀\u200d👍🏽"), max_size=12).map(lambda t: t.replace("<", "&lt;")),
    lambda inner: st.builds(
        lambda tag, content: f"<{tag[0]}>{''.join(content)}</{tag[1]}>",
        st.sampled_from(
            [(t, t) for t in ("p", "b", "i", "u", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "td")]
            + [('a href="https://demo.example/?q=&quot;1&quot;"', "a")]
        ),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(markup, st.integers(min_value=4, max_value=60))
def test_whatever_is_written_every_part_is_whole_and_fits(html, limit):
    parts = parts_of(clean_html(html), "", limit=limit)
    whole = parts_of(clean_html(html), "", limit=1_000_000)
    for part in parts:
        assert 0 < units(part.plain) <= limit
        assert read(part) == part.plain
    assert "".join("".join(p.plain.split()) for p in parts) == "".join("".join(p.plain.split()) for p in whole)


class Words(HTMLParser):
    """What a browser shows."""

    text = ""

    def handle_starttag(self, tag, attrs):
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data):
        self.text += data


entity = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["bold", "italic", "code", "pre", "text_link", "spoiler", "mention", 5]),
        "offset": st.integers(-3, 40),
        "length": st.integers(-3, 40),
        "url": st.just("https://demo.example/"),
    }
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(alphabet='ab <&>"é😀\n', max_size=40), st.lists(entity, max_size=6))
def test_formatting_that_overlaps_or_lies_outside_does_no_harm(text, entities):
    html = html_of(text, entities)
    if html:
        shown = Words(convert_charrefs=True)
        shown.feed(html)
        shown.close()
        assert shown.text.replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", 'https://x.example/" onclick="alert(1)', 5])
def test_row_1_a_link_behind_words_runs_nothing(url):
    html = html_of("<b onclick=x>press</b> me", [{"type": "text_link", "offset": 0, "length": 5, "url": url}])
    assert "javascript" not in html
    assert "data:" not in html
    assert "onclick" not in re.sub(r'href="[^"]*"', "", html).replace("onclick=x&gt;", "")


def test_a_link_behind_words_is_shown():
    html = html_of("😀 see here", [{"type": "text_link", "offset": 7, "length": 4, "url": "https://demo.example/x"}])
    assert 'href="https://demo.example/x"' in html
    assert ">here</a>" in html
    assert html_of("see here", [{"type": "mention", "offset": 0, "length": 3}]) == ""
