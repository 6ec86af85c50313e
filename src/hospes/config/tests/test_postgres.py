"""The embedded database: any folder, any end of the process before, and nobody else at the door."""

import os
import stat
from pathlib import Path

import psycopg
import pytest

from hospes.config import account
from hospes.config.locks import Held
from hospes.config.postgres import Server, StartFailed, Tuning

QUICK = Tuning(durable=False)


def _count(address: str) -> int:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO starts DEFAULT VALUES")
        return connection.execute("SELECT count(*) FROM starts").fetchone()[0]


def test_a_folder_too_deep_for_a_socket_works_and_leaves_nothing_in_tmp(tmp_path):
    folder = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 12)
    for start in (1, 2):
        with Server(folder, QUICK) as server:
            sockets = Path(psycopg.conninfo.conninfo_to_dict(server.url)["host"])
            assert not sockets.is_relative_to(tmp_path)
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
            assert _count(server.url) == start
        assert not sockets.exists()


def test_only_its_owner_can_enter_the_socket_and_the_data(tmp_path):
    with Server(tmp_path / "db", QUICK) as server:
        sockets = Path(psycopg.conninfo.conninfo_to_dict(server.url)["host"])
        for folder in (sockets, server.data):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_two_servers_never_run_on_one_folder(tmp_path):
    with Server(tmp_path / "db", QUICK):
        with pytest.raises(Held) as refused:
            Server(tmp_path / "db", QUICK).start()
        assert refused.value.pid == os.getpid()


def test_a_note_with_the_number_of_some_living_process_is_no_obstacle(tmp_path):
    """After a restart of a container the noted number belongs to somebody else."""
    with Server(tmp_path / "db", QUICK) as server:
        note = (server.data / "postmaster.pid").read_text()
    lines = note.splitlines()
    lines[0] = str(os.getpid())
    (server.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with Server(tmp_path / "db", QUICK) as again:
        assert _count(again.url) == 1


def test_a_server_that_outlived_its_owner_is_replaced(tmp_path):
    first = Server(tmp_path / "db", QUICK)
    _count(first.start())
    first._lock.release()  # as if its owner had died without taking it along
    with Server(tmp_path / "db", QUICK) as second:
        assert first.pid is None
        assert _count(second.url) == 2
    first.stop()


def test_a_killed_server_is_revived_at_its_address(tmp_path):
    with Server(tmp_path / "db", Tuning()) as server:
        address = server.url
        _count(address)
        server._process.kill()
        server._process.wait()
        server.revive()
        assert server.url == address
        assert _count(address) == 2


def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path):
    half = tmp_path / "db" / "data.new"
    half.mkdir(parents=True)
    (half / "rubbish").touch()
    (tmp_path / "db" / "data").mkdir()
    with Server(tmp_path / "db", QUICK) as server:
        assert _count(server.url) == 1


def test_data_of_another_version_is_left_alone_and_named(tmp_path):
    data = tmp_path / "db" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(StartFailed, match="was made by PostgreSQL 12"):
        Server(tmp_path / "db", QUICK).start()
    assert (data / "PG_VERSION").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the database to another user")
def test_root_lets_the_database_through_a_closed_folder_and_nobody_else(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Server(closed / "db", QUICK) as server:
        assert _count(server.url) == 1
        assert (server.data.stat()).st_uid == account.for_folder(server.data).pw_uid != 0
    assert closed.stat().st_mode & 0o007 == 0
    entries = account._entries(closed, closed.stat().st_mode)
    named = {who for tag, who in entries if tag == account._USER}
    assert named == {server.data.stat().st_uid}
