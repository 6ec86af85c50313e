"""Lists of tickets: the page of a view, its further rows, its live rows, its counts; saved views."""

from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.shapes.nav import empty_words, views_of
from hospes.desk.shapes.rows import rows_html
from hospes.desk.views.frame import choices, live_since, page, rights_for, side_list
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Priority
from hospes.tickets.models.setup import Category
from hospes.tickets.queries import TicketFilter, screen
from hospes.tickets.queries.listed import list_page, listed_now

PAGE = 50
COUNTS_SECONDS = 2


def narrowed(actor: Any, view_key: str, query: QueryDict) -> tuple[TicketFilter, dict[str, str]]:
    """The view's filter with what the agent narrowed it by; (filter, the narrowing as plain words)."""
    try:
        wanted = tickets.view_filter(actor, view_key)
    except InvalidInput:
        raise NotFound from None
    used: dict[str, str] = {}
    changes: dict[str, Any] = {}
    for name in ("category", "priority", "type", "tag", "vip", "order"):
        value = query.get(name, "").strip()
        if not value:
            continue
        if name == "category" and value in Category.values:
            changes["category"] = (value,)
        elif name == "priority" and posted_number(value) in Priority.values:
            changes["priority"] = posted_number(value)
        elif name in ("type", "tag"):
            changes[name] = value[:60]
        elif name == "vip":
            changes["vip"] = True
        elif name == "order" and value in {key for key, _label in orders()}:
            changes["order"] = value
        else:
            continue
        used[name] = value
    return replace(wanted, **changes), used


def orders() -> list[tuple[str, str]]:
    """The ways to sort a list."""
    return [
        ("-updated_at", _("Last changed first")),
        ("due_at", _("Due first")),
        ("waiting_since", _("Waiting longest first")),
        ("-priority", _("Highest priority first")),
        ("-created_at", _("Newest first")),
        ("created_at", _("Oldest first")),
    ]


def list_context(request: DeskRequest, view_key: str) -> dict[str, Any]:
    """One page of rows of a view."""
    wanted, used = narrowed(request.actor, view_key, request.GET)
    after = request.GET.get("after") or None
    found = list_page(request.actor, wanted, cursor=after, limit=PAGE)
    marks = screen.read_marks(request.actor, [t.pk for t in found.items])
    query = urlencode(used)
    more = ""
    if found.next:
        more = f"{reverse('desk:rows', args=[view_key])}?{urlencode({**used, 'after': found.next})}"
    heading, text = empty_words(view_key)
    return {
        "rows": rows_html(
            found.items, now=clock.now(), seen=marks, me=request.actor.id, view_key=view_key, order=wanted.order
        ),
        "next_url": more,
        "view_key": view_key,
        "list_query": query,
        "filters": used,
        "filters_shown": bool(set(used) - {"order"}),
        "order": wanted.order,
        "orders": orders(),
        "categories": Category.choices,
        "empty_heading": heading,
        "empty_text": text,
    }


@desk_view()
def home(request: DeskRequest) -> HttpResponse:
    """The first view of the day."""
    return redirect("desk:view", "mine")


@desk_view()
def view(request: DeskRequest, key: str) -> HttpResponse:
    """The page of one view. A fragment's request gets the list pane alone."""
    since = live_since(request)  # before anything is read, so that nothing falls between the page and its first push
    context = {**list_context(request, key), **side_list(request, key), **since}
    if key.startswith("saved-"):
        context["saved_view"] = tickets.saved_views(request.actor).filter(pk=int(key[6:])).first()
    if wants_fragment(request):
        return render(request, "desk/list.html", {**context, **_choice_lists(), "may": rights_for(request.actor)})
    return page(request, "desk/tickets.html", "tickets", {**context, **choices(request)})


def _choice_lists() -> dict[str, Any]:
    from hospes.tickets.models import TicketType

    return {"types": TicketType.choices, "priorities": Priority.choices}


@desk_view()
def rows(request: DeskRequest, key: str) -> HttpResponse:
    """Further rows, or with `ids` the rows of these tickets as far as they belong to the list now."""
    if "ids" not in request.GET:
        return render(request, "desk/rows.html", list_context(request, key))
    wanted, _used = narrowed(request.actor, key, request.GET)
    ids = [posted_id(part) for part in request.GET["ids"].split(",")]
    found = listed_now(request.actor, wanted, ids)
    marks = screen.read_marks(request.actor, [t.pk for t in found])
    me = request.actor.id
    return HttpResponse(rows_html(found, now=clock.now(), seen=marks, me=me, view_key=key, order=wanted.order))


@desk_view()
def counts(request: DeskRequest) -> JsonResponse:
    """How many tickets each counted view holds; agents of the same rights share the answer for a moment."""
    keys = [v.key for v in views_of(request.actor).all() if v.counted]
    cached = f"desk-counts:{request.actor.id}"
    found = cache.get(cached)
    if found is None or set(found) != set(keys):
        found = tickets.view_counts(request.actor, keys)
        cache.set(cached, found, COUNTS_SECONDS)
    return JsonResponse({"counts": found, "cap": 1000})


@desk_view("view.save", methods=("POST",))
def save_view(request: DeskRequest) -> HttpResponse:
    """Keep the narrowed list as an own view."""
    query = QueryDict(request.POST.get("query", ""))
    wanted, _used = narrowed(request.actor, request.POST.get("base", "open"), query)
    blank = TicketFilter()
    kept = {
        f.name: getattr(wanted, f.name) for f in fields(wanted) if getattr(wanted, f.name) != getattr(blank, f.name)
    }
    saved = operations.save_view(
        name=request.POST.get("name", ""),
        filters=kept,
        actor=request.actor,
        now=clock.now(),
        shared=request.POST.get("shared") == "1",
    )
    return redirect("desk:view", f"saved-{saved.pk}")


@desk_view("view.save", methods=("POST",))
def delete_view(request: DeskRequest, view_id: int) -> HttpResponse:
    """Delete a saved view; its tickets stay."""
    found = tickets.saved_views(request.actor).filter(pk=view_id).first()
    if found is None:
        raise NotFound
    operations.delete_view(view=found, actor=request.actor, now=clock.now())
    return redirect("desk:view", "mine")
