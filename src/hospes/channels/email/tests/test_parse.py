"""Real-looking mails of many programs and languages, read as a person would read them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hospes.channels.email.parse import parse
from hospes.core.html_text import html_to_text
from hospes.tickets.incoming import IncomingMessage, Person

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


def seen(message: IncomingMessage, key: str):
    """What the message says under a key of expected.json."""
    match key:
        case "sender":
            return message.sender.address
        case "name":
            return message.sender.name
        case "files":
            return [a.name for a in message.attachments]
        case "inline":
            return [a.name for a in message.attachments if a.inline]
        case "auto":
            return message.auto_kind
        case "mismatch":
            return message.sender_mismatch
        case "html_reply":
            return html_to_text(message.reply_html)
    return getattr(message, key)


def test_there_are_samples_and_each_has_an_expectation():
    assert {p.stem for p in SAMPLES.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 140


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_read_as_a_person_reads_it(name):
    message = parse((SAMPLES / f"{name}.eml").read_bytes())
    expected = dict(EXPECTED[name])
    bounce = expected.pop("bounce", None)
    for key, value in expected.items():
        if value is not None:
            assert (key, seen(message, key)) == (key, value)
    assert (message.bounce is None) == (bounce is None)
    for key, value in (bounce or {}).items():
        found = getattr(message.bounce, key)
        assert (key, list(found) if isinstance(found, tuple) else found) == (key, value)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_nothing_that_was_written_is_lost(name):
    message = parse((SAMPLES / f"{name}.eml").read_bytes())
    kept = "".join("".join((message.reply, message.quoted, message.signature)).split())
    whole = "".join(message.text.split())
    assert sorted(kept.replace("-", "").replace("—", "")) == sorted(whole.replace("-", "").replace("—", ""))


def mail(head: str, body: str = "hi\n") -> bytes:
    return f"From: Ann <ann@mail.example>\nTo: s@demo.example\n{head}\n{body}".encode()


def test_ids_are_bare_and_in_order():
    message = parse(mail("Message-ID: <a@x>\nIn-Reply-To: <c@x> (sent yesterday)\nReferences: <b@x>\n\t<c@x> <b@x>\n"))
    assert message.message_id == "a@x"
    assert message.in_reply_to == "c@x"
    assert message.references == ("b@x", "c@x")


def test_people_and_every_address_that_it_came_in_by():
    raw = mail(
        "Cc: =?utf-8?q?J=C3=B6rg?= <j@X.example>, undisclosed-recipients:;\nReply-To: other@mail.example\n"
        "Delivered-To: box+abc@demo.example\nX-Original-To: s@demo.example\n"
    )
    message = parse(raw, envelope_to=["<s+token@demo.example>"])
    assert message.cc == (Person("j@x.example", "Jörg"),)
    assert message.reply_to == (Person("other@mail.example"),)
    assert message.delivered_to == (
        "s+token@demo.example",
        "box+abc@demo.example",
        "s@demo.example",
        "j@x.example",
    )


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Tue, 22 Nov 2022 11:14:58 +0100", datetime(2022, 11, 22, 10, 14, 58, tzinfo=UTC)),
        ("22 Nov 22 11:14 GMT", datetime(2022, 11, 22, 11, 14, tzinfo=UTC)),
        ("Tue, 22 Nov 2022 11:14:58 -0500 (EST)", datetime(2022, 11, 22, 16, 14, 58, tzinfo=UTC)),
        ("nonsense", None),
        ("Tue, 99 Nov 2022 99:99:99 +9999", None),
    ],
)
def test_dates_as_they_come(value, moment):
    assert parse(mail(f"Date: {value}\n")).sent_at == moment


def test_without_a_date_the_receiving_server_tells():
    message = parse(mail("Received: from a by b; Tue, 22 Nov 2022 10:00:00 +0000\n"))
    assert message.sent_at is not None
    assert message.sent_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, please tell me when you will send my order. Thank you for your help.", "en"),
        ("Merhaba, siparişim için teşekkürler ama bir ürün yok.", "tr"),
        ("Labdien, lūdzu pasakiet vai mans pasūtījums ir nosūtīts. Paldies!", "lv"),
        ("Assalomu alaykum, buyurtma uchun rahmat, lekin menga yana kerak.", "uz"),
        ("سلام، سفارش من هنوز نرسیده است. لطفاً پیگیری کنید چون عجله دارم.", "fa"),
        ("Բարև Ձեզ, իմ պատվերը չի հասել։", "hy"),
        ("Guten Tag, wo bleibt meine Bestellung?", "de"),
        ("ok", ""),
    ],
)
def test_the_language_is_named_only_when_it_is_clear(text, language):
    assert parse(mail("Content-Type: text/plain; charset=utf-8\n", text)).language == language


def test_content_language_is_believed_unless_the_text_tells_better():
    assert parse(mail("Content-Language: en-GB\n", "K7F-2M9Q")).language == "en"
    assert parse(mail("Content-Language: en-US\n", "Labdien! Kur ir mans sutijums? Paldies")).language == "lv"


def test_authentication_results_are_handed_on_and_never_believed():
    message = parse(mail("Authentication-Results: mx.demo.example;\n dkim=pass\n"))
    assert message.authentication_results == ("mx.demo.example; dkim=pass",)
    assert message.authenticated is False


def test_a_word_in_the_subject_cannot_add_a_header():
    message = parse(mail("Subject: =?utf-8?q?a=0D=0ABcc:_x@y.example?=\n"))
    assert "\n" not in message.subject
    assert "\r" not in message.subject


def test_a_file_name_has_no_folders_and_no_hidden_direction():
    raw = mail(
        'MIME-Version: 1.0\nContent-Type: application/octet-stream; name="../../etc/\u202egpj.exe"\n'
        'Content-Disposition: attachment; filename="..\\\\..\\\\a\u202egpj.exe"\n'
    )
    name = parse(raw).attachments[0].name
    assert "/" not in name
    assert "\\" not in name
    assert "\u202e" not in name


def test_broken_base64_gives_what_it_can():
    raw = mail("Content-Transfer-Encoding: base64\n", "aGVsbG8gd29y!!!bGQ\n")
    assert parse(raw).text == "hello world"


def test_html_is_cleaned_and_its_text_is_read():
    raw = mail("Content-Type: text/html; charset=utf-8\n", "<p onclick=x>Hi<script>alert(1)</script></p>")
    message = parse(raw)
    assert message.html == "<p>Hi</p>"
    assert message.text == "Hi"
