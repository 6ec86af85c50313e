"""Idempotency keys: what is sent again is not done again, whatever happens in between."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from hospes.core import idempotency
from hospes.core.clock import now
from hospes.core.models import IdempotencyKey
from hospes.testing.people import receive
from hospes.tickets import operations
from hospes.tickets.models import Attachment, Message, Ticket

NEW = {"subject": "Kettle", "text": "It leaks", "customer": {"email": "anna@c.example"}}


@pytest.mark.django_db
def test_a_ticket_posted_twice_is_one_ticket_with_the_same_answer_and_headers(api):
    receive()
    first = api.post("/tickets", NEW, Idempotency_Key="order-77")
    again = api.post("/tickets", NEW, Idempotency_Key="order-77")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (first["Location"], first["ETag"]) == (again["Location"], again["ETag"])
    assert "Idempotent-Replay" not in first
    assert again["Idempotent-Replay"] == "true"
    assert Ticket.objects.filter(subject="Kettle").count() == 1


@pytest.mark.django_db
def test_a_key_used_for_something_else_is_refused(api):
    number = receive().ticket.number
    assert api.post("/tickets", NEW, Idempotency_Key="k").status_code == 201
    for answer in (
        api.post("/tickets", {**NEW, "subject": "Other"}, Idempotency_Key="k"),
        api.patch(f"/tickets/{number}", {"priority": "high"}, Idempotency_Key="k"),
    ):
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
            422,
            "key-reused",
            "Idempotency-Key",
        )


@pytest.mark.django_db
def test_keys_belong_to_their_agent(api, admin_api):
    receive()
    mine = api.post("/tickets", NEW, Idempotency_Key="k").json()
    theirs = admin_api.post("/tickets", NEW, Idempotency_Key="k").json()
    assert mine["number"] != theirs["number"]


@pytest.mark.django_db
def test_a_refused_write_is_not_kept_and_may_succeed_later(api):
    number = receive().ticket.number
    assert api.post(f"/tickets/{number}/note", {"text": " "}, Idempotency_Key="k").status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert api.post(f"/tickets/{number}/note", {"text": "now"}, Idempotency_Key="k").status_code == 201


@pytest.mark.django_db
def test_row_25_a_write_that_fails_midway_leaves_neither_effect_nor_answer(api, monkeypatch):
    number = receive().ticket.number

    def broken(*args, **kwargs):
        raise RuntimeError("the answer could not be kept: secret-detail")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", broken)
        failed = api.post(f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k")
    assert failed.status_code == 500
    assert b"secret-detail" not in failed.content
    assert Message.objects.filter(kind="note").count() == 0
    assert api.post(f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k").status_code == 201
    assert Message.objects.filter(kind="note").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "naïve"])
def test_odd_keys_are_refused(api, key):
    number = receive().ticket.number
    answer = api.post(f"/tickets/{number}/note", {"text": "x"}, Idempotency_Key=key)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.django_db
def test_a_file_sent_twice_under_one_key_is_one_upload(api, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    headers = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": "file-1"}

    def send(content):
        file = SimpleUploadedFile("a.txt", content, "text/plain")
        return api.client.post("/api/v1/attachments", {"file": file}, headers=headers)

    first, again = send(b"hello"), send(b"hello")
    assert (first.status_code, first.json(), again["Idempotent-Replay"]) == (201, again.json(), "true")
    assert Attachment.objects.count() == 1
    assert send(b"other").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_second_request_while_the_first_is_going_on_is_told_to_come_back(api, monkeypatch):
    number = receive(now=now()).ticket.number
    inside, go_on = threading.Event(), threading.Event()
    real = operations.add_note

    def slow(**given):
        inside.set()
        assert go_on.wait(30)
        return real(**given)

    monkeypatch.setattr(operations, "add_note", slow)
    answers = []

    def first():
        try:
            answers.append(api.post(f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k"))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    second = api.post(f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k")
    go_on.set()
    thread.join()
    assert (second.status_code, second.json()["code"], second["Retry-After"]) == (409, "in-progress", "1")
    third = api.post(f"/tickets/{number}/note", {"text": "once"}, Idempotency_Key="k")
    assert (answers[0].status_code, third.content) == (201, answers[0].content)
    assert Message.objects.filter(kind="note").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_of_a_key_ends_with_its_transaction():
    with transaction.atomic():
        assert idempotency.alone("agent:1", "k")
    with transaction.atomic():
        assert idempotency.alone("agent:1", "k")
