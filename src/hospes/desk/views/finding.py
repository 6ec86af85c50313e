"""Finding things: the search page, what Ctrl K offers, colleagues and customers by a few letters."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.customers import queries as customers
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.rows import STATUS_ICONS, rows_html
from hospes.desk.views.frame import page
from hospes.staff import queries as staff
from hospes.tickets import queries as tickets
from hospes.tickets.queries import screen
from hospes.tickets.queries.listed import listed_of

OFFERED = 6


@desk_view("search")
def search(request: DeskRequest) -> HttpResponse:
    """Full-text search over all that the agent may see; customers whose name fits stand above."""
    text = request.GET.get("q", "").strip()[:300]
    context: dict[str, Any] = {"q": text, "view_key": "all", "rows": ""}
    if text:
        try:
            found = tickets.search_tickets(request.actor, text, cursor=request.GET.get("after") or None, limit=30)
        except InvalidInput:
            found = tickets.Page()
        marks = screen.read_marks(request.actor, [t.pk for t in found.items])
        context["rows"] = rows_html(
            listed_of(found.items), now=clock.now(), seen=marks, me=request.actor.id, view_key="all"
        )
        if found.next:
            context["next_url"] = f"{reverse('desk:search')}?{urlencode({'q': text, 'after': found.next})}"
        if not request.GET.get("after"):
            context["people"] = customers.search_customers(request.actor, text, limit=OFFERED)
    if request.GET.get("after"):
        return render(request, "desk/rows.html", context)
    template = "desk/search_found.html" if request.headers.get("HX-Request") else "desk/search.html"
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return page(request, template, "search", context)


@desk_view("search")
def palette(request: DeskRequest) -> JsonResponse:
    """Tickets and customers for what was typed into Ctrl K, and macros."""
    text = request.GET.get("q", "").strip()[:200]
    if not text:
        return JsonResponse({"tickets": [], "customers": []})
    found = tickets.search_tickets(request.actor, text, limit=OFFERED)
    people = customers.search_customers(request.actor, text, limit=OFFERED)
    return JsonResponse(
        {
            "tickets": [
                {
                    "number": t.number,
                    "shown": t.shown_number,
                    "subject": t.subject or _("(no subject)"),
                    "who": t.customer.name,
                    "icon": STATUS_ICONS.get(t.category, "circle"),
                }
                for t in found.items
            ],
            "customers": [
                {
                    "name": str(c),
                    "address": next((p.value for p in c.contact_points.all()), ""),
                    "url": reverse("desk:customer", args=[c.pk]),
                }
                for c in people
            ],
        }
    )


@desk_view("desk.enter")
def colleagues(request: DeskRequest) -> JsonResponse:
    """Everybody who can be called with @, and the macros behind "/", for the editor's offers."""
    people = [{"id": a.pk, "name": a.name} for a in staff.active_agents() if a.pk != request.actor.id]
    macros = [{"id": m.pk, "name": m.name, "language": m.language} for m in tickets.macros_for(request.actor)[:300]]
    return JsonResponse({"people": people, "macros": macros})


@desk_view("customer.see")
def addresses(request: DeskRequest) -> JsonResponse:
    """Customers with an address, for "To" fields."""
    text = request.GET.get("q", "").strip()[:100]
    found = customers.search_customers(request.actor, text, limit=8) if len(text) > 1 else []
    people = [{"id": c.pk, "name": str(c), "address": address} for c in found for address in customers.emails_of(c)[:2]]
    return JsonResponse({"people": people})
