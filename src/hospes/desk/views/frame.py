"""What every page of the desk needs around its own matter: rights, words, the side list, choices."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from hospes.core.actors import Actor
from hospes.desk.access import DeskRequest, wants_fragment
from hospes.desk.shapes.nav import Views, views_of
from hospes.desk.shapes.rows import STATUS_ICONS
from hospes.desk.topics import topics
from hospes.desk.words import script_words
from hospes.realtime.queries import cursor_now
from hospes.staff import queries as staff
from hospes.tickets import queries as tickets
from hospes.tickets.models import Priority, TicketType
from hospes.tickets.queries import screen

RIGHTS = {
    "create": "ticket.create",
    "reply": "ticket.reply",
    "note": "ticket.note",
    "change": "ticket.change",
    "merge": "ticket.merge",
    "spam": "ticket.spam",
    "forward": "ticket.forward",
    "customer": "customer.change",
    "merge_customers": "customer.merge",
    "save_view": "view.save",
    "share_view": "view.share",
    "macro": "macro.own",
    "share_macro": "macro.share",
    "tags": "tag.manage",
    "block": "sender.block",
    "deliveries": "delivery.decide",
    "settings": "settings.change",
    "staff": "staff.manage",
    "inboxes": "inbox.manage",
    "audit": "audit.see",
}
PRIORITY_ICONS = {1: "chevron-down", 2: "minus", 3: "chevron-up", 4: "chevrons-up"}


def rights_for(actor: Actor) -> dict[str, bool]:
    """The actor's rights under the short names that templates ask by: `may.reply`."""
    return {name: actor.may(right) for name, right in RIGHTS.items()}


def _facts(request: DeskRequest) -> dict[str, Any]:
    """What the scripts have to know: addresses, who I am, what I like."""
    return {
        "me": request.user.pk,
        "name": request.user.name,
        "single_keys": request.user.single_keys,
        "rights": [name for name, yes in rights_for(request.actor).items() if yes],
        "editor": static("django_prose_editor/editor.js"),
        "sprite": static("hospes/icons/icons.svg"),
        "time_zone": request.user.time_zone,
        "urls": {
            "home": reverse("desk:home"),
            "counts": reverse("desk:counts"),
            "palette": reverse("desk:palette"),
            "search": reverse("desk:search"),
            "upload": reverse("desk:upload"),
            "bulk": reverse("desk:bulk"),
            "new": reverse("desk:new"),
            "notifications": reverse("desk:notifications"),
            "preferences": reverse("desk:preferences"),
            "settings": reverse("desk:settings"),
            "customers": reverse("desk:customers"),
            "colleagues": reverse("desk:colleagues"),
            "news": reverse("desk:news"),
            "sign_in": reverse("account_login"),
        },
    }


def frame(request: DeskRequest, section: str) -> dict[str, Any]:
    """The context of a whole page. Costly parts are lazy: a page that does not print them does not ask for them."""
    actor = request.actor
    return {
        "section": section,
        "may": rights_for(actor),
        "words": script_words(),
        "desk_facts": _facts(request),
        "rail_more": [entry for topic in topics().values() for entry in topic.rail if actor.may(entry.right)],
        "unread_notifications": SimpleLazyObject(lambda: screen.unread_notifications(actor)),
    }


def live_since(request: DeskRequest) -> dict[str, str]:
    """The cursor from which a page's live updates start; a fragment goes into a page that has one already."""
    return {} if wants_fragment(request) else {"live_cursor": str(cursor_now())}


def side_list(request: DeskRequest, view_key: str) -> dict[str, Any]:
    """The side list with the views."""
    views: Views = views_of(request.actor)
    return {"views": views, "view_key": view_key, "view_label": views.label_of(view_key)}


def choices(request: DeskRequest) -> dict[str, Any]:
    """What the shared menus offer: statuses, colleagues, teams, tags, macros: five queries."""
    actor = request.actor
    statuses = [
        {"pk": s.pk, "label": s.label, "category": s.category, "icon": STATUS_ICONS[s.category]}
        for s in tickets.statuses()
    ]
    return {
        "statuses": statuses,
        "colleagues": [a for a in staff.active_agents() if a.pk != actor.id],
        "teams": list(staff.teams()),
        "tags": list(tickets.tags()[:300]),
        "macros": list(tickets.macros_for(actor)[:300]),
        "types": TicketType.choices,
        "priorities": Priority.choices,
        "priority_choices": [(value, label, PRIORITY_ICONS[value]) for value, label in Priority.choices],
    }


def page(
    request: DeskRequest, template: str, section: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A whole page of the desk."""
    return render(request, template, {**frame(request, section), **context}, status=status)
