"""Limits, tokens, secrets, kept answers and files."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction

from hospes.core import files, idempotency, ids, limits, secrets
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import NotAllowed, RateLimited
from hospes.core.idempotency import Kept

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_limit_counts_down_refuses_and_begins_anew_with_the_next_window():
    left = [limits.count("x", limit=2, seconds=60, now=NOON).remaining for _ in range(3)]
    assert left == [1, 0, 0]
    with pytest.raises(RateLimited) as refused:
        limits.require("x", limit=2, seconds=60, now=NOON + timedelta(seconds=20))
    assert refused.value.details["retry_after"] == 40
    assert limits.require("x", limit=2, seconds=60, now=NOON + timedelta(seconds=60)).remaining == 1
    assert limits.used("x", seconds=60, now=NOON) == 4
    assert limits.used("y", seconds=60, now=NOON) == 0


@pytest.mark.django_db
def test_old_counters_are_forgotten_and_fresh_ones_kept():
    limits.count("old", limit=2, seconds=60, now=NOON - timedelta(days=3))
    limits.count("new", limit=2, seconds=60, now=NOON)
    assert limits.forget_old(now=NOON) == 1
    assert limits.used("new", seconds=60, now=NOON) == 1


@pytest.mark.django_db(transaction=True)
def test_uses_from_many_processes_are_all_counted():
    def use():
        for _ in range(25):
            limits.count("busy", limit=1000, seconds=3600, now=NOON)
        connection.close()

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert limits.used("busy", seconds=3600, now=NOON) == 100


def test_ticket_numbers_are_short_and_without_look_alikes():
    numbers = {ids.ticket_number() for _ in range(500)}
    assert len(numbers) == 500
    assert all(len(n) == 7 and not set(n) & set("AEIOUL01") for n in numbers)


def test_a_hash_tells_neither_the_token_nor_fits_another_purpose():
    token = ids.token()
    assert token not in ids.token_hash(token)
    assert ids.keyed_digest("a", "x") != ids.keyed_digest("b", "x")
    assert ids.same(ids.token_hash(token), ids.token_hash(token))
    assert not ids.same("a", "b")
    assert {len(ids.digit_code()) for _ in range(200)} == {6}


def test_secrets_come_back_and_another_key_reads_nothing(settings):
    sealed = secrets.seal({"password": "tiger", "port": 587})
    assert "tiger" not in sealed
    assert secrets.unseal(sealed) == {"password": "tiger", "port": 587}
    assert secrets.unseal("") == {} == secrets.unseal("broken")
    settings.SECRET_KEY = "another-secret-of-this-installation"
    assert secrets.unseal(sealed) == {}


@pytest.fixture
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_the_same_bytes_are_stored_once(folder):
    key = files.store(b"hello")
    assert files.store(b"hello") == key != files.store(b"world")
    assert files.load(key) == b"hello" == b"".join(files.chunks(key, 2))
    with files.open_stream(key) as stream:
        assert stream.read(2) == b"he"
    assert len([p for p in folder.rglob("*") if p.is_file()]) == 2


def test_half_a_file_that_a_killed_process_left_is_made_whole(folder):
    key = files.store(b"all of it")
    (folder / key).chmod(0o644)
    (folder / key).write_bytes(b"all")
    assert files.store(b"all of it") == key
    assert files.load(key) == b"all of it"


def test_many_who_store_the_same_at_once_leave_one_whole_file(folder):
    content = b"x" * 300_000
    together = threading.Barrier(6)

    def keep():
        together.wait(10)
        files.store(content)

    keepers = [threading.Thread(target=keep) for _ in range(6)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    [stored] = [p for p in folder.rglob("*") if p.is_file()]
    assert stored.read_bytes() == content


def test_a_file_that_is_not_there_says_so(folder):
    with pytest.raises(FileNotFoundError):
        files.load("files/00/nothing")
    assert not default_storage.exists("files/00/nothing")


@pytest.mark.django_db
def test_the_first_answer_under_a_key_stays():
    assert idempotency.find("token:1", "k") is None
    with transaction.atomic():
        assert idempotency.alone("token:1", "k")
        idempotency.keep("token:1", "k", Kept("f", 201, b"one"), now=NOON)
        idempotency.keep("token:1", "k", Kept("f", 201, b"two"), now=NOON)
    assert idempotency.find("token:1", "k") == Kept("f", 201, b"one")
    assert idempotency.find("token:2", "k") is None


def test_an_actor_has_the_rights_that_it_was_given_and_the_system_all():
    agent = Actor(kind="agent", id=1, rights=frozenset({"search"}))
    agent.require("search")
    with pytest.raises(NotAllowed):
        agent.require("staff.manage")
    SYSTEM.require("anything")
    assert not Actor(kind="customer", id=1).may("search")
