"""The pipe: exit codes tell a mail server what to do with its copy."""

import io
import os
import sys

import pytest
from django.db import OperationalError

from hospes.channels.email import pipe
from hospes.channels.email.tests.mails import mail
from hospes.channels.models import RawMessage
from hospes.channels.queries import raw_bytes
from hospes.testing.people import make_inbox


@pytest.fixture
def inbox(db):
    return make_inbox()


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(mail())
    return path


def test_a_stored_mail_is_silent_success(inbox, letter, capsys):
    assert pipe.main([str(letter)]) == 0
    assert capsys.readouterr() == ("", "")
    assert raw_bytes(RawMessage.objects.get()) == mail()


def test_handing_it_over_again_stores_nothing_new(inbox, letter):
    assert pipe.main([str(letter), str(letter)], "support@demo.example") == 0
    assert RawMessage.objects.count() == 1


def test_standard_input_with_an_mbox_line_is_the_same_mail(inbox, letter, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"From anna@c.example Mon May  4\n" + mail())))
    assert pipe.main(["-"]) == 0
    assert RawMessage.objects.get().envelope["mail_from"] == "anna@c.example"
    assert pipe.main([str(letter)]) == 0
    assert RawMessage.objects.count() == 1


def test_what_will_never_work_is_told_apart_from_what_may(inbox, letter, tmp_path, capsys):
    empty = tmp_path / "empty"
    empty.write_bytes(b"\n")
    assert pipe.main([str(empty)]) == os.EX_DATAERR
    assert pipe.main([str(tmp_path / "missing")]) == os.EX_NOINPUT
    assert pipe.main([str(letter)], "nobody@demo.example") == os.EX_NOUSER
    assert "nobody@demo.example" in capsys.readouterr().err


def test_row_28_a_database_that_is_away_means_try_again(inbox, letter, tmp_path, monkeypatch, capsys):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(pipe, "accept", away)
    assert pipe.main([str(letter), str(tmp_path / "missing")]) == os.EX_TEMPFAIL
    assert "connection refused" in capsys.readouterr().err


def test_row_28_a_full_disk_means_try_again(inbox, letter, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pipe, "accept", full)
    assert pipe.main([str(letter)]) == os.EX_TEMPFAIL
