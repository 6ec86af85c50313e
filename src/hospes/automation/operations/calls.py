"""Calls from other systems: only signed ones, fresh ones, and each one once."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hospes.automation import events, policies
from hospes.automation.models import InboundCall, InboundHook
from hospes.automation.operations.webhooks import new_secret
from hospes.core import ids, secrets
from hospes.core.actors import Actor
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable, storable_json
from hospes.tickets.models import Ticket
from hospes.tickets.policies import plain_number

MAX_BODY: Final = 256 * 1024


class NotSigned(HospesError):
    """The call is not signed by whom it should be, or is too old or too early."""

    code = "not-signed"
    status = 401


def _tell(hook: InboundHook, what: str, actor: Actor, now: datetime) -> None:
    told = events.WebhookChanged(webhook_id=hook.pk, what=what, label=hook.name, inbound=True)
    emit(told, actor=actor, now=now)


@transaction.atomic
def save_inbound(
    *, name: str, actor: Actor, now: datetime, hook: InboundHook | None = None, active: bool = True
) -> tuple[InboundHook, str]:
    """Make or change an address for calls; returns it with its secret when it is new, else ""."""
    actor.require("webhook.manage")
    name = " ".join(storable(name).split())[:100]
    if not name:
        raise InvalidInput(_("Write a name."), field="name")
    secret, what = "", "changed"
    if hook is None:
        secret, what = new_secret(), "created"
        hook = InboundHook(key=ids.token(24), created_at=now, sealed=secrets.seal({"secrets": [secret]}))
    hook.name, hook.active = name, active
    hook.save()
    _tell(hook, what, actor, now)
    return hook, secret


@transaction.atomic
def archive_inbound(*, hook: InboundHook, actor: Actor, now: datetime) -> None:
    """Put an address for calls away."""
    actor.require("webhook.manage")
    InboundHook.objects.filter(pk=hook.pk).update(archived_at=now, active=False)
    _tell(hook, "archived", actor, now)


def take_call(*, key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Take a call on a ticket: {"ticket": "K7F-2M9Q", "text": "…", "data": {…}}. True when it was new, False when it
    was taken before (nothing happens again). Raises NotFound, NotSigned, InvalidInput."""
    hook = InboundHook.objects.filter(key=key, active=True, archived_at=None).first()
    if hook is None:
        raise NotFound
    webhook_id = headers.get("webhook-id", "")
    if not _genuine(hook, webhook_id, headers, body, now):
        InboundHook.objects.filter(pk=hook.pk).update(refused=F("refused") + 1)
        raise NotSigned(_("The signature does not fit, or the time is more than five minutes off."))
    number, words, data = _read(body)
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(no_key=True).filter(number=number).first()
        if ticket is None:
            raise NotFound
        call, new = InboundCall.objects.get_or_create(
            hook=hook,
            webhook_id=webhook_id,
            defaults={"ticket": ticket, "words": words, "data": data, "at": now},
        )
        if not new:
            return False
        InboundHook.objects.filter(pk=hook.pk).update(calls=F("calls") + 1, last_called_at=now)
        called = events.CalledFromOutside(
            ticket_id=ticket.pk,
            team_id=ticket.team_id,
            assignee_id=ticket.assignee_id,
            hook_id=hook.pk,
            hook_name=hook.name,
            call_id=call.pk,
        )
        emit(called, actor=Actor(kind="system", name=hook.name, via="hook"), now=now)
    return True


def _genuine(hook: InboundHook, webhook_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    stamp = headers.get("webhook-timestamp", "")
    if not 1 <= len(webhook_id) <= 200 or not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
        return False
    if not webhook_id.isascii() or not webhook_id.isprintable():
        return False
    if abs(int(stamp) - now.timestamp()) > policies.WINDOW.total_seconds():
        return False
    known = secrets.unseal(hook.sealed).get("secrets", [])
    given = headers.get("webhook-signature", "")
    return policies.is_signed(given, known, key=webhook_id, timestamp=int(stamp), body=body)


def _read(body: bytes) -> tuple[str, str, dict[str, Any]]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput(_("This is not JSON.")) from None
    if not isinstance(given, dict) or set(given) - {"ticket", "text", "data"}:
        raise InvalidInput(_("Give ticket, text and data, and nothing else."))
    data = given.get("data") or {}
    plain = isinstance(data, dict) and len(data) <= 50
    if not plain or not all(isinstance(v, str | int | float | bool | None) for v in data.values()):
        raise InvalidInput(_("Give data as plain values by name."), field="data")
    number = plain_number(str(given.get("ticket") or ""))
    if not number:
        raise InvalidInput(_("Give the number of a ticket."), field="ticket")
    return number, storable(str(given.get("text") or ""))[:20_000], storable_json(data)


def forget_old_calls(*, now: datetime) -> int:
    """Delete calls older than thirty days: one sent again then is refused by its time."""
    from datetime import timedelta

    deleted, _each = InboundCall.objects.filter(at__lt=now - timedelta(days=30)).delete()
    return deleted
