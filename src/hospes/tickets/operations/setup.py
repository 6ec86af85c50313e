"""Inboxes, statuses, tags and saved views: made, changed, put away."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.events import emit
from hospes.core.html import clean_html
from hospes.core.text import storable
from hospes.staff.models import Team
from hospes.tickets import events
from hospes.tickets.models import Inbox, SavedView, Status, Tag, Ticket
from hospes.tickets.policies import CATEGORIES
from hospes.tickets.queries.filters import wrong_filters

INBOX_FIELDS = {
    "name", "team", "language", "acknowledge", "promise_hours", "signature_html", "in_contact_form", "archived_at",
}  # fmt: skip


def tell(thing: str, pk: int, what: str, label: str, actor: Actor, now: datetime) -> None:
    """Put a change of the set-up into the audit log."""
    emit(events.SetupChanged(thing=thing, thing_id=pk, what=what, label=label[:100]), actor=actor, now=now)


def named(name: str) -> str:
    """A name in one line. Raises InvalidInput for an empty one."""
    name = " ".join(storable(name).split())
    if not name:
        raise InvalidInput(_("Write a name."), field="name")
    return name[:100]


@transaction.atomic
def create_inbox(
    *,
    name: str,
    address: str,
    actor: Actor,
    now: datetime,
    kind: str = "email",
    language: str = "en",
    team: Team | None = None,
) -> Inbox:
    """Make an inbox. Raises Conflict when another inbox has the address."""
    actor.require("inbox.manage")
    address = storable(address).strip()
    if kind == "email":
        try:
            validate_email(address)
        except ValidationError:
            raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="address") from None
    if Inbox.objects.filter(kind=kind, address__iexact=address).exists():
        raise Conflict(_("Another inbox has this address."), field="address")
    inbox = Inbox.objects.create(
        name=named(name), address=address, kind=kind, language=language, team=team, created_at=now
    )
    tell("inbox", inbox.pk, "created", inbox.name, actor, now)
    return inbox


@transaction.atomic
def change_inbox(*, inbox: Inbox, actor: Actor, now: datetime, **changes: Any) -> Inbox:
    """Change any of INBOX_FIELDS."""
    actor.require("inbox.manage")
    if unknown := set(changes) - INBOX_FIELDS:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    inbox = Inbox.objects.select_for_update(of=("self",)).get(pk=inbox.pk)
    hours = changes.get("promise_hours", 0)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 0 <= hours <= 24 * 60:
        raise InvalidInput(_("Promise an answer within 0 to 1440 hours."), field="promise_hours")
    if changes.get("language", "en") not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    for field, value in changes.items():
        setattr(inbox, field, clean_html(storable(value)) if field == "signature_html" else value)
    inbox.name = named(inbox.name)
    inbox.save()
    tell("inbox", inbox.pk, "changed", inbox.name, actor, now)
    return inbox


@transaction.atomic
def save_status(*, category: str, name: str, actor: Actor, now: datetime, status: Status | None = None) -> Status:
    """Make or rename a company's own status within a category."""
    actor.require("settings.change")
    if category not in CATEGORIES:
        raise InvalidInput(_("Choose one of the six categories."), field="category")
    if status is not None and status.builtin:
        raise InvalidInput(_("Built-in statuses keep their names. Add one of your own."), field="name")
    if status is not None and status.category != category and Ticket.objects.filter(status=status).exists():
        raise InvalidInput(_("Tickets have this status. Add another one for the other category."), field="category")
    status = status or Status(category=category, position=100)
    status.name = named(name)[:60]
    status.category = category
    status.save()
    tell("status", status.pk, "saved", status.name, actor, now)
    return status


@transaction.atomic
def archive_status(*, status: Status, actor: Actor, now: datetime) -> None:
    """Put a status away; tickets that have it keep it."""
    actor.require("settings.change")
    if status.builtin:
        raise InvalidInput(_("Built-in statuses stay."), field="status")
    Status.objects.filter(pk=status.pk).update(archived_at=now)
    tell("status", status.pk, "archived", status.name, actor, now)


@transaction.atomic
def rename_tag(*, tag: Tag, name: str, actor: Actor, now: datetime) -> Tag:
    """Rename a tag; to another tag's name means joining the two."""
    actor.require("tag.manage")
    name = named(name)[:60]
    other = Tag.objects.filter(name=name).exclude(pk=tag.pk).first()
    if other is None:
        tag.name = name
        tag.save(update_fields=["name"])
    else:
        other.tickets.add(*tag.tickets.all())
        tag.delete()
        tag = other
    tell("tag", tag.pk, "renamed", name, actor, now)
    return tag


@transaction.atomic
def delete_tag(*, tag: Tag, actor: Actor, now: datetime) -> None:
    """Take a tag off all tickets."""
    actor.require("tag.manage")
    pk, name = tag.pk, tag.name
    tag.delete()
    tell("tag", pk, "deleted", name, actor, now)


@transaction.atomic
def save_view(
    *,
    name: str,
    filters: dict[str, Any],
    actor: Actor,
    now: datetime,
    shared: bool = False,
    view: SavedView | None = None,
) -> SavedView:
    """Keep a filter as a view, one's own or everybody's."""
    actor.require("view.share" if shared else "view.save")
    if view is not None and view.owner_id != actor.id:
        actor.require("view.share")
    if wrong := wrong_filters(filters):
        raise InvalidInput(_("This filter cannot be kept: %(names)s") % {"names": ", ".join(wrong)}, field="filters")
    view = view or SavedView()
    view.name, view.filters = named(name)[:80], filters
    view.owner_id = None if shared else actor.id
    view.save()
    tell("view", view.pk, "saved", view.name, actor, now)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: Actor, now: datetime) -> None:
    """Delete a view; the tickets stay."""
    if view.owner_id is None:
        actor.require("view.share")
    elif view.owner_id != actor.id:
        raise NotAllowed
    pk, name = view.pk, view.name
    view.delete()
    tell("view", pk, "deleted", name, actor, now)
