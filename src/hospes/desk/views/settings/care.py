"""What needs somebody's decision: mail that could not be read or sent, effects that were given up, blocked senders."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.automation import queries as automation
from hospes.channels import operations as channel_operations
from hospes.channels import queries as channels
from hospes.core import clock, outbox
from hospes.core.errors import HospesError, NotFound
from hospes.core.posted import posted_id
from hospes.core.shown import FILE_POLICY
from hospes.customers import operations as customer_operations
from hospes.customers import queries as customers
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import BlockForm
from hospes.desk.views.settings.base import settings_page
from hospes.tickets import operations
from hospes.tickets.queries.ticket import get_message, undelivered

BOTH = ("GET", "HEAD", "POST")
SHOWN = 100


@desk_view("delivery.decide", methods=BOTH)
def attention(request: DeskRequest) -> HttpResponse:
    """Raw mail that could not be taken in, messages that could not be sent, effects that were given up."""
    if request.method == "POST":
        _try_again(request)
        return redirect("desk:attention")
    context = {
        "raws": list(channels.needing_attention(request.actor)[:SHOWN]),
        "failed": list(undelivered(request.actor)[:SHOWN]),
        "given_up": list(outbox.given_up()[:SHOWN]),
        "rules_stopped": list(automation.stopped(request.actor)[:SHOWN]),
        "webhooks_off": list(automation.failing_webhooks(request.actor)[:SHOWN]),
    }
    return settings_page(request, "desk/settings/attention.html", "attention", context)


def _try_again(request: DeskRequest) -> None:
    now, data = clock.now(), request.POST
    try:
        if raw := data.get("raw"):
            channel_operations.retry_raw(raw_id=posted_id(raw), actor=request.actor, now=now)
        elif message := data.get("message"):
            found = get_message(request.actor, posted_id(message))
            operations.retry_delivery(message=found, actor=request.actor, now=now)
        elif delivery := data.get("delivery"):
            outbox.try_again(delivery_id=posted_id(delivery), now=now)
        messages.success(request, _("Trying again."))
    except HospesError as error:
        messages.error(request, str(error.message))


@desk_view("delivery.decide")
def raw_original(request: DeskRequest, raw_id: int) -> HttpResponseBase:
    """A raw mail that became no message, as a download."""
    found = channels.needing_attention(request.actor).filter(pk=raw_id).first()
    if found is None:
        raise NotFound
    response = HttpResponse(channels.raw_bytes(found), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="raw-{raw_id}.eml"'
    response["Content-Security-Policy"] = FILE_POLICY
    return response


@desk_view("sender.block", methods=BOTH)
def blocked(request: DeskRequest) -> HttpResponse:
    """Blocked senders; posting blocks one or lets one in again."""
    form = BlockForm(request.POST or None)
    if request.method == "POST":
        now = clock.now()
        try:
            if gone := request.POST.get("unblock"):
                block = customers.blocked_senders(request.actor).filter(pk=posted_id(gone)).first()
                if block is None:
                    raise NotFound
                customer_operations.unblock_sender(block=block, actor=request.actor, now=now)
            elif form.is_valid():
                customer_operations.block_sender(**form.cleaned_data, actor=request.actor, now=now)
        except HospesError as error:
            messages.error(request, str(error.message))
        return redirect("desk:blocked")
    context = {"blocks": list(customers.blocked_senders(request.actor)[:500]), "form": form}
    return settings_page(request, "desk/settings/blocked.html", "blocked", context)
