"""Setting up chats: the list, a new one, all of one with its code to embed, the secret for signing visitors."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.channels.chat import listing, queries, sites
from hospes.channels.chat.contrast import ratio
from hospes.channels.models import ChatSite
from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.chat.forms import ChatForm, NewChatForm, first_of
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.tickets import operations as tickets

BOTH = ("GET", "HEAD", "POST")


@desk_view("inbox.manage")
def chats(request: DeskRequest) -> HttpResponse:
    """Every chat, and how it goes."""
    return settings_page(request, "desk/chat/chats.html", "chats", {"chats": listing.chats(now=clock.now())})


@desk_view("inbox.manage", methods=BOTH)
def new_chat(request: DeskRequest) -> HttpResponse:
    """Make a chat."""
    form = NewChatForm(request.POST or None, initial={"language": settings.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            site = sites.create_chat(
                name=data["name"],
                language=data["language"],
                team=data["team"],
                origins=form.lines("origins"),
                actor=request.actor,
                now=clock.now(),
            )
        except HospesError as error:
            refuse(form, error)
        else:
            return redirect("desk:chat", site.pk)
    return form_page(request, form, tab="chats", heading=_("New chat"), back="desk:chats")


@desk_view("inbox.manage", methods=BOTH)
def chat(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """All of one chat."""
    site = queries.site_of(inbox_id)
    form = ChatForm(request.POST or None, initial=first_of(site))
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, site, form)
        except HospesError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:chat", inbox_id)
    context = {
        "site": site,
        "form": form,
        "code": embed_code(inbox_id),
        "contrast": round(ratio(site.accent, "#ffffff"), 1),
        "invitations": listing.invitations(site.inbox),
        "has_secret": listing.has_secret(inbox_id),
        "door": queries.door_of(site, now=clock.now()),
    }
    return settings_page(request, "desk/chat/chat.html", "chats", context, status=422 if form.is_bound else 200)


def _save(request: DeskRequest, site: ChatSite, form: ChatForm) -> None:
    data: dict[str, Any] = form.cleaned_data
    now = clock.now()
    tickets.change_inbox(
        inbox=site.inbox, name=data["name"], language=data["language"], team=data["team"], actor=request.actor, now=now
    )
    sites.change_site(
        inbox=site.inbox,
        origins=form.lines("origins"),
        accent=data["accent"],
        prechat=form.asked("prechat"),
        offline=form.asked("offline"),
        languages=data["languages"],
        calendar=data["calendar"],
        mail_inbox=data["mail_inbox"],
        mail_minutes=data["mail_minutes"],
        needs_people=data["needs_people"],
        files=data["take_files"],
        call=data["call"],
        callback=data["callback"],
        actor=request.actor,
        now=now,
    )


def embed_code(inbox_id: int) -> str:
    """What a site puts into its pages."""
    return f'<script src="{settings.PUBLIC_URL}/channels/chat/chat.js" data-inbox="{inbox_id}" async></script>'


@desk_view("inbox.manage", methods=("POST",))
def secret(request: DeskRequest, inbox_id: int) -> HttpResponse:
    """A new signing secret, shown this once."""
    site = queries.site_of(inbox_id)
    made = sites.rotate_secret(inbox=site.inbox, actor=request.actor, now=clock.now())
    response = settings_page(request, "desk/chat/secret.html", "chats", {"site": site, "secret": made})
    response["Cache-Control"] = "no-store"
    return response
