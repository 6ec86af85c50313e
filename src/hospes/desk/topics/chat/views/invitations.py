"""When a chat speaks first: one invitation, made, changed, deleted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.channels.chat import listing, queries, sites
from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.chat.forms import InvitationForm, first_of_invitation
from hospes.desk.views.settings.base import refuse, settings_page


@desk_view("inbox.manage", methods=("GET", "HEAD", "POST"))
def invitation(request: DeskRequest, inbox_id: int, invitation_id: int | None = None) -> HttpResponse:
    """One invitation."""
    site = queries.site_of(inbox_id)
    if invitation_id is not None and invitation_id >= 2**63:
        raise NotFound
    found = listing.get_invitation(site.inbox, invitation_id) if invitation_id else None
    form = InvitationForm(request.POST or None, initial=first_of_invitation(found))
    if request.method == "POST":
        if found and request.POST.get("delete"):
            sites.delete_invitation(invitation=found, actor=request.actor, now=clock.now())
            messages.success(request, _("Deleted."))
            return redirect("desk:chat", inbox_id)
        if form.is_valid():
            data = form.cleaned_data
            try:
                sites.save_invitation(
                    inbox=site.inbox,
                    invitation=found,
                    name=data["name"],
                    texts=form.texts(),
                    pages=form.patterns(),
                    after_seconds=data["after_seconds"],
                    cart_min=data["cart_min"],
                    once_days=data["once_days"],
                    active=data["active"],
                    actor=request.actor,
                    now=clock.now(),
                )
            except HospesError as error:
                refuse(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("desk:chat", inbox_id)
    heading = found.name if found else _("New invitation")
    context = {"form": form, "heading": heading, "found": found, "back": reverse("desk:chat", args=[inbox_id])}
    template = "desk/chat/invitation.html"
    return settings_page(request, template, "chats", context, status=422 if form.is_bound else 200)
