"""`hospes mail parse` as people and scripts call it."""

import io
import json
import subprocess
import sys
from pathlib import Path

from hospes.channels.email import parse_cli

SAMPLES = Path(__file__).parent / "samples"
KEYS = (
    "message_id in_reply_to references subject from to cc reply_to date text html reply quoted signature attachments "
    "auto_reply bounce defects"
)


def run(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    source = str(Path(parse_cli.__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-m", "hospes.channels.email.parse_cli", *arguments],
        input=data,
        capture_output=True,
        env={"PYTHONPATH": source},
        check=False,
        timeout=60,
    )


def test_one_line_a_file_in_the_order_given():
    paths = [str(SAMPLES / f"{name}.eml") for name in ("gmail-fa", "bounce-postfix", "attachment")]
    done = run(*paths)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [line["subject"] for line in lines] == ["Re: سفارش شما", "Undelivered Mail Returned to Sender", "files"]
    assert all(list(line) == KEYS.split() for line in lines)
    assert lines[0]["from"] == {"name": "علی رضایی", "address": "customer.fa@mail.example"}
    assert lines[0]["date"] == "2022-11-22T11:14:58+01:00"
    assert lines[1]["auto_reply"] is True
    assert lines[1]["bounce"]["status"] == "5.1.1"
    assert lines[2]["attachments"] == [
        {
            "name": "Rechnung.pdf",
            "content_type": "application/pdf",
            "size": 13,
            "inline": False,
            "content_id": "",
        }
    ]


def test_a_missing_file_is_named_after_all_others_were_done(tmp_path):
    done = run(str(tmp_path / "none.eml"), str(SAMPLES / "iphone.eml"))
    assert done.returncode == 66
    assert b"none.eml" in done.stderr
    assert json.loads(done.stdout)["reply"] == "Yes please."


def test_a_mail_on_standard_input():
    done = run("-", data=b"From: a@b.example\nSubject: hi\n\nwords\n")
    assert json.loads(done.stdout)["text"] == "words"


def test_it_runs_without_django(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, hospes.channels.email.parse_cli; sys.exit(bool({'django', 'psycopg'} & set(sys.modules)))",
        ],
        env={"PYTHONPATH": str(Path(parse_cli.__file__).parents[3])},
        check=False,
        timeout=60,
    )
    assert done.returncode == 0


def test_main_writes_to_standard_output(monkeypatch):
    class Out:
        buffer = io.BytesIO()

    monkeypatch.setattr(parse_cli.sys, "stdout", Out)
    assert parse_cli.main([str(SAMPLES / "empty.eml")]) == 0
    assert json.loads(Out.buffer.getvalue())["text"] == ""
