"""Calls of HTTP addresses: outside of any transaction, signed, tried again with back-off, the answer kept as facts."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db import transaction

from hospes.core import ids
from hospes.core.errors import HospesError
from hospes.core.http import Fetched, fetch
from hospes.core.outbox import backoff
from hospes.core.text import shorten, storable, storable_json
from hospes.workflows.models import Call, WorkflowRun
from hospes.workflows.operations.keeping import own_actor
from hospes.workflows.operations.knowing import Knowledge
from hospes.workflows.operations.running import move_on
from hospes.workflows.policies.definition import Raw
from hospes.workflows.policies.engine import step_of
from hospes.workflows.policies.texts import VARIABLE
from hospes.workflows.queries import plan_of_version

LEASE = timedelta(seconds=60)
TIMEOUT = 10.0
MAX_ANSWER = 200_000
TRIES = 5


@dataclass(frozen=True, slots=True)
class Request:
    """A call made ready, so that nothing has to be read while it is on its way."""

    call_id: int
    run_id: int
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    attempts: int
    tries: int


def secret_of(workflow_key: str) -> bytes:
    """The key by which a workflow's calls are signed; its settings show it as whsec_…"""
    return hashlib.sha256(ids.keyed_digest("workflow-call", workflow_key).encode()).digest()


def signature(secret: bytes, uid: str, stamp: int, body: bytes) -> str:
    """The Standard Webhooks signature over "id.timestamp.body"."""
    signed = f"{uid}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def call_due(*, now: datetime, limit: int = 10) -> int:
    """Make the calls that are due; returns how many were tried."""
    done = 0
    while done < limit:
        request = _claim(now=now)
        if request is None:
            return done
        answer: Fetched | None = None
        error = ""
        try:
            answer = fetch(
                request.method, request.url, headers=request.headers, body=request.body, timeout=TIMEOUT,
                max_bytes=MAX_ANSWER,
            )  # fmt: skip
            error = "" if answer.status < 400 else str(answer.status)
        except HospesError as refusal:
            error = str(refusal.message)
        _settle(request, answer, error, now=now)
        done += 1
    return done


@transaction.atomic
def _claim(*, now: datetime) -> Request | None:
    """Take the next call under a lease: who dies with it loses it after a minute."""
    call = (
        Call.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .first()
    )
    if call is None:
        return None
    call.attempts += 1
    call.next_try_at = now + LEASE
    call.save(update_fields=["attempts", "next_try_at"])
    run = WorkflowRun.objects.select_related("workflow", "version", "ticket__inbox", "customer").get(pk=call.run_id)
    plan = plan_of_version(run.version_id)
    raw = step_of(plan, call.step).raw
    knowledge = Knowledge(run, plan, now=now)
    method = str(raw.get("method") or "POST")
    body = b"" if method in {"GET", "DELETE"} else _body(raw, knowledge)
    stamp = int(now.timestamp())
    headers = {str(name): knowledge.text(str(value)) for name, value in (raw.get("headers") or {}).items()}
    headers |= {
        "Content-Type": "application/json",
        "Webhook-Id": call.uid,
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": signature(secret_of(run.workflow.key), call.uid, stamp, body),
    }
    tries = max(1, min(10, int(raw.get("tries") or TRIES)))
    url = _address(str(raw.get("url") or ""), knowledge)
    return Request(call.pk, run.pk, method, url, headers, body, call.attempts, tries)


def _address(url: str, knowledge: Knowledge) -> str:
    """The address with its variables filled in as text, so that no answer can change where it leads."""
    return VARIABLE.sub(lambda found: quote(str(knowledge.value(found[1]) or ""), safe=""), url)


def _body(raw: Raw, knowledge: Knowledge) -> bytes:
    """What the definition says, with answers filled in; without it all answers and facts."""
    wanted = raw.get("body")
    if isinstance(wanted, Mapping):
        content: Any = {str(name): _filled(value, knowledge) for name, value in wanted.items()}
    else:
        content = {key: kept.get("value") for key, kept in knowledge.run.answers.items()}
    about = {"run": knowledge.run.token[:8], "workflow": knowledge.run.workflow.key}
    if knowledge.run.ticket is not None:
        about["ticket"] = knowledge.run.ticket.number
    return json.dumps({"data": content, **about}, ensure_ascii=False, default=str).encode()


def _filled(value: Any, knowledge: Knowledge) -> Any:
    return knowledge.text(value) if isinstance(value, str) else value


@transaction.atomic
def _settle(request: Request, answer: Fetched | None, error: str, *, now: datetime) -> None:
    """Note what came back and move the run on; or try again later; or go on knowing that it did not work."""
    run = WorkflowRun.objects.select_for_update(no_key=True, of=("self",)).filter(pk=request.run_id).first()
    call = Call.objects.select_for_update().filter(pk=request.call_id, attempts=request.attempts).first()
    if run is None or call is None or run.state != "calling" or run.step != call.step:
        return  # somebody else's lease, or the run was ended meanwhile
    if error and request.attempts < request.tries:
        call.error = storable(error)[:500]
        call.next_try_at = now + backoff(request.attempts)
        call.save(update_fields=["error", "next_try_at"])
        return
    run = WorkflowRun.objects.select_related(
        "workflow", "version", "ticket__inbox", "ticket__customer", "customer"
    ).get(pk=run.pk)
    step = step_of(plan_of_version(run.version_id), run.step)
    run.facts[f"{step.key}_worked"] = not error
    run.facts[f"{step.key}_error"] = shorten(storable(error), 300)
    if answer is not None and not error:
        _take(run, step.raw, answer)
    run.save(update_fields=["facts"])
    call.delete()
    move_on(run, actor=own_actor(run), now=now, how="failed" if error else "done")


def _take(run: WorkflowRun, raw: Raw, answer: Fetched) -> None:
    """What the definition asks for out of the answer: {"fee": "price.amount"}."""
    try:
        found = storable_json(json.loads(answer.body or b"null"))
    except (ValueError, RecursionError):
        found = None
    into = raw.get("into")
    for name, path in (into if isinstance(into, Mapping) else {}).items():
        run.facts[str(name)] = _at(found, str(path))


def _at(found: Any, path: str) -> Any:
    """The value at "price.amount" or "lines.0.name"; None when there is none, or when it is no plain value."""
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found if isinstance(found, str | int | float | bool) else None
