"""`hospes up` as people live with it: starting, healing, stopping, and being killed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from hospes.config.tests.running import Running, hospes, wait_until

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data folder that was used once, so that later starts are second starts."""
    folder = tmp_path_factory.mktemp("up") / "data"
    with Running(folder) as first:
        first.sql("CREATE TABLE kept (word text)")
        first.sql("INSERT INTO kept VALUES ('here')")
        said = first.stop(signal.SIGINT)
        assert first.process.returncode == 0, said
        assert f"http://127.0.0.1:{first.port}/" in said
        assert f"smtp://127.0.0.1:{first.smtp_port}" in said
        assert first.left() == []
    return folder


@pytest.fixture(scope="module")
def alive(data, tmp_path_factory):
    """A running Hospes on a copy of that folder, for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("alive") / "data"
    shutil.copytree(data, folder)
    with Running(folder) as running:
        yield running


def test_a_second_start_continues_with_the_same_data_and_key(data):
    key = (data / "secret-key").read_text()
    with Running(data) as running:
        assert running.sql("SELECT word FROM kept") == [("here",)]
        assert running.stop()
        assert running.process.returncode == 0
        assert running.left() == []
    assert (data / "secret-key").read_text() == key
    assert (data / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_second_instance_is_refused_with_the_reason(alive):
    second = hospes(alive.data, "up", "--port", "1")
    assert second.returncode == 2
    assert f"Hospes already runs on {alive.data} (process {alive.process.pid})" in second.stderr
    assert alive.answers()


def test_other_commands_find_the_running_database(alive):
    checked = hospes(alive.data, "check")
    told = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in checked.stdout.splitlines())
    assert {told[part] for part in ("configuration", "database", "jobs", "storage", "mail sent")} == {"OK"}
    # A new installation takes no mail yet, and says what to do.
    assert "No inbox is set up" in told["mail in"]
    assert checked.returncode == 1
    token = hospes(alive.data, "token", "create", "--email", "nobody@demo.example")
    assert token.returncode == 2
    assert "No agent has the address nobody@demo.example" in token.stderr


def test_other_commands_start_the_database_for_their_time(data):
    checked = hospes(data, "check")
    assert "OK" in checked.stdout, checked.stdout + checked.stderr
    assert not (data / "postgres" / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize(("flag", "variable"), [("--port", "HOSPES_PORT"), ("--smtp-port", "HOSPES_SMTP_PORT")])
def test_a_busy_port_is_refused_with_the_cure(tmp_path, flag, variable):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        by_flag = hospes(tmp_path, "up", flag, port, HOSPES_PORT="0", HOSPES_SMTP_PORT="0")
        by_variable = hospes(tmp_path, "up", **({"HOSPES_PORT": "0", "HOSPES_SMTP_PORT": "0"} | {variable: port}))
    for refused in (by_flag, by_variable):
        assert refused.returncode == 2
        assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
        assert f"choose another with {flag} or {variable}" in refused.stderr


def test_killing_the_supervisor_leaves_nothing_behind_and_the_next_start_works(data):
    with Running(data) as running:
        running.process.kill()
        wait_until(lambda: not running.left())
    with Running(data) as again:
        assert again.sql("SELECT word FROM kept") == [("here",)]


def test_killing_everything_at_once_loses_nothing(data):
    with Running(data) as running:
        running.sql("INSERT INTO kept VALUES ('just before')")
        for process in running.left():
            with suppress(psutil.NoSuchProcess):  # the database's own children go with it
                process.kill()
        running.process.wait()
    with Running(data) as again:
        assert ("just before",) in again.sql("SELECT word FROM kept")


def test_each_part_that_dies_is_started_again(data):
    parts = ("web", "worker", "mail")
    with Running(data) as running:
        for name in parts:
            victim = running.part(f"hospes {name}")
            victim.kill()
            assert running.part(f"hospes {name}", other_than=victim.pid).is_running(), name
            wait_until(running.answers)
        said = running.stop()
    for name in parts:
        assert said.count(f"{name} ended (SIGKILL); starting it again") == 1, name


def test_a_database_that_dies_is_started_again(data):
    with Running(data) as running:
        victim = running.part("postgres")
        victim.kill()
        assert running.part("postgres", other_than=victim.pid).is_running()
        wait_until(running.answers)
        assert running.sql("SELECT count(*) FROM kept")
        said = running.stop()
        assert running.process.returncode == 0
    assert "The database ended; starting it again." in said


def test_jobs_of_a_worker_that_died_are_taken_up_again(alive):
    alive.sql(
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '5 seconds') RETURNING id)"
        " INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
        " SELECT 'default', 'core.forget_old', '{\"timestamp\": 0}', 'doing', id FROM dead"
    )
    # Done jobs are deleted, so that the table stays small.
    wait_until(
        lambda: alive.sql("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'core.forget_old'") == [(0,)]
    )


def test_an_ordinary_user_can_run_it():
    if os.geteuid() != 0:
        pytest.skip("every other test here runs as an ordinary user already")
    runner = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    python = _python_for(runner)
    if python is None:
        pytest.skip("no Python on this machine that others may run together with our packages")
    data = Path("/tmp") / f"hospes-test-{os.getpid()}" / "data"
    data.mkdir(parents=True)
    try:
        for folder in (data, data.parent):
            os.chown(folder, 65534, 65534)
        packages = str(Path(psutil.__file__).parents[1])
        source = str(Path(__file__).resolve().parents[3])
        with Running(data, runner=runner, python=python, PYTHONPATH=f"{source}:{packages}", HOME="/tmp") as running:
            assert running.sql("SELECT 1") == [(1,)]
            assert {one.uids().effective for one in running.left()} == {65534}
            running.stop()
            assert running.process.returncode == 0
            assert running.left() == []
    finally:
        shutil.rmtree(data.parent)


def _python_for(runner: tuple[str, ...]) -> str | None:
    """A Python of our version that the runner's user may use with our packages."""
    packages, source = str(Path(psutil.__file__).parents[1]), str(Path(__file__).resolve().parents[3])
    if shutil.which(runner[0]) is None:
        return None
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        tried = subprocess.run(
            [*runner, python, "-c", "import django, psycopg, granian, hospes"],
            env={"PYTHONPATH": f"{source}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return python
    return None
