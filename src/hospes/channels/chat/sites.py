"""How the chat of an inbox is set up: made, changed, its invitations, the secret by which a site signs visitors."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.channels import operations as channels
from hospes.channels.chat import policies, queries
from hospes.channels.chat.contrast import COLOUR, readable
from hospes.channels.chat.events import ChatSetUp
from hospes.channels.chat.forms import KINDS, KNOWN
from hospes.channels.models import ChatInvitation, ChatSite
from hospes.channels.queries import credential_of
from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.sla.models import Calendar
from hospes.staff.models import Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox

MOST_FIELDS: Final = 8
MOST_INVITATIONS: Final = 20
OLD_SECRET_GOOD: Final = timedelta(days=1)


@transaction.atomic
def create_chat(
    *, name: str, language: str, team: Team | None, origins: Sequence[str], actor: Actor, now: datetime
) -> ChatSite:
    """Make an inbox for a chat. Nobody writes to its address; it only tells it from others."""
    inbox = tickets.create_inbox(
        name=name, address=f"chat-{ids.token(9)}", kind="chat", language=language, team=team, actor=actor, now=now
    )
    # A visitor sees that somebody comes; an automatic word would only be in the way.
    tickets.change_inbox(inbox=inbox, acknowledge=False, in_contact_form=False, actor=actor, now=now)
    inbox.refresh_from_db()
    ChatSite.objects.create(inbox=inbox, prechat=[{"name": "name"}, {"name": "email"}])
    return change_site(inbox=inbox, origins=origins, actor=actor, now=now)


@transaction.atomic
def change_site(*, inbox: Inbox, actor: Actor, now: datetime, **changes: Any) -> ChatSite:
    """Change any of CHECKED and FLAGS. Raises InvalidInput that names the field."""
    actor.require("inbox.manage")
    if inbox.kind != "chat":
        raise NotFound
    if unknown := changes.keys() - CHECKED.keys() - FLAGS:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    site, _made = ChatSite.objects.select_for_update(of=("self",)).get_or_create(inbox=inbox)
    for name, value in changes.items():
        setattr(site, name, CHECKED[name](value) if name in CHECKED else bool(value))
    site.save()
    emit(ChatSetUp(inbox_id=inbox.pk, what="site", label=inbox.name), actor=actor, now=now)
    return site


def _origins(given: Sequence[str]) -> list[str]:
    """Each in its one spelling. Raises InvalidInput that names the bad one."""
    found: list[str] = []
    for line in given:
        if not line.strip():
            continue
        origin = policies.clean_origin(line)
        if not origin:
            raise InvalidInput(
                _("“%(line)s” is no address of a site. Write it such as https://shop.example, without a path.")
                % {"line": storable(line).strip()[:100]},
                field="origins",
            )
        if origin not in found:
            found.append(origin)
    if len(found) > 50:
        raise InvalidInput(_("At most 50 sites."), field="origins")
    return found


def _accent(colour: str) -> str:
    colour = colour.strip().lower()
    if not COLOUR.match(colour):
        raise InvalidInput(_("Write a colour such as #0f766e."), field="accent")
    if not readable(colour):
        raise InvalidInput(_("This colour is too light: its words could not be read on white."), field="accent")
    return colour


def check_fields(listed: Sequence[Mapping[str, Any]], *, field: str) -> list[dict[str, Any]]:
    """A form's fields as they are kept. Raises InvalidInput."""
    found: list[dict[str, Any]] = []
    for one in listed:
        name = str(one.get("name", ""))
        kind = str(one.get("kind") or {"email": "email", "phone": "phone"}.get(name, "text"))
        label = " ".join(storable(str(one.get("label") or "")).split())[:80]
        choices = [" ".join(storable(str(c)).split())[:80] for c in one.get("choices", ()) if str(c).strip()][:20]
        if not name or kind not in KINDS or (name not in KNOWN and not label):
            raise InvalidInput(_("Every question needs its words."), field=field)
        kept: dict[str, Any] = {"name": name[:40], "kind": kind, "required": bool(one.get("required"))}
        if label and name not in KNOWN:
            kept["label"] = label
        if choices:
            kept |= {"kind": "choice", "choices": choices}
        if any(k["name"] == kept["name"] for k in found):
            raise InvalidInput(_("The same question is there twice."), field=field)
        found.append(kept)
    if len(found) > MOST_FIELDS:
        raise InvalidInput(_("At most 8 questions: each one makes people leave."), field=field)
    return found


def _languages(codes: Sequence[str]) -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code in codes]


def _mail_inbox(inbox: Inbox | None) -> Inbox | None:
    if inbox is not None and inbox.kind != "email":
        raise InvalidInput(_("Choose an e-mail inbox."), field="mail_inbox")
    return inbox


def _mail_minutes(minutes: int) -> int:
    if not 0 <= minutes <= 1440:
        raise InvalidInput(_("Choose 0 to 1440 minutes."), field="mail_minutes")
    return minutes


def _calendar(calendar: Calendar | None) -> Calendar | None:
    return calendar


CHECKED: Final[dict[str, Callable[[Any], Any]]] = {
    "origins": _origins,
    "accent": _accent,
    "prechat": lambda listed: check_fields(listed, field="prechat"),
    "offline": lambda listed: check_fields(listed, field="offline"),
    "languages": _languages,
    "calendar": _calendar,
    "mail_inbox": _mail_inbox,
    "mail_minutes": _mail_minutes,
}
FLAGS: Final = frozenset({"needs_people", "files", "call", "callback"})


@transaction.atomic
def rotate_secret(*, inbox: Inbox, actor: Actor, now: datetime) -> str:
    """A new secret for signing visitors, returned this once. The one before it is good for a day more, so that the
    site can be changed over."""
    actor.require("inbox.manage")
    queries.site_of(inbox.pk)
    secret = ids.token(32)
    before = credential_of(inbox.pk).get("jwt_secret")
    values: dict[str, Any] = {"jwt_secret": secret}
    if before:
        values |= {"jwt_previous": before, "jwt_previous_until": (now + OLD_SECRET_GOOD).isoformat()}
    channels.save_credential(inbox=inbox, values=values, actor=actor, now=now)
    emit(ChatSetUp(inbox_id=inbox.pk, what="secret", label=inbox.name), actor=actor, now=now)
    return secret


@transaction.atomic
def save_invitation(
    *,
    inbox: Inbox,
    name: str,
    texts: Mapping[str, str],
    actor: Actor,
    now: datetime,
    invitation: ChatInvitation | None = None,
    pages: Sequence[str] = (),
    after_seconds: int = 30,
    cart_min: Decimal | None = None,
    once_days: int = 1,
    active: bool = True,
) -> ChatInvitation:
    """Make or change an invitation. Raises InvalidInput."""
    actor.require("inbox.manage")
    queries.site_of(inbox.pk)
    kept = {code: " ".join(storable(t).split())[:300] for code, t in texts.items() if t.strip()}
    if not kept:
        raise InvalidInput(_("Write the invitation in at least one language."), field="texts")
    if not 0 <= after_seconds <= 3600 or not 0 <= once_days <= 365:
        raise InvalidInput(_("Choose 0 to 3600 seconds and 0 to 365 days."), field="after_seconds")
    if invitation is None and ChatInvitation.objects.filter(inbox=inbox).count() >= MOST_INVITATIONS:
        raise InvalidInput(_("At most 20 invitations."), field="name")
    one = invitation or ChatInvitation(inbox=inbox, position=ChatInvitation.objects.filter(inbox=inbox).count())
    one.name = " ".join(storable(name).split())[:100] or next(iter(kept.values()))[:100]
    one.texts = kept
    one.pages = [" ".join(storable(p).split())[:300] for p in pages if p.strip()][:20]
    one.after_seconds, one.once_days, one.active = after_seconds, once_days, active
    one.cart_min = cart_min
    one.save()
    emit(ChatSetUp(inbox_id=inbox.pk, what="invitation", label=one.name), actor=actor, now=now)
    return one


@transaction.atomic
def delete_invitation(*, invitation: ChatInvitation, actor: Actor, now: datetime) -> None:
    """Take an invitation away; talks that it led to remember it no more."""
    actor.require("inbox.manage")
    emit(
        ChatSetUp(inbox_id=invitation.inbox_id, what="invitation_deleted", label=invitation.name), actor=actor, now=now
    )
    invitation.delete()
