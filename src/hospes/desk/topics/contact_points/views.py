"""Settings of the contact points: their order, what is hidden, the company's own words, and how to embed them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hospes.channels import points
from hospes.channels.points import Point
from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.contact_points.forms import PointForm, first
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.tickets.ways import traits_of


@desk_view("inbox.manage", methods=("GET", "HEAD", "POST"))
def listing(request: DeskRequest) -> HttpResponse:
    """All of them in their order; a POST moves one up or down."""
    listed = points.points()
    if request.method == "POST":
        keys = _moved([p.key for p in listed], request.POST.get("key", ""), request.POST.get("move", ""))
        points.order_points(keys=keys, actor=request.actor, now=clock.now())
        return redirect("desk:contact_points")
    language = get_language() or settings.LANGUAGE_CODE
    rows = [
        {
            "it": point,
            "name": point.name(language),
            "icon": points.icon_of(point.kind),
            "channel": traits_of(point.kind).label if point.inbox else _("Your own"),
            "address": point.shown_address,
            "link": point.own.link or points.public_link(point.kind, point.address),
        }
        for point in listed
    ]
    place = settings.PUBLIC_URL
    context = {
        "rows": rows,
        "page": place + reverse("portal:ways"),
        "json": place + reverse("portal:ways-json"),
        "snippet": f'<script src="{place}{reverse("portal:ways-js")}" data-lang="{language}" async></script>',
    }
    return settings_page(request, "desk/contact_points/list.html", "contact_points", context)


def _moved(keys: list[str], key: str, move: str) -> list[str]:
    if key in keys:
        at = keys.index(key)
        to = max(0, min(len(keys) - 1, at + {"up": -1, "down": 1}.get(move, 0)))
        keys.insert(to, keys.pop(at))
    return keys


@desk_view("inbox.manage", methods=("GET", "HEAD", "POST"))
def one(request: DeskRequest, key: str = "") -> HttpResponse:
    """Make one of the company's own, or change what is said of one."""
    point = points.get_point(key) if key else None
    form = PointForm(request.POST or None, point=point, initial=first(point))
    if request.method == "POST":
        if point is not None and request.POST.get("archive"):
            points.remove_point(point=point, actor=request.actor, now=clock.now())
            return redirect("desk:contact_points")
        if form.is_valid() and _saved(request, form, point):
            messages.success(request, _("Saved."))
            return redirect("desk:contact_points")
    heading = point.name(get_language() or "en") if point else _("New contact point")
    extra = {"archive": bool(point and point.inbox is None)}
    return form_page(request, form, tab="contact_points", heading=heading, back="desk:contact_points", extra=extra)


def _saved(request: DeskRequest, form: PointForm, point: Point | None) -> bool:
    data = form.cleaned_data
    try:
        points.save_point(
            point=point,
            names=form.said("name"),
            texts=form.said("text"),
            address=data["address"],
            link=data["link"],
            hidden=data["hidden"],
            free=data["free"],
            actor=request.actor,
            now=clock.now(),
        )
    except HospesError as error:
        refuse(form, error)
        return False
    return True
