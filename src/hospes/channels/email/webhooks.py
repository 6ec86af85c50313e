"""Mail and delivery news that a provider posts to us, read by django-anymail and kept before we say 200."""

import hashlib
import logging
from email.message import EmailMessage
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hospes.channels import operations, queries
from hospes.channels.email.receive import accept
from hospes.core import clock, ids
from hospes.tickets.models import Inbox

log = logging.getLogger(__name__)
# provider: its module in anymail.webhooks and the first part of its views' names
PROVIDERS: Final = {
    "amazon_ses": "AmazonSES",
    "brevo": "Brevo",
    "mailersend": "MailerSend",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "mailtrap": "Mailtrap",
    "postal": "Postal",
    "postmark": "Postmark",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
}
_CAME_BACK: Final = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def receive(request: HttpRequest, inbox_id: int, secret: str, provider: str, kind: str) -> HttpResponse:
    """A provider's call. The secret in the address lets it in, and its signature or password too where one is set up
    (credential `webhook_settings`, named as in django-anymail). The same call again changes nothing."""
    inbox = _inbox(inbox_id, secret)
    if inbox is None or provider not in PROVIDERS:
        return HttpResponse(status=404)
    if request.method == "HEAD":  # some providers look whether somebody is there
        return HttpResponse()
    try:
        view = _view(provider, "Tracking" if kind == "tracking" else "Inbound", inbox)
        view.setup(request)
        view.run_validators(request)
    except AnymailWebhookValidationFailure:
        return HttpResponse("The signature or password is wrong.", status=403, content_type="text/plain")
    except AnymailConfigurationError as error:
        log.warning("Webhook of inbox %s: %s", inbox_id, error)
        operations.note_credential(inbox_id=inbox_id, working=False, words=str(error), now=clock.now())
        return HttpResponse("This webhook is not set up completely.", status=503, content_type="text/plain")
    if kind == "tracking":
        return _tracking(view, request, inbox)
    return _inbound(view, request, inbox)


def _inbox(inbox_id: int, secret: str) -> Inbox | None:
    kept = str(queries.credential_of(inbox_id).get("webhook_secret") or "")
    if not kept or not ids.same(kept, secret):
        return None
    return Inbox.objects.filter(pk=inbox_id, archived_at=None).first()


@lru_cache(maxsize=64)
def _view_class(provider: str, kind: str) -> type[Any]:
    module = import_module(f"anymail.webhooks.{provider}")
    found = getattr(module, f"{PROVIDERS[provider]}{kind}WebhookView")
    # The secret in the address stands for the password that it would warn about.
    return type(found.__name__, (found,), {"warn_if_no_basic_auth": False})


def _view(provider: str, kind: str, inbox: Inbox) -> Any:
    settings = queries.credential_of(inbox.pk).get("webhook_settings") or {}
    return _view_class(provider, kind)(**settings)


def _inbound(view: Any, request: HttpRequest, inbox: Inbox) -> HttpResponse:
    try:
        events: list[AnymailInboundEvent] = view.parse_events(request)
        mails = [(_raw(event, request), event.message) for event in events]
    except (OSError, DatabaseError):  # what it points to could not be fetched now
        return HttpResponse(status=503)
    except Exception as error:  # somebody shall see what it was
        log.exception("A mail posted to inbox %s could not be read", inbox.pk)
        mails = [(_unreadable(request, inbox, error), None)]
    for body, message in mails:
        sender = str(getattr(message, "envelope_sender", "") or "")
        recipient = str(getattr(message, "envelope_recipient", "") or "")
        accept(
            body, mail_from=sender, rcpt_to=[recipient] if recipient else [], inbox=inbox, via="webhook",
            now=clock.now(),
        )  # fmt: skip
    return HttpResponse()


def _raw(event: AnymailInboundEvent, request: HttpRequest) -> bytes:
    """The mail byte for byte where the provider gives it, else written anew from what it gives."""
    if request.content_type != "application/json":
        for name in ("body-mime", "email"):
            if name in request.POST:
                return str(request.POST[name]).encode("utf-8", "surrogateescape")
    # Boundaries are drawn at random, but the same mail posted again must be the same bytes.
    mark = hashlib.sha256(str(event.message.get("Message-ID", "")).encode("utf-8", "replace")).hexdigest()[:40]
    for number, part in enumerate(event.message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary(f"={mark}.{number}")
    return bytes(event.message.as_bytes())


def _unreadable(request: HttpRequest, inbox: Inbox, error: Exception) -> bytes:
    mail = EmailMessage()
    mail["From"] = mail["To"] = inbox.address
    mail["Subject"] = "A posted mail that could not be read"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{type(error).__name__}: {' '.join(str(error).split())[:500]}\n")
    try:
        posted = request.body
    except Exception:  # read already, as a form
        posted = "\n".join(f"{name}: {value}" for name, value in request.POST.items()).encode()
    mail.add_attachment(posted, "application", "octet-stream", filename="posted.bin")
    return mail.as_bytes()


def _tracking(view: Any, request: HttpRequest, inbox: Inbox) -> HttpResponse:
    try:
        events: list[AnymailTrackingEvent] = view.parse_events(request)
    except Exception:
        log.exception("Delivery news for inbox %s could not be read", inbox.pk)
        return HttpResponse(status=400)
    for event in events:
        if event.event_type in _CAME_BACK and event.message_id:
            said = event.mta_response or event.description or event.reject_reason or event.event_type
            operations.note_came_back(
                inbox=inbox, provider_id=str(event.message_id), recipient=event.recipient or "", words=str(said),
                now=clock.now(),
            )  # fmt: skip
    return HttpResponse()
