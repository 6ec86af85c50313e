"""Webhooks: where others hear of us, every try of every delivery, and addresses at which they call."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.automation import operations, queries
from hospes.automation.models import InboundHook, Webhook
from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.automation.forms import InboundForm, WebhookForm
from hospes.desk.views.settings.base import refuse, settings_page

BOTH = ("GET", "HEAD", "POST")
RIGHT = "webhook.manage"


@desk_view(RIGHT, methods=BOTH)
def webhooks(request: DeskRequest) -> HttpResponse:
    """All webhooks and addresses for calls; posting makes or puts away an address for calls."""
    form = InboundForm(request.POST if "name" in request.POST else None)
    if request.method == "POST":
        if gone := request.POST.get("archive", ""):
            operations.archive_inbound(hook=_inbound(posted_id(gone)), actor=request.actor, now=clock.now())
            return redirect("desk:webhooks")
        if form.is_valid():
            made, secret = operations.save_inbound(**form.cleaned_data, actor=request.actor, now=clock.now())
            return _secret(request, made, secret)
    context = {
        "webhooks": list(queries.listed_webhooks()),
        "inbound": [(hook, _address(hook)) for hook in queries.inbound_hooks()],
        "form": form,
    }
    return settings_page(request, "desk/automation/webhooks.html", "webhooks", context)


def _inbound(hook_id: int) -> InboundHook:
    found = queries.inbound_hooks().filter(pk=hook_id).first()
    if found is None:
        raise NotFound
    return found


def _address(hook: InboundHook) -> str:
    return f"{settings.PUBLIC_URL}{reverse('hook_in', args=[hook.key])}"


def _secret(request: DeskRequest, made: Webhook | InboundHook, secret: str) -> HttpResponse:
    """The one page on which a secret is shown."""
    context = {
        "name": made.name,
        "secret": secret,
        "address": _address(made) if isinstance(made, InboundHook) else "",
        "back": reverse("desk:webhooks"),
    }
    answer = settings_page(request, "desk/automation/secret.html", "webhooks", context)
    answer["Cache-Control"] = "no-store"
    return answer


@desk_view(RIGHT, methods=BOTH)
def webhook(request: DeskRequest, webhook_id: int | None = None) -> HttpResponse:
    """Make or change a webhook; rotate its secret; see its deliveries and send one once more."""
    found = queries.get_webhook(webhook_id) if webhook_id else None
    first = {n: getattr(found, n) for n in WebhookForm.base_fields} if found else {"active": True}
    changing = "name" in request.POST
    form = WebhookForm(request.POST if changing else None, initial=first)
    if request.method == "POST":
        try:
            if found is not None and not changing:
                return _do(request, found)
            if form.is_valid():
                data = dict(form.cleaned_data)
                made, secret = operations.save_webhook(
                    kinds=data.pop("events"), **data, webhook=found, actor=request.actor, now=clock.now()
                )
                if secret:
                    return _secret(request, made, secret)
                messages.success(request, _("Saved."))
                return redirect("desk:webhooks")
        except HospesError as error:
            if not form.is_bound:
                messages.error(request, str(error.message))
                return redirect(request.path)
            refuse(form, error)
    deliveries = list(queries.deliveries_of(found)[:50]) if found else []
    context = {"form": form, "webhook": found, "deliveries": deliveries}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/automation/webhook.html", "webhooks", context, status=status)


def _do(request: DeskRequest, found: Webhook) -> HttpResponse:
    now, data = clock.now(), request.POST
    if "rotate" in data:
        return _secret(request, found, operations.rotate_secret(webhook=found, actor=request.actor, now=now))
    if "archive" in data:
        operations.archive_webhook(webhook=found, actor=request.actor, now=now)
        return redirect("desk:webhooks")
    delivery_id = posted_id(data.get("replay", ""))
    if not found.deliveries.filter(pk=delivery_id).exists():
        raise NotFound
    operations.replay(delivery_id=delivery_id, actor=request.actor, now=now)
    messages.success(request, _("Trying again."))
    return redirect("desk:webhook", found.pk)
