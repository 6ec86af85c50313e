"""Channels in the settings: how each inbox fares, a new one, its settings, the live check, a test, put away."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.channels import queries, setting_up
from hospes.channels.adapter import ChannelError, Finding
from hospes.channels.registry import adapters
from hospes.channels.templates import sync_templates
from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.channels.forms import ChannelForm
from hospes.desk.topics.channels.shapes import card_of, generated_of, line_of, own_page
from hospes.desk.topics.channels.steps import steps_of
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import get_inbox

BOTH = ("GET", "HEAD", "POST")


@desk_view("inbox.manage")
def listed(request: DeskRequest) -> HttpResponse:
    """Every inbox by channel, with how it fares."""
    now = clock.now()
    found = queries.states(request.actor, since=(now - timedelta(days=7)).date())
    lines = [line_of(state, now=now) for state in found]
    return settings_page(request, "desk/channels/list.html", "channels", {"lines": lines})


@desk_view("inbox.manage")
def choose(request: DeskRequest) -> HttpResponse:
    """The channels that there are, with what each can do."""
    cards = [card_of(adapter) for adapter in adapters().values()]
    return settings_page(request, "desk/channels/new.html", "channels", {"cards": cards})


@desk_view("inbox.manage", methods=BOTH)
def make(request: DeskRequest, kind: str) -> HttpResponse:
    """A new inbox of a channel."""
    adapter = setting_up.adapter_of(kind)
    if own_page(kind):
        return redirect(own_page(kind))
    first = {"promise_hours": 24, "acknowledge": not adapter.traits.live, "language": request.user.language or "en"}
    form = ChannelForm(request.POST or None, adapter=adapter, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            inbox = setting_up.make_channel(
                kind=kind, address=form.cleaned_data["address"], own=form.own_values(), values=form.values(),
                actor=request.actor, now=clock.now(),
            )  # fmt: skip
        except HospesError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("Made. Now tell the provider the address below, then check."))
            return redirect("desk:channel", inbox.pk)
    context = {"form": form, "adapter": adapter, "steps": steps_of(kind), "label": adapter.traits.label}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/channels/edit.html", "channels", context, status=status)


def _refuse(form: ChannelForm, error: HospesError) -> None:
    """At the field that it names, whether the inbox's own or the adapter's."""
    if error.field and f"set_{error.field}" in form.fields:
        form.add_error(f"set_{error.field}", str(error.message))
    else:
        refuse(form, error)


def _inbox(inbox_id: int) -> Inbox:
    """One in use whose settings are kept here."""
    found = get_inbox(inbox_id)
    if found.archived_at is not None or own_page(found.kind):
        raise NotFound
    return found


@desk_view("inbox.manage", methods=BOTH)
def edit(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """An inbox's settings; with `archive` it is put away."""
    inbox = _inbox(inbox_id)
    now = clock.now()
    if request.method == "POST" and request.POST.get("archive"):
        tickets.change_inbox(inbox=inbox, actor=request.actor, now=now, archived_at=now)
        messages.success(request, _("Put away. Its tickets stay, and nothing comes in by it any more."))
        return redirect("desk:channels")
    form = _form(request, inbox)
    if request.method == "POST" and form.is_valid():
        try:
            setting_up.change_channel(
                inbox=inbox, own=form.own_values(), values=form.values(), actor=request.actor, now=now
            )
        except HospesError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:channel", inbox.pk)
    return _page(request, inbox, form)


def _form(request: DeskRequest, inbox: Inbox, *, bound: bool = True) -> ChannelForm:
    kept = queries.credential_of(inbox.pk)
    first = {name: getattr(inbox, name) for name in ("name", "language", "team", "promise_hours", "acknowledge")}
    data = request.POST if bound and request.method == "POST" else None
    return ChannelForm(data, adapter=setting_up.adapter_of(inbox.kind), kept=kept, new=False, initial=first)


def _page(
    request: DeskRequest, inbox: Inbox, form: ChannelForm, *, findings: Sequence[Finding] = (), to: str = ""
) -> HttpResponse:
    adapter = form.adapter
    now = clock.now()
    [state] = [s for s in queries.states(request.actor, since=(now - timedelta(days=7)).date()) if s.inbox == inbox]
    context: dict[str, Any] = {
        "form": form,
        "adapter": adapter,
        "label": adapter.traits.label,
        "inbox": inbox,
        "line": line_of(state, now=now),
        "webhook": setting_up.webhook_url(inbox) if setting_up.has_door(adapter) else "",
        "generated": generated_of(adapter, queries.credential_of(inbox.pk)),
        "findings": findings,
        "may_test": setting_up.may_test(adapter),
        "to": to,
        "templates": list(queries.all_templates(inbox.pk)) if adapter.traits.templates else None,
        "steps": steps_of(inbox.kind),
    }
    status = 422 if form.is_bound and form.errors else 200
    return settings_page(request, "desk/channels/edit.html", "channels", context, status=status)


@desk_view("inbox.manage", methods=("POST",))
def check(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """Ask the provider now; with `templates` fetch its templates besides."""
    inbox = _inbox(inbox_id)
    now = clock.now()
    findings = list(setting_up.check_now(inbox=inbox, actor=request.actor, now=now))
    if request.POST.get("templates"):
        try:
            count = sync_templates(inbox=inbox, actor=request.actor, now=now)
        except ChannelError as error:
            findings = [Finding(False, error.words)]
        else:
            findings = [Finding(True, _("Templates fetched: %(n)d.") % {"n": count})]
    if not findings:
        findings = [Finding(True, _("This channel has nothing that can be asked. Send a message to it to try it."))]
    return _page(request, inbox, _form(request, inbox, bound=False), findings=findings)


@desk_view("inbox.manage", methods=("POST",))
def test(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """Send a short message to an address of one's own."""
    inbox, to = _inbox(inbox_id), request.POST.get("to", "")
    try:
        finding = setting_up.send_test(inbox=inbox, to=to, actor=request.actor, now=clock.now())
    except HospesError as error:
        finding = Finding(False, str(error.message))
    return _page(request, inbox, _form(request, inbox, bound=False), findings=[finding], to=to)
