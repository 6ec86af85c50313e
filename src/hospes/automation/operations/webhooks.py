"""Webhooks are set up, their deliveries queued, tried, given up, sent once more. No network here."""

import base64
import random
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hospes.automation import events, policies
from hospes.automation.models import Webhook, WebhookDelivery, WebhookTry
from hospes.automation.triggers import BY_KEY
from hospes.core import ids, secrets
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import shorten, storable, storable_json
from hospes.tickets.models import Message, Ticket

LEASE: Final = timedelta(minutes=2)
OLD_SECRET: Final = timedelta(days=1)
A_TIME: Final = 8  # of one webhook in one batch, so that a slow one does not hold up the others


def _tell(webhook: Webhook, what: str, actor: Actor, now: datetime) -> None:
    emit(events.WebhookChanged(webhook_id=webhook.pk, what=what, label=webhook.name), actor=actor, now=now)


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()


@transaction.atomic
def save_webhook(
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    actor: Actor,
    now: datetime,
    webhook: Webhook | None = None,
    active: bool = True,
) -> tuple[Webhook, str]:
    """Make or change a webhook; returns it with its secret when it is new, else "". Switching it on again forgets why
    it was switched off."""
    actor.require("webhook.manage")
    name, url = " ".join(storable(name).split())[:100], storable(url).strip()
    if not name:
        raise InvalidInput(_("Write a name."), field="name")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > 2000 or parts.username:
        raise InvalidInput(
            _("Give an address such as https://example.com/hook, without name and password."), field="url"
        )
    if unknown := set(kinds) - set(BY_KEY):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(sorted(unknown))}, field="events")
    secret, what = "", "changed"
    if webhook is None:
        secret, what = new_secret(), "created"
        webhook = Webhook(created_at=now, sealed=secrets.seal({"secrets": [secret]}))
    else:
        webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if active and not webhook.active:
        webhook.disabled_at, webhook.disabled_why, webhook.failing_since, webhook.notice_due = None, "", None, False
    webhook.name, webhook.url, webhook.events, webhook.active = name, url, sorted(set(kinds)), active
    webhook.save()
    _tell(webhook, what, actor, now)
    return webhook, secret


@transaction.atomic
def rotate_secret(*, webhook: Webhook, actor: Actor, now: datetime) -> str:
    """Give a webhook a new secret; for a day deliveries are signed with the old one too."""
    actor.require("webhook.manage")
    webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    made = new_secret()
    old = secrets.unseal(webhook.sealed).get("secrets", [])[:1]
    webhook.sealed = secrets.seal({"secrets": [made, *old], "old_until": (now + OLD_SECRET).isoformat()})
    webhook.save(update_fields=["sealed"])
    _tell(webhook, "rotated", actor, now)
    return made


def secrets_of(sealed: str, *, now: datetime) -> list[str]:
    """The secrets that count now, the newest first."""
    kept = secrets.unseal(sealed)
    found: list[str] = list(kept.get("secrets", []))
    until = kept.get("old_until")
    return found[:1] if until and datetime.fromisoformat(until) <= now else found


@transaction.atomic
def archive_webhook(*, webhook: Webhook, actor: Actor, now: datetime) -> None:
    """Put a webhook away; what waits for it is not sent."""
    actor.require("webhook.manage")
    Webhook.objects.filter(pk=webhook.pk).update(archived_at=now, active=False, notice_due=False)
    _tell(webhook, "archived", actor, now)


# Deliveries -----------------------------------------------------------------------------------------


def kind_of(trigger: str) -> str:
    """The type of a message as its receiver reads it: ticket.opened, ticket.customer_wrote."""
    return f"ticket.{trigger.removeprefix('ticket_')}"


def tell_webhooks(
    *, fired: Sequence[str], source: int, ticket_id: int, data: Mapping[str, Any], at: datetime, now: datetime
) -> int:
    """Queue one delivery for each active webhook that listens to one of these triggers; returns how many."""
    if not fired:
        return 0
    queued = 0
    for webhook in Webhook.objects.filter(active=True, archived_at=None):
        wanted = [trigger for trigger in fired if trigger in webhook.events]
        if wanted:
            queue_delivery(
                webhook=webhook,
                source=f"event:{source}",
                kind=kind_of(wanted[-1]),
                ticket_id=ticket_id,
                data=data,
                at=at,
                now=now,
            )
            queued += 1
    return queued


def queue_delivery(
    *,
    webhook: Webhook,
    source: str,
    kind: str,
    ticket_id: int,
    data: Mapping[str, Any],
    at: datetime,
    now: datetime,
) -> WebhookDelivery | None:
    """Keep one message for a webhook: one for each source, however often it is asked for."""
    ticket = Ticket.objects.select_related("customer", "team", "assignee", "inbox").filter(pk=ticket_id).first()
    if ticket is None:
        return None
    told = {**_told(data), "ticket": _ticket(ticket)}
    if (message := _message(data.get("message_id"))) is not None:
        told["message"] = message
    payload = {"type": kind, "timestamp": at.isoformat(), "data": told}
    delivery, _made = WebhookDelivery.objects.get_or_create(
        webhook=webhook,
        source=source,
        defaults={
            "key": f"msg_{ids.token(18)}",
            "kind": kind,
            "payload": storable_json(payload),
            "created_at": now,
            "next_try_at": now,
        },
    )
    return delivery


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    """The event's own fields; internal row numbers that mean nothing outside are left out."""
    return {name: value for name, value in data.items() if name in {"field", "before", "after", "by", "rule", "state"}}


def _ticket(ticket: Ticket) -> dict[str, Any]:
    moments = ("created_at", "updated_at", "waiting_since", "first_response_at", "solved_at", "due_at")
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.category,
        "priority": ticket.priority,
        "type": ticket.type,
        "language": ticket.language,
        "channel": ticket.channel,
        "tags": [tag.name for tag in ticket.tags.all()],
        "team": ticket.team.name if ticket.team else None,
        "assignee": ticket.assignee.email if ticket.assignee else None,
        "customer": {"id": ticket.customer_id, "name": ticket.customer.name, "vip": ticket.customer.vip},
        "inbox": ticket.inbox.address,
        **{name: value.isoformat() if (value := getattr(ticket, name)) else None for name in moments},
    }


def _message(message_id: Any) -> dict[str, Any] | None:
    message = Message.objects.filter(pk=message_id).first() if message_id else None
    if message is None:
        return None
    who = {"name": message.author_name, "address": message.author_address}
    return {"id": message.pk, "kind": message.kind, "from": who, "text": message.text[:20_000]}


@transaction.atomic
def take_deliveries(*, now: datetime, limit: int = 20) -> list[WebhookDelivery]:
    """Due deliveries, leased to the caller for two minutes: after a crash they are tried again under the same key."""
    due = (
        WebhookDelivery.objects.filter(state="waiting", next_try_at__lte=now, webhook__active=True)
        .filter(Q(taken_until=None) | Q(taken_until__lte=now) | Q(taken_until__gt=now + 2 * LEASE))
        .select_related("webhook")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_try_at", "id")[: limit * 4]
    )
    taken: list[WebhookDelivery] = []
    shares: dict[int, int] = {}
    for delivery in due:
        shares[delivery.webhook_id] = shares.get(delivery.webhook_id, 0) + 1
        if shares[delivery.webhook_id] <= A_TIME and len(taken) < limit:
            taken.append(delivery)
    WebhookDelivery.objects.filter(pk__in=[d.pk for d in taken]).update(taken_until=now + LEASE)
    return taken


@transaction.atomic
def record_try(
    *, delivery_id: int, status: int, words: str, milliseconds: int, now: datetime, wait: int = 0
) -> WebhookDelivery:
    """Keep what one try was answered and decide what comes next: done, again later, dead; or the webhook is switched
    off, at once on 410, after days without one success otherwise. `status` 0 is no answer at all."""
    delivery = WebhookDelivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
    WebhookTry.objects.create(
        delivery=delivery, at=now, status=status, words=shorten(storable(words), 300), milliseconds=milliseconds
    )
    delivery.attempts += 1
    delivery.taken_until = None
    webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    if 200 <= status < 300:
        delivery.state = WebhookDelivery.State.DONE
        if webhook.failing_since is not None:
            webhook.failing_since = None
            webhook.save(update_fields=["failing_since"])
    else:
        pause = None if status == 410 else policies.next_try(
            delivery.attempts, jitter=random.uniform(0.9, 1.1), wait=wait  # noqa: S311 - no secret
        )  # fmt: skip
        delivery.state = WebhookDelivery.State.DEAD if pause is None else WebhookDelivery.State.WAITING
        delivery.next_try_at = now + (pause or timedelta(0))
        _failing(webhook, status, now)
    delivery.save()
    return delivery


def _failing(webhook: Webhook, status: int, now: datetime) -> None:
    webhook.failing_since = webhook.failing_since or now
    why = ""
    if status == 410:
        why = _("The other side answered that it is gone (410).")
    elif now - webhook.failing_since >= policies.GIVE_UP_ON_WEBHOOK:
        why = _("Nothing could be delivered for five days.")
    if why and webhook.active:
        webhook.active, webhook.disabled_at, webhook.disabled_why, webhook.notice_due = False, now, why, True
        _tell(webhook, "disabled", SYSTEM, now)
    webhook.save()


@transaction.atomic
def replay(*, delivery_id: int, actor: Actor, now: datetime) -> WebhookDelivery:
    """Send a delivery once more, under its own key: whoever had it knows it again."""
    actor.require("webhook.manage")
    found = WebhookDelivery.objects.select_for_update(of=("self",)).filter(pk=delivery_id).first()
    if found is None:
        raise NotFound
    found.state, found.attempts, found.next_try_at, found.taken_until = WebhookDelivery.State.WAITING, 0, now, None
    found.save()
    _tell(found.webhook, "replayed", actor, now)
    return found


@transaction.atomic
def take_notices(*, limit: int = 20) -> list[Webhook]:
    """Webhooks that were switched off and of which admins were not told; the caller tells, or gives back."""
    found = list(Webhook.objects.select_for_update(skip_locked=True).filter(notice_due=True, archived_at=None)[:limit])
    Webhook.objects.filter(pk__in=[w.pk for w in found]).update(notice_due=False)
    return found


def give_back_notice(*, webhook_id: int) -> None:
    """The notice could not be sent; it stays for the next round."""
    Webhook.objects.filter(pk=webhook_id, active=False).update(notice_due=True)


def forget_old(*, now: datetime) -> int:
    """Delete deliveries older than thirty days that were taken, with their tries."""
    deleted, _each = WebhookDelivery.objects.filter(created_at__lt=now - timedelta(days=30), state="done").delete()
    return deleted
