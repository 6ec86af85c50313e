"""New words told apart from quotes and signatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.channels.email.parsing.quoting import split
from hospes.channels.email.parsing.signature import find_signature

QUOTE = "\n\n> Did it arrive?\n> Demo Shop\n"


@pytest.mark.parametrize(
    "line",
    [
        "On 22-Nov-2022, at 6:54 PM, Demo Shop <s@demo.example> wrote:",
        "On Tuesday, Demo Shop wrote:",
        'At 2022-11-22 10:03:00, "Demo" <s@demo.example> wrote:',
        "Demo Shop <s@demo.example> writes:",
        "Demo Shop <s@demo.example> schrieb am Di. 22. Nov. 2022 um 10:03:",
        "Am 22.11.2022 um 10:03 schrieb Demo Shop:",
        "Le 22/11/2022 à 10:03, Demo Shop a écrit :",
        "El 22 de nov. de 2022, a la(s) 10:03, Demo Shop <s@demo.example> escribió:",
        "2022-11-22 10:03 GMT+01:00 Demo Shop <s@demo.example>:",
        '22.11.2022, 10:03, "Demo Shop" <s@demo.example>:',
        "2022/11/22 Demo Shop <s@demo.example>",
        "On Fri, Nov 22, 2022 at 6:03 PM, Demo Shop from the Very Long Name\n<s@demo.example> wrote:",
        "On Nov 22, 2022, at 12:47 PM, Somebody <\nreply-416ffd3258d4d2fa4c85cfa4c44@demo.example>\nwrote:",
        "W dniu 22.11.2022 o 10:03, Demo Shop pisze:",
        "Dne 22. 11. 2022 v 10:03 Demo Shop napsal(a):",
        "22 ноября 2022 г., в 10:03, Demo Shop <s@demo.example> написал(а):",
        "22 Kasım 2022 Salı tarihinde Demo Shop <s@demo.example> yazdı:",
        "2022年11月22日(火) 10:03 Demo Shop <s@demo.example>:",
        "在 2022年11月22日，10:03，Demo Shop <s@demo.example> 写道：",
    ],
)
def test_the_line_above_a_quote_goes_with_it(line):
    result = split(f"Yes, it did.\n\n{line}{QUOTE}")
    assert result.reply == "Yes, it did."
    assert result.quoted == f"{line}{QUOTE}".strip()


@pytest.mark.parametrize(
    "line",
    [
        "On Tue, Nov 22, 2022 at 10:03 AM Demo Shop <s@demo.example> wrote:",
        "Op 22-11-2022 3:18 schreef Demo Shop <s@demo.example>:",
        "W dniu 22 listopada 2022 01:53 użytkownik Demo <s@demo.example>\nnapisał:",
        "Den 22 november, 2022 02:23:18, Demo Shop (s@demo.example) skrev:",
        "------On 11/22/2022 17:32 PM, Demo Shop wrote-----",
        "-----Original Message-----",
        "-------- Ursprüngliche Nachricht --------",
        "------------------ 原始邮件 ------------------",
        "*From:* Demo <s@demo.example>\n*Sent:* Tuesday, November 22, 2022 10:03 AM\n*To:* Ann\n*Subject:* x",
        "Date: Tue, 22 Nov 2022 10:03:00 +0000\nTo: ann@mail.example",
    ],
)
def test_a_clear_marker_needs_no_quote_marks_below(line):
    assert split(f"Yes, it did.\n\n{line}\n\nDid it arrive?\nDemo Shop\n").reply == "Yes, it did."


@pytest.mark.parametrize(
    "text",
    [
        "I saw this:\nOn 12 May at the shop he said:\nhello",
        "On the other hand, we wrote:\nnothing.",
        "Can you please:\n\n1. call\n2. write\n\nTo: be done soon:\n x",
        "From: Riga\nTo: Tallinn\n\nWhat does it cost?",
        "Name: Ann\nSubject: Help\n\nMy words.",
        "He wrote: no.",
        "We are -- as said -- late.",
        "- one\n- two\n- three",
        "Please see https://x.example/on-monday-he-wrote: it is there",
        "Sent from the warehouse last week, and still nothing.",
    ],
)
def test_what_only_looks_like_a_quote_stays(text):
    assert split(text).reply == text


def test_an_answer_below_the_quote_is_found():
    text = "On 22/11/2022 10:03, Demo Shop wrote:\n> Did it arrive?\n\nYes.\n"
    assert split(text).reply == "Yes."


def test_an_answer_around_one_quote_is_joined():
    text = "Hello,\n\nOn 22/11/2022 10:03, Demo Shop wrote:\n> Did it arrive?\n\nYes.\n\nAnn"
    assert split(text).reply == "Hello,\n\nYes.\n\nAnn"


def test_answers_between_quotes_keep_the_quotes():
    text = "> One?\nYes.\n> Two?\nNo."
    assert split(text).reply == text


def test_a_quote_wrapped_by_some_server_is_one_quote():
    long = "> " + "word " * 14
    text = f"Thanks.\n\nOn 22/11/2022 10:03, Demo wrote:\n{long}\nand the rest\n> of it.\n"
    assert split(text).reply == "Thanks."


def test_the_quote_of_notes_begins_with_its_name_and_date():
    text = "Looks fine.\n\n\nDemo Shop\n22/11/2022 09:36 AM\nTo: Ann/ACME\ncc: \nSubject: Draft\n\nIs it fine?\n"
    assert split(text).reply == "Looks fine."


def test_initials_before_the_quote_mark():
    text = "Hello,\n\nTuesday, November 22, 2022, 10:03:00 AM, you wrote:\n\nDS> Is it fine?\nDS> Demo\n\nYes.\n"
    assert split(text).reply == "Hello,\n\nYes."


def test_an_answer_that_runs_into_the_marker_line():
    assert split("yes On Wed, Apr 4, 2012 at 3:59 PM, bob@demo.example wrote:\n> Hi").reply == "yes"


def test_a_forwarded_mail_is_kept_whole():
    text = "See below.\n\n---------- Forwarded message ---------\nFrom: Bob <b@x.example>\nSubject: x\n\nIt broke."
    assert split(text).reply == text
    outlook = "See below.\n\nFrom: Bob <b@x.example>\nSent: today 10:03\nTo: Ann\nSubject: x\n\nIt broke."
    assert split(outlook, "FW: x").reply == outlook
    assert split(outlook, "RE: x").reply == "See below."


def test_a_forward_inside_the_history_is_history():
    text = "Thanks!\n\n-----Original Message-----\n\n---------- Forwarded message ----------\nFrom: b@x.example\n"
    assert split(text).reply == "Thanks!"


def test_words_below_our_own_marker_are_history():
    text = "Here.\n\nOn 22/11/2022 10:03, D <s@demo.example> wrote:\n\n##- Reply above this line -##\n\nWhich?"
    assert split(text).reply == "Here."


@pytest.mark.parametrize("delimiter", ["-- ", "--", "—"])
def test_a_signature_below_its_delimiter_is_cut(delimiter):
    result = split(f"Please call.\n\n{delimiter}\nAnn Example\n+371 20000000")
    assert result.reply == "Please call."
    assert result.signature_text == "Ann Example\n+371 20000000"


def test_a_closing_line_is_no_signature():
    text = "Please call.\n\nBest regards,\nAnn Example"
    assert split(text).reply == text


def test_a_long_text_below_a_sloppy_delimiter_is_no_signature():
    text = "Part one.\n--\n" + "\n".join(f"line {i} of part two" for i in range(40))
    assert split(text).reply == text


def test_a_mail_that_is_only_a_signature_is_kept():
    assert find_signature(["-- ", "Ann"], 0, 2) is None
    assert split("-- \nAnn").reply == "-- \nAnn".replace("-- ", "--")


WORDS = st.lists(
    st.sampled_from(
        [
            "words", "> quote", "", "-- ", "On 1 Jan 2024 at 10:00, A <a@b.example> wrote:", "Sent from my iPhone",
            "From: a@b.example", "Date: 1 Jan 2024 10:00", "To: x@y.example", "Subject: z",
            "-----Original Message-----",
            "________________________________", "---------- Forwarded message ---------", "a:", ">> deep", "wrote:",
        ]
    ),
    max_size=25,
)  # fmt: skip


@given(WORDS)
def test_every_line_is_somewhere_and_a_reply_is_never_empty(lines):
    text = "\n".join(lines)
    result = split(text)
    parts = "\n".join([result.reply, result.quoted, result.signature_text]).split()
    assert sorted(w for w in parts if w != "--") == sorted(w for w in text.split() if w != "--")
    assert bool(result.reply) == bool(text.strip())
