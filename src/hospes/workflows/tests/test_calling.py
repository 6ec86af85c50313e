"""Calls of addresses: signed, outside of transactions, tried again, and never into the company's own network."""

import base64
import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection

from hospes.testing.people import NOON, desk_actor, make_agent, receive
from hospes.workflows import operations
from hospes.workflows.models import Call, WorkflowRun
from hospes.workflows.operations.calling import secret_of
from hospes.workflows.tests.definitions import ask, one_step, published


class Shop(BaseHTTPRequestHandler):
    """Answers with what `answers` holds next, and keeps what it was asked."""

    answers: list = []
    asked: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        in_transaction = connection.in_atomic_block
        type(self).asked.append((self.path, dict(self.headers), body, in_transaction))
        status, content = type(self).answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def shop(settings):
    server = HTTPServer(("127.0.0.1", 0), Shop)
    settings.HTTP_ALLOW = ["127.0.0.1"]
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    Shop.answers, Shop.asked = [], []
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def running(url, **more):
    call = {"key": "price", "kind": "call", "url": url, "into": {"fee": "price.amount"}, **more}
    actor = desk_actor(make_agent())
    workflow = published(one_step(ask("a"), call, ask("b")), "priced")
    run = operations.start_run(workflow=workflow, ticket=receive().ticket, actor=actor, now=NOON)
    return operations.advance(run=run, answers={"a_text": "x/../y"}, actor=actor, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_an_address_is_called_signed_and_its_answer_kept(shop):
    Shop.answers = [(200, {"price": {"amount": 7.5}})]
    run = running(f"{shop}/fee/{{{{run.a_text}}}}")
    assert run.state == "calling"
    assert operations.call_due(now=NOON) == 1
    path, headers, body, _inside = Shop.asked[0]
    assert path == "/fee/x%2F..%2Fy"  # an answer cannot change where the address leads
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(secret_of("priced"), signed, hashlib.sha256).digest()).decode()
    assert headers["Webhook-Signature"] == f"v1,{wanted}"
    run.refresh_from_db()
    assert (run.state, run.step, run.facts["fee"], run.facts["price_worked"]) == ("running", "b", 7.5, True)
    assert operations.call_due(now=NOON + timedelta(days=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_a_failing_address_is_tried_again_with_one_id_and_then_gone_on_without(shop):
    Shop.answers = [(500, {}), (503, {})]
    run = running(shop, tries=2)
    assert operations.call_due(now=NOON) == 1
    assert operations.call_due(now=NOON) == 0  # not before its time
    assert operations.call_due(now=NOON + timedelta(minutes=1)) == 1
    assert Shop.asked[0][1]["Webhook-Id"] == Shop.asked[1][1]["Webhook-Id"]
    run.refresh_from_db()
    assert (run.state, run.step, run.facts["price_worked"]) == ("running", "b", False)
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://169.254.169.254/latest/", "http://[::1]:8000/"])
def test_the_companys_own_network_is_never_asked(url):
    run = running(url, tries=1)
    assert operations.call_due(now=NOON) == 1
    run.refresh_from_db()
    assert run.facts["price_worked"] is False
    assert "private network" in run.facts["price_error"]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_move_a_run_once():
    actor = desk_actor(make_agent())
    workflow = published(one_step(ask("a"), ask("b"), ask("c")))
    run = operations.start_run(workflow=workflow, ticket=receive().ticket, actor=actor, now=NOON)
    ready = threading.Barrier(4)

    def press(number):
        try:
            ready.wait()
            operations.advance(
                run=run, answers={"a_text": str(number), "b_text": str(number)}, actor=actor, now=NOON, seq=run.seq
            )
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "moved"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(press, range(4)))
    assert found == ["Conflict", "Conflict", "Conflict", "moved"]
    assert WorkflowRun.objects.get(pk=run.pk).step == "b"


@pytest.mark.django_db(transaction=True)
def test_two_workers_wake_a_run_once():
    actor = desk_actor(make_agent())
    workflow = published(one_step({"key": "w", "kind": "wait", "span": "1 h"}, ask("a")))
    run = operations.start_run(workflow=workflow, ticket=receive().ticket, actor=actor, now=NOON)
    ready = threading.Barrier(2)

    def wake(_number):
        try:
            ready.wait()
            return operations.wake_due(now=NOON + timedelta(hours=2))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(wake, range(2))) == 1
    run.refresh_from_db()
    assert (run.state, run.step) == ("running", "a")
