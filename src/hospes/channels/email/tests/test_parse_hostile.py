"""Mails made to break a parser: bounded in time and memory, never an exception, never a lost mail."""

import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.channels.email import parse as parser
from hospes.channels.email.parse import parse
from hospes.channels.email.parse_cli import as_dict
from hospes.channels.email.parsing.limits import MAX_DEPTH, MAX_PARTS

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))
RAW = [path.read_bytes() for path in SAMPLES]
HEAD = b"From: a@mail.example\nTo: s@demo.example\nSubject: x\nMIME-Version: 1.0\n"
TOKENS = [
    b"\n", b"\r\n", b"\r", b"\0", b"--", b"=?", b"?=", b"=?utf-8?b?", b"\xff", b"<", b">", b'"', b"(", b";", b":",
    b"boundary=", b"\n\n", b"> ", b"&", b"<div>", b"charset=utf-16", b"charset=utf-7", b"charset=hz", b"base64",
    b"\x1b$B", b"begin 644 x\n", b"message/rfc822", b"multipart/mixed", b"\xef\xbb\xbf", b"*0*=", b"xn--",
    b"\xed\xa0\x80", b"On Mon, 1 Jan 2024 a@b.example wrote:\n", b"99999999999999999999",
]  # fmt: skip


def text(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + body


def page(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body


def nested(levels: int) -> bytes:
    """Multiparts inside each other, with words in the innermost."""
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(levels))
    closing = b"".join(b"--b%d--\n" % i for i in reversed(range(levels)))
    return HEAD + opening + b"Content-Type: text/plain\n\ndeep\n" + closing


HOSTILE = {
    "a thousand levels": lambda: nested(1000),
    "twenty thousand levels": lambda: nested(20_000),
    "a thousand enclosed mails": lambda: (HEAD + b"Content-Type: message/rfc822\n\n") * 1000 + HEAD + b"\nx\n",
    "100k parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nhi\n" * 100_000,
    "100k lost multiparts": lambda: (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: multipart/mixed; boundary=zz\n\nhi\n" * 100_000
    ),
    "a header of 50 MB": lambda: b"Subject: " + b"a" * 50_000_000 + b"\n\nbody",
    "7 million header fields": lambda: b"X-A: b\n" * 7_000_000 + b"\nbody",
    "a line of 25 MB": lambda: text(b"a" * 25_000_000),
    "millions of near boundaries": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bb\n" * 3_000_000
    ),
    "comments in From": lambda: b"From: " + b"(" * 100_000 + b"\n\nx",
    "angles in To": lambda: b"To: " + b"<" * 150_000 + b"\n\nx",
    "open encoded words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 1200 + b"\n\nx",
    "open parameters": lambda: b"Content-Type: text/plain" + b'; a="' * 4000 + b"\n\nx",
    "a megabyte of quote marks": lambda: text(b">" * 1_000_000),
    "half a million quoted lines": lambda: text(b">\n" * 500_000),
    "colons": lambda: text(b"a:\n" * 333_000),
    "field names": lambda: text(b"From: a@b.example\n" * 60_000),
    "wrote": lambda: text(b"On Mon, Jan 1 2024 wrote:\n" * 40_000),
    "wrote on one line": lambda: text(b"On Mon, Jan 1 2024 wrote: " * 40_000),
    "dashes": lambda: text(b"-" * 1_000_000),
    "signatures": lambda: text(b"-- \n" * 250_000),
    "answers between quotes": lambda: text(b"> a\nb\n" * 160_000),
    "telephone lines": lambda: text(b"Sent from my iPhone\n" * 50_000),
    "a megabyte of <": lambda: page(b"<" * 1_000_000),
    "half a million open tags": lambda: page(b"<a" * 500_000),
    "nested divs": lambda: page(b"<div>" * 200_000),
    "nested quotes": lambda: page(b"<blockquote>x" * 80_000),
    "distinct fonts": lambda: page(b"".join(b"<font size=%d>" % i for i in range(20_000)) + b"<p>x" * 20_000),
    "ampersands": lambda: page(b"&" * 1_000_000),
    "open comments": lambda: page(b"<!--" * 250_000),
    "attributes": lambda: page(b"<a " + b"x=1 " * 250_000 + b">"),
    "open quotes": lambda: page(b"<a x='" * 150_000),
    "style declarations": lambda: page(b"<p style='" + b"a:b;" * 200_000 + b"'>x"),
}
RUNNER = """
import json, resource, sys
from hospes.channels.email.parse import parse
raw = sys.stdin.buffer.read()
parse(b"From: a@b.example\\n\\nwarm")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
message = parse(raw)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"kb": after - before, "defects": message.defects}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_row_16_and_18_hostile_mail_is_bounded_in_time_and_memory(name):
    environment = {**os.environ, "PYTHONPATH": str(Path(parser.__file__).parents[3])}
    limit = (4 * 2**30, 4 * 2**30)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=HOSTILE[name](),
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
        preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_CPU, (10, 10)),
            resource.setrlimit(resource.RLIMIT_AS, limit),
        ),
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    result = json.loads(done.stdout)
    assert result["kb"] < 100_000
    assert not [d for d in result["defects"] if d.startswith("could not be parsed")]


def test_row_16_depth_and_number_of_parts_are_limited_and_said_so():
    assert any(f"{MAX_DEPTH} levels" in d for d in parse(nested(1000)).defects)
    many = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nhi\n" * (MAX_PARTS + 5)
    message = parse(many)
    assert any(f"{MAX_PARTS} parts" in d for d in message.defects)
    assert message.text.count("hi") >= MAX_PARTS - 1


def test_row_17_what_lies_behind_a_failure_is_still_a_message(monkeypatch):
    def broken(*args):
        raise RecursionError

    monkeypatch.setattr(parser.mime, "read", broken)
    message = parse(b"From: Ann <ann@mail.example>\nSubject: Hello\nMessage-ID: <1@x>\n\nThe words.\n")
    assert (message.subject, message.sender.address, message.message_id) == ("Hello", "ann@mail.example", "1@x")
    assert message.reply == "The words.\n"
    assert message.defects == ("could not be parsed (RecursionError)",)


def check(raw: bytes) -> None:
    message = parse(raw)
    json.dumps(as_dict(message), ensure_ascii=False).encode("utf-8")
    assert not [d for d in message.defects if d.startswith("could not be parsed")]
    assert bool(message.reply.strip()) == bool(message.text.strip())
    assert "\n" not in message.subject
    assert message.sender.address == "" or not any(c in message.sender.address for c in "\r\n<>")


@st.composite
def damaged(draw):
    """A sample with bytes changed, cut out, put in, or crossed with another sample."""
    raw = bytearray(draw(st.sampled_from(RAW)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.integers(0, 4)):
            case 0:
                raw[at : at + 1] = draw(st.binary(min_size=1, max_size=3))
            case 1:
                raw[at:at] = draw(st.sampled_from(TOKENS))
            case 2:
                del raw[at : at + draw(st.integers(1, 200))]
            case 3:
                other = draw(st.sampled_from(RAW))
                start = draw(st.integers(0, len(other)))
                raw[at:at] = other[start : start + draw(st.integers(1, 500))]
            case _:
                del raw[at:]
    return bytes(raw)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_row_17_any_damaged_mail_is_a_message(raw):
    check(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500))
def test_row_17_any_bytes_are_a_message(raw):
    check(raw)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_row_17_ten_thousand_damaged_mails(raw):
    check(raw)


def _cpython_mails() -> list[Path]:
    try:
        package = import_module("test.test_email")
    except ImportError:
        return []
    folder = Path(package.__file__ or "").parent / "data"
    return sorted([*folder.glob("*.eml"), *folder.glob("msg_*.txt")])


def test_row_17_every_mail_of_pythons_own_tests_is_a_message():
    paths = _cpython_mails()
    if not paths:
        pytest.skip("this Python was installed without its own tests")
    for path in paths:
        check(path.read_bytes())
