"""Setting up inboxes, tags and statuses."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.channels import operations as channel_operations
from hospes.channels import queries as channels
from hospes.core import clock, ids
from hospes.core.errors import HospesError, NotFound
from hospes.core.html import clean_html
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import CredentialForm, InboxForm, StatusForm, TagForm
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Inbox

BOTH = ("GET", "HEAD", "POST")
SECRETS = ("imap_password", "imap_token", "smtp", "webhook_settings")


@desk_view("inbox.manage")
def inboxes(request: DeskRequest) -> HttpResponse:
    """Every inbox in use."""
    return settings_page(request, "desk/settings/inboxes.html", "inboxes", {"inboxes": list(tickets.active_inboxes())})


@desk_view("inbox.manage", methods=BOTH)
def inbox(request: DeskRequest, inbox_id: int | None = None) -> HttpResponse:
    """Make or change an inbox."""
    found = tickets.get_inbox(inbox_id) if inbox_id else None
    first = (
        {n: getattr(found, n) for n in InboxForm.base_fields} if found else {"promise_hours": 24, "acknowledge": True}
    )
    form = InboxForm(request.POST or None, initial=first)
    if found:
        del form.fields["address"]
    if request.method == "POST" and form.is_valid():
        try:
            return _save_inbox(request, found, form.cleaned_data)
        except HospesError as error:
            refuse(form, error)
    heading = found.name if found else _("New inbox")
    extra = {"credentials": reverse("desk:inbox_credentials", args=[found.pk])} if found else {}
    return form_page(
        request, form, tab="inboxes", heading=heading, back="desk:inboxes", extra={"inbox": found, **extra}
    )


def _save_inbox(request: DeskRequest, found: Inbox | None, data: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    data = {**data, "signature_html": clean_html(data["signature_html"])}
    if found is None:
        made = {name: data.pop(name) for name in ("name", "address", "language", "team")}
        found = operations.create_inbox(**made, actor=request.actor, now=now)
    operations.change_inbox(inbox=found, actor=request.actor, now=now, **data)
    messages.success(request, _("Saved."))
    return redirect("desk:inboxes")


@desk_view("inbox.manage", methods=BOTH)
def inbox_credentials(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """How an inbox reaches its provider. Stored secrets are never sent back to the browser."""
    found = tickets.get_inbox(inbox_id)
    kept = channels.credential_of(found.pk)
    first = {n: kept[n] for n in CredentialForm.base_fields if n in kept and n not in SECRETS}
    first["webhook"] = bool(kept.get("webhook_secret"))
    form = CredentialForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "webhook_settings": form.cleaned_data["webhook_settings"] or ""}
        if values.pop("webhook"):
            values["webhook_secret"] = kept.get("webhook_secret") or ids.token(24)
        else:
            values["webhook_secret"] = None
        channel_operations.save_credential(inbox=found, values=values, actor=request.actor, now=clock.now())
        messages.success(request, _("Saved."))
        return redirect("desk:inboxes")
    words = _("A sending address is stored.") if kept.get("smtp") else ""
    if kept.get("webhook_secret"):
        place = f"{settings.PUBLIC_URL}/channels/email/{found.pk}/{kept['webhook_secret']}/"
        said = _(
            "Webhook address: %(place)s followed by the provider and “inbound/” or “tracking/”, "
            "such as mailgun/inbound/."
        )
        words = f"{words} {said % {'place': place}}".strip()
    return form_page(
        request,
        form,
        tab="inboxes",
        heading=_("Mail servers of %(name)s") % {"name": found.name},
        text=words,
        back="desk:inboxes",
    )


@desk_view("tag.manage", methods=BOTH)
def tags(request: DeskRequest) -> HttpResponse:
    """All tags; posting renames (to another's name joins the two) or deletes one."""
    if request.method == "POST":
        wanted = request.POST.get("tag", "")
        found = tickets.tags().filter(pk=posted_id(wanted)).first()
        if found is None:
            raise NotFound
        form = TagForm(request.POST)
        if request.POST.get("delete"):
            operations.delete_tag(tag=found, actor=request.actor, now=clock.now())
            messages.success(request, _("Deleted."))
        elif form.is_valid():
            operations.rename_tag(tag=found, name=form.cleaned_data["name"], actor=request.actor, now=clock.now())
            messages.success(request, _("Saved."))
        return redirect("desk:tags")
    return settings_page(request, "desk/settings/tags.html", "tags", {"tags": list(tickets.tags())})


@desk_view("settings.change", methods=BOTH)
def statuses(request: DeskRequest) -> HttpResponse:
    """Own statuses within the six built-in ones."""
    form = StatusForm(request.POST or None)
    if request.method == "POST":
        if gone := request.POST.get("archive", ""):
            found = tickets.statuses().filter(pk=posted_id(gone), builtin=False).first()
            if found is None:
                raise NotFound
            operations.archive_status(status=found, actor=request.actor, now=clock.now())
            return redirect("desk:statuses")
        if form.is_valid():
            operations.save_status(**form.cleaned_data, actor=request.actor, now=clock.now())
            messages.success(request, _("Saved."))
            return redirect("desk:statuses")
    context = {"statuses": list(tickets.statuses()), "form": form}
    return settings_page(request, "desk/settings/statuses.html", "statuses", context)
