"""What is set up once: tags, inboxes, statuses, macros."""

from django.http import HttpResponse
from ninja import Query, Router

from hospes.api import outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import PageQuery
from hospes.core.paging import by_id
from hospes.tickets import queries

router = Router(tags=["setup"])


@router.get("/tags", response=outputs.TagPage, summary="List tags")
def list_tags(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """By id."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.tags(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([{"id": t.pk, "name": t.name} for t in page], following)


@router.get("/inboxes", response=outputs.InboxPage, summary="List inboxes")
def list_inboxes(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Inboxes in use, by id. How they reach their provider is never told."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.active_inboxes(), cursor=wanted.cursor, limit=wanted.limit)
    names = ("name", "kind", "address", "team_id", "language", "promise_hours")
    return shapes.page([{"id": i.pk, **{name: getattr(i, name) for name in names}} for i in page], following)


@router.get("/statuses", response=outputs.StatusPage, summary="List statuses")
def list_statuses(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Statuses in use, by id; a built-in one is named in the request's language."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.statuses(), cursor=wanted.cursor, limit=wanted.limit)
    items = [{"id": s.pk, "category": s.category, "name": s.label, "builtin": s.builtin} for s in page]
    return shapes.page(items, following)


@router.get("/macros", response=outputs.MacroPage, summary="List macros")
def list_macros(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Those that the token's owner may use, by id."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.macros_for(request.actor), cursor=wanted.cursor, limit=wanted.limit)
    names = ("name", "body_html", "language", "situation", "channel", "conditions", "sharing", "actions")
    return shapes.page([{"id": m.pk, **{name: getattr(m, name) for name in names}} for m in page], following)
