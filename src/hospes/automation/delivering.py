"""Brings webhook deliveries to their addresses: the network, outside of every transaction."""

import json
import logging
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.automation import policies
from hospes.automation.models import Webhook, WebhookDelivery
from hospes.automation.operations import webhooks
from hospes.core import http
from hospes.core.html import html_to_text
from hospes.staff.models import Role
from hospes.staff.queries import active_agents

log = logging.getLogger(__name__)
TIMEOUT = 10.0
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try was answered."""

    status: int
    words: str
    milliseconds: int
    wait: int = 0


def deliver_waiting(*, now: datetime) -> int:
    """One batch: take, ask all at the same time, keep what each was answered; returns how many were tried."""
    taken = webhooks.take_deliveries(now=now)
    if not taken:
        return 0
    asked = [(delivery.webhook.url, *signed(delivery, now=now)) for delivery in taken]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:  # no database in these threads
        answers = list(pool.map(lambda one: post(*one), asked))
    for delivery, answer in zip(taken, answers, strict=True):
        webhooks.record_try(
            delivery_id=delivery.pk,
            status=answer.status,
            words=answer.words,
            milliseconds=answer.milliseconds,
            wait=answer.wait,
            now=now,
        )
    return len(taken)


def signed(delivery: WebhookDelivery, *, now: datetime) -> tuple[dict[str, str], bytes]:
    """Headers and body as Standard Webhooks has them: the same id in every try, the time of this one."""
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = int(now.timestamp())
    signatures = [
        policies.signature(secret, key=delivery.key, timestamp=timestamp, body=body)
        for secret in webhooks.secrets_of(delivery.webhook.sealed, now=now)
    ]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
    return headers, body


def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    """Ask once. Redirects are not followed: what is signed for one address is not told another."""
    begun = time.monotonic()
    try:
        found = http.fetch("POST", url, headers=headers, body=body, timeout=TIMEOUT, max_bytes=100_000, redirects=False)
        status, words, wait = found.status, _shown(found.body), _wait(found.headers)
    except http.OutgoingError as error:
        status, words, wait = 0, str(error.message), 0
    return Answer(status, words, int((time.monotonic() - begun) * 1000), wait)


def _shown(body: bytes) -> str:
    """The first words of an answer as plain text."""
    text = body[:2_000].decode("utf-8", "replace")
    return " ".join((html_to_text(text) if "<" in text else text).split())[:300]


def _wait(headers: Any) -> int:
    asked = str(headers.get("retry-after", "")).strip()
    return min(86_400, int(asked)) if asked.isdecimal() and len(asked) < 7 else 0


def tell_admins() -> int:
    """Mail admins about webhooks that were switched off; returns how many webhooks."""
    found = webhooks.take_notices()
    for webhook in found:
        try:
            for admin in active_agents().filter(role=Role.ADMIN):
                with translation.override(admin.language or settings.LANGUAGE_CODE):
                    _mail(webhook, admin.email).send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("A notice about a webhook could not be mailed: %s", error)
            webhooks.give_back_notice(webhook_id=webhook.pk)
            return 0
    return len(found)


def _mail(webhook: Webhook, address: str) -> EmailMessage:
    lines = [
        _("The webhook “%(name)s” was switched off.") % {"name": webhook.name},
        webhook.disabled_why,
        "",
        _("What was not delivered waits. Mend the other side, then switch the webhook on again:"),
        f"{settings.PUBLIC_URL}/desk/settings/webhooks/{webhook.pk}/",
    ]
    subject = _("A webhook was switched off: %(name)s") % {"name": webhook.name}
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return EmailMessage(subject=subject[:200], body="\n".join(lines), to=[address], headers=headers)
