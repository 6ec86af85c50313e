"""The command line's own manners."""

import subprocess
import sys

import pytest

from hospes.config import cli
from hospes.config.tests.running import environment, hospes


def test_mail_parse_starts_without_django(tmp_path):
    script = (
        "import sys, io\n"
        "from hospes.config.cli import main\n"
        "code = main(['mail', 'parse', sys.argv[1]])\n"
        "assert 'django.db' not in sys.modules and 'psycopg' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@b.example\r\nSubject: Kettle\r\n\r\nIt leaks.\r\n")
    done = subprocess.run(
        [sys.executable, "-c", script, str(mail)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"Kettle"' in done.stdout


def test_a_variable_that_is_no_number_is_named(monkeypatch):
    monkeypatch.setenv("HOSPES_PORT", "http")
    with pytest.raises(SystemExit, match="HOSPES_PORT is 'http'"):
        cli.main(["up"])


def test_a_data_folder_that_cannot_be_made_is_refused_with_the_cure(tmp_path):
    (tmp_path / "file").touch()
    refused = hospes(tmp_path / "file" / "data", "check")
    assert refused.returncode == 2
    assert "Choose another one with --data or HOSPES_DATA" in refused.stderr


def test_a_database_that_does_not_answer_is_no_riddle(tmp_path):
    address = f"postgresql://nobody@/none?host={tmp_path}"
    refused = hospes(tmp_path / "data", "migrate", DATABASE_URL=address)
    assert refused.returncode == 2
    assert "See DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_pipe_that_finds_no_database_asks_the_mail_server_to_try_again(tmp_path):
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"Subject: Kettle\r\n\r\nIt leaks.\r\n")
    address = f"postgresql://nobody@/none?host={tmp_path}"
    assert hospes(tmp_path / "data", "mail", "deliver", str(mail), DATABASE_URL=address).returncode == 75
