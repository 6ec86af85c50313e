"""Sending by SMTP: each recipient's own copy, once and under one Message-ID; what the server says is kept."""

import dataclasses
import email
import email.policy
import socket
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Quote
from hospes.channels.email import compose, letter, send
from hospes.channels.email.parse import parse
from hospes.channels.email.tests.servers import smtp_sink

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ANNA, BEN = "anna@customer.example", "ben@customer.example"


def outgoing(**changes):
    base = OutgoingMessage(
        message_id="k7f2m9q.abc@demo.example",
        number="K7F-2M9Q",
        subject="Re: Kettle [#K7F-2M9Q]",
        text="Please send a photo.\n\nThank you!",
        html="<p>Please send a <b>photo</b>.</p><p>Thank you!</p>",
        sender=("Ivo (Demo shop)", "support@demo.example"),
        to=(("Anna Kalniņa", ANNA),),
        cc=(("Ben", BEN),),
        reply_to={ANNA: "support+k7f2m9q.aaa@demo.example", BEN: "support+k7f2m9q.bbb@demo.example"},
        in_reply_to="one@customer.example",
        references=("one@customer.example",),
        automatic=False,
        language="en",
        at=AT,
        signature_html="<p>Ivo<br>Demo shop</p>",
        quote=Quote("Anna", AT, "My kettle leaks.\nWhat now?"),
    )
    return dataclasses.replace(base, **changes)


def whole(message, recipient=ANNA):
    return compose.fields_of(message, recipient) + compose.body_of(message)


def read(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_each_recipient_gets_their_own_copy_with_all_named_and_their_own_reply_address():
    with smtp_sink() as (sink, url):
        receipt = send.send(outgoing(), {"smtp": url})
    assert receipt.refused is None
    assert [(sender, to) for sender, to, _raw in sink.mails] == [
        ("support@demo.example", (ANNA,)),
        ("support@demo.example", (BEN,)),
    ]
    assert sink.connections == 1
    first, second = (read(raw) for _s, _t, raw in sink.mails)
    assert first["Message-ID"] == second["Message-ID"] == "<k7f2m9q.abc@demo.example>"
    assert first["Reply-To"] == "support+k7f2m9q.aaa@demo.example"
    assert second["Reply-To"] == "support+k7f2m9q.bbb@demo.example"
    for copy in (first, second):
        assert copy["To"].addresses[0].display_name == "Anna Kalniņa"
        assert copy["Cc"].addresses[0].addr_spec == BEN
        assert copy["In-Reply-To"] == copy["References"] == "<one@customer.example>"
        assert copy["Date"].datetime == AT
        assert copy["Content-Language"] == "en"
        assert copy["Auto-Submitted"] is None
        assert {part.get_content_type() for part in copy.walk()} == {
            "multipart/alternative", "text/plain", "text/html",
        }  # fmt: skip


def test_row_13_automatic_mail_says_so():
    mail = read(whole(outgoing(automatic=True)))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert parse(whole(outgoing(automatic=True))).automatic
    assert not parse(whole(outgoing())).automatic


def test_row_27_one_bad_recipient_does_not_keep_the_mail_from_the_others():
    with smtp_sink({f"RCPT {ANNA}": ["550 5.1.1 no such person"]}) as (sink, url):
        receipt = send.send(outgoing(), {"smtp": url})
    assert receipt.refused == {ANNA: "550 5.1.1 no such person"}
    assert [to for _s, to, _r in sink.mails] == [(BEN,)]


def test_row_27_when_all_are_refused_it_is_given_up_with_the_servers_words():
    with smtp_sink({"RCPT": ["550 5.1.1 unknown"] * 2}) as (_sink, url), pytest.raises(ChannelError) as failed:
        send.send(outgoing(), {"smtp": url})
    assert failed.value.permanent
    assert f"{ANNA}: 550 5.1.1 unknown" in failed.value.words


def test_row_27_a_temporary_refusal_is_tried_again_for_that_recipient_alone():
    with smtp_sink({f"RCPT {ANNA}": ["451 4.7.1 greylisted"]}) as (sink, url):
        with pytest.raises(ChannelError) as failed:
            send.send(outgoing(), {"smtp": url})
        assert not failed.value.permanent
        assert failed.value.words == "451 4.7.1 greylisted"
        assert failed.value.recipients_done == (BEN,)
        send.send(outgoing(done_recipients=failed.value.recipients_done), {"smtp": url})
    assert [to for _s, to, _r in sink.mails] == [(BEN,), (ANNA,)]


@pytest.mark.parametrize("answer", ["drop", "store, drop", "421 4.3.2 going down"])
def test_row_27_a_connection_lost_after_data_is_tried_again_under_the_same_message_id(answer):
    message = outgoing(cc=())
    with smtp_sink({"DATA": [answer]}) as (sink, url):
        with pytest.raises(ChannelError) as failed:
            send.send(message, {"smtp": url})
        assert not failed.value.permanent
        assert failed.value.recipients_done == ()
        send.send(message, {"smtp": url})
    assert {read(raw)["Message-ID"] for _s, _t, raw in sink.mails} == {"<k7f2m9q.abc@demo.example>"}
    assert len(sink.mails) == (2 if answer.startswith("store") else 1)


def test_row_27_a_server_that_never_answers_after_data_times_out(monkeypatch):
    monkeypatch.setattr(send, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk():
            connection, _peer = listener.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(b"220 slow\r\n")
                stream.flush()
                while line := stream.readline():
                    if line.upper().startswith(b"DATA"):
                        stream.write(b"354 go\r\n")
                        stream.flush()
                        while stream.readline():
                            pass
                        return
                    stream.write(b"250 ok\r\n")
                    stream.flush()

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(ChannelError) as failed:
            send.send(outgoing(), {"smtp": f"smtp://127.0.0.1:{listener.getsockname()[1]}"})
        thread.join()
    assert not failed.value.permanent


def test_row_27_a_password_is_never_sent_over_a_plain_line():
    with smtp_sink() as (sink, url), pytest.raises(ChannelError) as failed:
        send.send(outgoing(), {"smtp": url.replace("//", "//user:secret@")})
    assert not failed.value.permanent
    assert "STARTTLS" in failed.value.words
    assert "secret" not in failed.value.words
    assert sink.mails == []


def test_the_relay_is_used_by_inboxes_without_a_server_of_their_own(settings):
    with smtp_sink() as (sink, url):
        settings.MAIL_RELAY_URL = url
        send.send(outgoing(cc=()), {})
    assert len(sink.mails) == 1


def test_without_any_server_the_mail_waits_and_the_words_name_the_cure(settings):
    settings.MAIL_RELAY_URL = ""
    with pytest.raises(ChannelError) as failed:
        send.send(outgoing(), {})
    assert (failed.value.permanent, failed.value.set_up) == (False, False)
    assert "HOSPES_MAIL_RELAY" in failed.value.words


def test_an_address_beyond_ascii_needs_a_server_that_knows_them():
    message = outgoing(to=(("Jānis", "jānis@piemērs.example"),), cc=())
    with smtp_sink(features=()) as (_sink, url), pytest.raises(ChannelError) as failed:
        send.send(message, {"smtp": url})
    assert "SMTPUTF8" in failed.value.words
    with smtp_sink() as (sink, url):
        send.send(message, {"smtp": url})
    assert sink.mails[0][1] == ("jānis@xn--piemrs-s3a.example",)


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=30), max_size=3))
def test_nothing_written_by_people_can_add_a_header(subject, name, address, references):
    evil = "\r\nBcc: eve@evil.example\r\n\r\nbody"
    message = outgoing(
        subject=subject + evil,
        sender=(name + evil, "support@demo.example"),
        to=((name + evil, ANNA), ("x", address + evil)),
        in_reply_to=address + evil,
        references=tuple(r + evil for r in references),
        language="en" + evil,
        files=(OutgoingFile(name + evil, "text/plain\r\nX: y", b"x"),),
    )
    raw = whole(message)
    head = raw.partition(b"\r\n\r\n")[0]
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith(b" ")}
    assert names <= {
        b"date", b"from", b"to", b"cc", b"reply-to", b"subject", b"message-id", b"in-reply-to", b"references",
        b"content-language", b"mime-version", b"content-type", b"content-transfer-encoding",
    }  # fmt: skip
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_files_and_pictures_travel_with_names_of_any_language():
    message = outgoing(
        html='<p>See <img data-cid="pic1@x"> and <img src="data:image/png;base64,iVBORw0KGgo="></p>',
        files=(
            OutgoingFile("rēķins 2026.pdf", "application/pdf", b"%PDF\x00\xff"),
            OutgoingFile("pic.png", "image/png", b"\x89PNG", inline=True, content_id="pic1@x"),
            OutgoingFile("فاکتور" * 60 + ".pdf", "weird", b"x"),
            OutgoingFile("original.eml", "message/rfc822", b"Subject: hi\r\n\r\nbody \xff"),
        ),
    )
    raw = whole(message)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()
    found = parse(raw)
    by_name = {a.name: a for a in found.attachments}
    assert by_name["rēķins 2026.pdf"].content == b"%PDF\x00\xff"
    assert by_name["original.eml"].content == b"Subject: hi\r\n\r\nbody \xff"
    inline = [a for a in found.attachments if a.inline]
    assert {a.content for a in inline} == {b"\x89PNG", bytes.fromhex("89504e470d0a1a0a")}
    assert 'data-cid="pic1@x"' in found.html


def test_references_are_bounded_and_keep_the_first():
    mail = read(whole(outgoing(references=tuple(f"{n}@x" for n in range(100)))))
    kept = mail["References"].split()
    assert kept[0] == "<0@x>"
    assert kept[-1] == "<99@x>"
    assert len(kept) == compose.MAX_REFERENCES


@pytest.mark.parametrize("language", ["en", "uz", "lv", "fa", "tr", "hy"])
@pytest.mark.parametrize("part", ["both", "text"])
def test_what_we_send_is_understood_again_without_quote_and_signature(language, part):
    message = outgoing(language=language)
    raw = whole(message)
    if part == "text":
        raw = compose.fields_of(message, ANNA) + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        raw += letter.text_of(message).encode()
    found = parse(raw)
    assert found.reply.split() == message.text.split()
    assert "My kettle leaks." in found.quoted
    assert "kettle" not in found.reply


def test_persian_mail_runs_from_right_to_left():
    html, _pictures = letter.html_of(outgoing(language="fa"))
    assert '<html lang="fa" dir="rtl">' in html
    assert "border-right" in html


def test_very_long_lines_stay_within_what_smtp_allows():
    message = outgoing(text="word " * 5000, html="<p>" + "x" * 5000 + "</p>")
    raw = whole(message)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert parse(raw).attachments == ()
