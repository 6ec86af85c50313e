"""Webhooks out (row 23): signed, tried for more than a day under one id, given up in sight; calls in (row 24)."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hospes.automation import delivering, operations, policies
from hospes.automation.models import InboundCall, Webhook, WebhookDelivery, WebhookTry
from hospes.automation.operations import webhooks
from hospes.automation.tests.conftest import NOW, change, runs
from hospes.core import clock, drains
from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.testing import people


class Receiver:
    """A server that answers as it is told to, and counts what it took by its id."""

    def __init__(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.asked.append((dict(self.headers), body))
                status, headers = receiver.script.pop(0) if receiver.script else (200, {})
                if 200 <= status < 300:
                    receiver.effects.setdefault(self.headers["webhook-id"], []).append(json.loads(body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"okay")

            def log_message(self, *args):
                pass

        self.script, self.asked, self.effects = [], [], {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def hook(receiver, company):
    made, secret = operations.save_webhook(
        name="Shop", url=receiver.url, kinds=["priority_changed"], actor=SYSTEM, now=NOW
    )
    made.secret = secret
    return made


def deliver_until_rest(now):
    """Try whatever is due until nothing waits, letting the clock run; returns when that was."""
    for _round in range(40):
        delivering.deliver_waiting(now=now)
        waiting = WebhookDelivery.objects.filter(state="waiting", webhook__active=True).order_by("next_try_at").first()
        if waiting is None:
            return now
        now = max(now, waiting.next_try_at)
    raise AssertionError("it never ends")


def test_row_23_each_id_has_one_effect_whatever_the_receiver_answers_on_the_way(hook, receiver, ticket):
    receiver.script = [(500, {}), (429, {"Retry-After": "7"}), (503, {}), (302, {"Location": "http://other.example/"})]
    change(ticket, priority=4)
    begun = clock.now()
    assert deliver_until_rest(begun) > begun + timedelta(hours=2)
    assert [len(taken) for taken in receiver.effects.values()] == [1]
    assert len(receiver.asked) == 5
    assert len({headers["webhook-id"] for headers, _body in receiver.asked}) == 1
    tries = WebhookTry.objects.order_by("id")
    assert [one.status for one in tries] == [500, 429, 503, 302, 200]
    assert tries[4].words == "okay"
    [payload] = next(iter(receiver.effects.values()))
    assert payload["type"] == "ticket.priority_changed"
    assert payload["data"]["ticket"]["number"] == ticket.number
    assert (payload["data"]["field"], payload["data"]["after"]) == ("priority", "4")


def test_row_23_it_is_tried_at_least_eight_times_over_a_day_then_dead_and_can_be_sent_by_hand(hook, receiver, ticket):
    receiver.script = [(500, {})] * 30
    change(ticket, priority=4)
    begun = clock.now()
    assert deliver_until_rest(begun) - begun > timedelta(hours=24)
    [delivery] = WebhookDelivery.objects.all()
    assert delivery.state == "dead"
    assert delivery.attempts >= 8
    receiver.script = []
    operations.replay(delivery_id=delivery.pk, actor=SYSTEM, now=clock.now())
    deliver_until_rest(clock.now())
    assert list(receiver.effects) == [delivery.key]


def test_row_23_gone_switches_it_off_at_once_and_admins_are_told(
    hook, receiver, ticket, django_capture_on_commit_callbacks
):
    admin = people.make_agent("Ilze", role="admin")
    receiver.script = [(410, {})]
    change(ticket, priority=4)
    deliver_until_rest(clock.now())
    hook.refresh_from_db()
    assert (hook.active, hook.disabled_at is not None) == (False, True)
    change(ticket, priority=1)
    assert WebhookDelivery.objects.count() == 1
    assert delivering.tell_admins() == 1
    assert delivering.tell_admins() == 0
    [letter] = [one for one in mail.outbox if "Shop" in one.subject]
    assert letter.to == [admin.email]


def test_row_23_days_without_one_success_switch_it_off(hook, receiver, ticket):
    receiver.script = [(500, {})] * 60
    change(ticket, priority=4)
    moment = deliver_until_rest(clock.now())
    assert Webhook.objects.get().active
    [delivery] = WebhookDelivery.objects.all()
    operations.replay(delivery_id=delivery.pk, actor=SYSTEM, now=moment)
    deliver_until_rest(moment + timedelta(days=5))
    assert not Webhook.objects.get().active
    assert Webhook.objects.get().notice_due


def test_a_delivery_left_by_a_dead_worker_is_taken_again_after_its_lease(hook, ticket):
    change(ticket, priority=4)
    now = clock.now()
    [first] = webhooks.take_deliveries(now=now)
    assert webhooks.take_deliveries(now=now + timedelta(minutes=1)) == []
    [again] = webhooks.take_deliveries(now=now + timedelta(minutes=3))
    assert again.key == first.key


def test_row_28_a_clock_that_jumped_back_does_not_hold_deliveries(hook, ticket):
    change(ticket, priority=4)
    now = clock.now()
    webhooks.take_deliveries(now=now + timedelta(days=2))
    WebhookDelivery.objects.update(next_try_at=now)
    assert len(webhooks.take_deliveries(now=now)) == 1


def test_both_secrets_count_while_one_is_replaced(hook, receiver, ticket):
    new = operations.rotate_secret(webhook=hook, actor=SYSTEM, now=clock.now())
    change(ticket, priority=4)
    deliver_until_rest(clock.now())
    [(headers, body)] = receiver.asked
    for secret in (hook.secret, new):
        wanted = policies.signature(
            secret, key=headers["webhook-id"], timestamp=int(headers["webhook-timestamp"]), body=body
        )
        assert wanted in headers["webhook-signature"].split()
    hook.refresh_from_db()
    assert webhooks.secrets_of(hook.sealed, now=clock.now() + timedelta(days=2)) == [new]
    assert new not in hook.sealed


def test_the_signature_is_the_one_of_standard_webhooks():
    """The example that its reference libraries test with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    found = policies.signature(secret, key="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_row_4_a_webhook_never_reaches_into_the_own_network(receiver, company, ticket, settings):
    settings.HTTP_ALLOW = []
    operations.save_webhook(name="In", url=receiver.url, kinds=["priority_changed"], actor=SYSTEM, now=NOW)
    change(ticket, priority=4)
    delivering.deliver_waiting(now=clock.now())
    assert receiver.asked == []
    assert WebhookTry.objects.get().status == 0


def test_one_event_is_one_delivery_however_often_it_is_heard(hook, ticket):
    change(ticket, priority=4)
    source = int(WebhookDelivery.objects.get().source.removeprefix("event:"))
    said = {"fired": ["priority_changed"], "source": source, "ticket_id": ticket.pk, "data": {}}
    operations.tell_webhooks(**said, at=NOW, now=NOW)
    assert WebhookDelivery.objects.count() == 1


def test_a_rule_calls_a_webhook(hook, receiver, ticket, make_rule):
    make_rule("Call", "type_changed", {"do": "call_webhook", "webhook": hook.pk})
    change(ticket, type="problem")
    deliver_until_rest(clock.now())
    [[payload]] = receiver.effects.values()
    assert (payload["type"], payload["data"]["rule"]) == ("rule.ran", "Call")


def test_setting_up_webhooks_needs_the_right_to(company):
    for wrong in ("ftp://x.example/", "nonsense", "https://me:secret@x.example/"):
        with pytest.raises(InvalidInput):
            operations.save_webhook(name="A", url=wrong, kinds=[], actor=SYSTEM, now=NOW)
    with pytest.raises(NotAllowed):
        operations.save_webhook(
            name="A", url="https://x.example", kinds=[], actor=people.desk_actor(company.manager), now=NOW
        )


@given(attempts=st.integers(1, 30), jitter=st.floats(0.9, 1.1), wait=st.integers(0, 10**6))
def test_waits_grow_to_more_than_a_day_and_end(attempts, jitter, wait):
    pause = policies.next_try(attempts, jitter=jitter, wait=wait)
    if attempts > len(policies.WAITS):
        assert pause is None
    else:
        assert timedelta(seconds=4) < pause <= timedelta(days=1)
    assert len(policies.WAITS) + 1 >= 8
    assert sum(policies.WAITS) * 0.9 > 86_400


def test_the_worker_empties_the_queue(hook, receiver, ticket):
    change(ticket, priority=4)
    assert drains.DRAINS["webhooks"].run() == 1
    assert len(receiver.effects) == 1


# Calls in -------------------------------------------------------------------------------------------


@pytest.fixture
def inbound(company):
    made, secret = operations.save_inbound(name="Warehouse", actor=SYSTEM, now=NOW)
    made.secret = secret
    return made


def call(hook, ticket, *, key="call-1", text="Parcel is lost", body=None, secret="", age=0, client=None):
    body = json.dumps({"ticket": ticket.shown_number, "text": text}).encode() if body is None else body
    stamp = int(clock.now().timestamp()) - age
    signature = policies.signature(secret or hook.secret, key=key, timestamp=stamp, body=body)
    headers = {"webhook-id": key, "webhook-timestamp": str(stamp), "webhook-signature": f"v1,AAAA {signature}"}
    return (client or Client()).post(
        reverse("hook_in", args=[hook.key]), body, content_type="application/json", headers=headers
    )


def test_a_signed_call_sets_a_rule_off(inbound, ticket, make_rule):
    words = {
        "all": [
            {"field": "call.hook", "is": "is", "value": inbound.pk},
            {"field": "call.text", "is": "contains", "value": ["lost"]},
        ]
    }
    make_rule("Lost parcel", "called", {"do": "set_priority", "priority": 4}, when=words)
    assert call(inbound, ticket).json() == {"taken": True, "new": True}
    people.settle()
    assert runs(ticket) == [("Lost parcel", "done")]


def test_row_24_the_same_call_sent_again_does_nothing(inbound, ticket, make_rule):
    make_rule("Note", "called", {"do": "note", "text": "Called"})
    assert call(inbound, ticket).json()["new"] is True
    assert call(inbound, ticket).json()["new"] is False
    people.settle()
    assert runs(ticket) == [("Note", "done")]
    assert InboundCall.objects.count() == 1


def test_row_24_an_altered_late_or_unsigned_call_is_only_counted(inbound, ticket):
    signed = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    url = reverse("hook_in", args=[inbound.key])
    answers = [
        call(inbound, ticket, secret=webhooks.new_secret()),
        call(inbound, ticket, age=301),
        call(inbound, ticket, age=-301),
        Client().post(url, b"{}", content_type="application/json", headers=signed),
        Client().post(url, b"{}", content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 5
    inbound.refresh_from_db()
    assert (inbound.refused, inbound.calls) == (5, 0)
    assert not InboundCall.objects.exists()


def test_calls_that_are_not_understood_are_refused(inbound, ticket):
    assert call(inbound, ticket, body=b"[]").status_code == 422
    assert call(inbound, ticket, body=b'{"ticket": "???????"}').status_code == 422
    assert call(inbound, ticket, body=b'{"ticket": "2222222"}').status_code == 404
    assert call(inbound, ticket, body=b"x" * 300_000).status_code == 413
    operations.archive_inbound(hook=inbound, actor=SYSTEM, now=NOW)
    assert call(inbound, ticket).status_code == 404
