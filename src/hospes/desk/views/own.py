"""An agent's own things: notifications and preferences."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.html import clean_html
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import PreferencesForm
from hospes.desk.shapes.times import ago, isolated
from hospes.desk.views.frame import page
from hospes.desk.views.settings.base import settings_page
from hospes.staff import operations as staff_operations
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Notification
from hospes.tickets.queries import screen

KINDS = (
    "assigned",
    "mentioned",
    "called",
    "replied",
    "due_soon",
    "overdue",
    "failed",
    "burst",
    "escalated",
    "responsible",
    "order",
    "answered",
    "late",
    "swarm",
    "rule",
)
WAYS = ("page", "browser", "mail")
ICONS = {
    "assigned": "user-check", "mentioned": "at-sign", "called": "phone", "replied": "mail", "due_soon": "hourglass",
    "overdue": "alarm-clock", "failed": "mail-x", "burst": "activity", "escalated": "chevrons-up",
    "responsible": "user-check", "order": "briefcase", "answered": "circle-check", "late": "alarm-clock",
    "swarm": "users-round", "rule": "zap",
}  # fmt: skip


# Told also to people who may not see the ticket: their list of work orders is where they go.
OF_ORDERS = frozenset({"order", "answered", "late"})


def address_of(notification: Notification) -> str:
    """Where a notification leads."""
    if notification.kind in OF_ORDERS:
        return reverse("desk:work")
    return reverse("desk:ticket", args=[notification.ticket.number])


def words_of(notification: Notification) -> str:
    """What a notification says."""
    name = {
        "name": isolated(notification.by_name or _("Somebody")),
        "subject": isolated(notification.ticket.subject or notification.ticket.shown_number),
    }
    return {
        "assigned": _("%(name)s gave you “%(subject)s”") % name,
        "mentioned": _("%(name)s called you on “%(subject)s”") % name,
        "called": _("%(name)s needs you now on “%(subject)s”") % name,
        "replied": _("%(name)s wrote on “%(subject)s”") % name,
        "due_soon": _("“%(subject)s” is due soon") % name,
        "overdue": _("“%(subject)s” is overdue") % name,
        "failed": _("A message on “%(subject)s” could not be delivered") % name,
        "burst": _("Many customers write about the same thing, as in “%(subject)s”") % name,
        "escalated": _("“%(subject)s” needs a decision from management") % name,
        "responsible": _("%(name)s asks you to become responsible for “%(subject)s”") % name,
        "order": _("%(name)s needs something from you or your team") % name,
        "answered": _("%(name)s answered a work order of yours") % name,
        "late": _("A work order is due") % name,
        "swarm": _("%(name)s calls you as an expert to “%(subject)s”") % name,
        # Translators: name is a rule's: "Late urgent tickets: look at “Kettle leaks”"
        "rule": _("%(name)s: look at “%(subject)s”") % name,
    }.get(notification.kind, notification.ticket.subject)


@desk_view(methods=("GET", "HEAD", "POST"))
def notifications(request: DeskRequest) -> HttpResponse:
    """What the agent wanted to know, newest first; posting marks all as read."""
    now = clock.now()
    if request.method == "POST":
        operations.mark_notifications_read(actor=request.actor, now=now)
        return redirect("desk:notifications")
    found = [
        {
            "it": n,
            "words": words_of(n),
            "icon": ICONS.get(n.kind, "bell"),
            "url": address_of(n),
            "ago": ago(n.created_at, now=now),
        }
        for n in tickets.notifications_of(request.actor, limit=100)
    ]
    return page(request, "desk/notifications.html", "notifications", {"notifications": found})


@desk_view()
def news(request: DeskRequest) -> JsonResponse:
    """The number on the bell, and the newest one for the browser to show when the agent wants that."""
    count = screen.unread_notifications(request.actor)
    newest = next((n for n in tickets.notifications_of(request.actor, limit=1) if n.read_at is None), None)
    answer: dict[str, Any] = {"count": count}
    if newest is not None:
        answer["newest"] = {
            "id": newest.pk,
            "text": words_of(newest),
            "words": newest.words,
            "url": address_of(newest),
            "browser": operations.wishes(request.user, newest.kind)["browser"],
        }
    return JsonResponse(answer)


@desk_view(methods=("GET", "HEAD", "POST"))
def preferences(request: DeskRequest) -> HttpResponse:
    """How the desk is for this agent."""
    agent = request.user
    names = ("name", "language", "time_zone", "single_keys", "phone", "signature_html")
    first = {**{n: getattr(agent, n) for n in names}, "theme": agent.theme or "auto"}
    form = PreferencesForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        wanted = {**form.cleaned_data, "signature_html": clean_html(form.cleaned_data["signature_html"])}
        wanted["notify"] = {kind: {way: f"{kind}-{way}" in request.POST for way in WAYS} for kind in KINDS}
        phone = wanted.pop("phone")
        if phone != agent.phone:
            staff_operations.set_phone(agent=agent, phone=phone, actor=request.actor, now=clock.now())
        staff_operations.change_own_preferences(agent=agent, actor=request.actor, now=clock.now(), **wanted)
        response = redirect("desk:preferences")
        if wanted["language"]:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted["language"], max_age=365 * 86400, samesite="Lax")
        messages.success(request, _("Saved."))
        return response
    table = [
        {"kind": kind, "label": label, "ways": [(way, operations.wishes(agent, kind)[way]) for way in WAYS]}
        for kind, label in (
            ("assigned", _("A ticket is given to me")),
            ("mentioned", _("A colleague calls me with @")),
            ("called", _("Somebody needs me on a ticket now")),
            ("replied", _("A customer writes on a ticket of mine")),
            ("due_soon", _("A ticket of mine is due soon")),
            ("overdue", _("A ticket of mine, or of my team when I lead it, is overdue")),
            ("failed", _("A message of mine could not be delivered")),
            ("escalated", _("A customer needs a decision from management")),
            ("responsible", _("I am asked to become responsible for a ticket")),
            ("order", _("My team or I get a work order")),
            ("answered", _("A work order of mine was answered")),
            ("late", _("A work order is due or late")),
            ("swarm", _("I am called as an expert")),
            ("rule", _("A rule tells me of a ticket")),
            ("burst", _("Many customers write about the same thing")),
        )
    ]
    return settings_page(request, "desk/preferences.html", "preferences", {"form": form, "notify": table})
