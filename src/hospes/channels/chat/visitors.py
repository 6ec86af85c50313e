"""What visitors do: come, come back, say something, read, leave, rate, have the talk sent to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from hospes.channels.chat import policies, queries
from hospes.channels.models import (
    ChatDevice,
    ChatFile,
    ChatInvitation,
    ChatSite,
    ChatVisitor,
)
from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.text import storable

LONGEST_TRAIL: Final = 20
FORGET_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Where a visitor is."""

    url: str = ""
    title: str = ""
    referrer: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a visitor's page says when a talk begins. `fields` are the form's, `signed` what the site vouches for."""

    language: str = "en"
    fields: Mapping[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=Page)
    signed: policies.Signed | None = None
    invitation_id: int = 0
    browser: str = ""
    offline: bool = False


def actor_of(visitor: ChatVisitor) -> Actor:
    """A visitor as somebody who does something."""
    return Actor(kind="customer", name=visitor.name or _("Visitor"), via="chat")


@transaction.atomic
def come(*, site: ChatSite, known: ChatVisitor | None, coming: Coming, now: datetime) -> tuple[ChatVisitor, str]:
    """Somebody begins a talk, or goes on with theirs: (the visitor, a new token, "" when the known one is still good).

    Who is signed in as another than before, or no longer signed in, is another visitor; whoever is signed in finds
    their own talk on every device. Raises InvalidInput.
    """
    signed = coming.signed
    subject = signed.subject if signed else ""
    if known is not None and not policies.same_person(known=known.subject, signed=subject):
        known = None
    before = known
    if signed is not None:
        known = _theirs(site.inbox.pk, signed.subject, known)
    token = ""
    if known is not None:
        visitor = ChatVisitor.objects.select_for_update().get(pk=known.pk)
    else:
        visitor = ChatVisitor(inbox_id=site.inbox.pk, key=ids.token(16), created_at=now)
    visitor.token_until = now + policies.TOKEN_LIFE
    visitor.seen_at = now
    visitor.language = coming.language
    visitor.offline = coming.offline
    visitor.browser = storable(coming.browser)[:300]
    _introduce(visitor, coming)
    _walk(visitor, coming.page, now)
    if coming.page.referrer and not visitor.referrer:
        visitor.referrer = policies_url(coming.page.referrer)
    if coming.invitation_id:
        found = ChatInvitation.objects.filter(pk=coming.invitation_id, inbox_id=site.inbox.pk).first()
        if found is not None and visitor.invitation_id != found.pk:
            count_invitation(inbox_id=site.inbox.pk, invitation_id=found.pk, accepted=True)
            visitor.invitation = found
    visitor.save()
    if before is None or before.pk != visitor.pk:
        token = ids.token()
        _keep_device(visitor, token, now)
    return visitor, token


def _theirs(inbox_id: int, subject: str, here: ChatVisitor | None) -> ChatVisitor | None:
    """The visitor whom a site signed for: the talk that they have anywhere, unless they are in one on this device
    that they began before they signed in. Under a lock, so that two devices at once become one visitor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [inbox_id % 2**31, f"chat:{subject}"])
    if here is not None and not here.subject and queries.ticket_of(here) is not None:
        return here
    return queries.visitor_by_subject(subject, inbox_id=inbox_id) or here


def _keep_device(visitor: ChatVisitor, token: str, now: datetime) -> None:
    """One more browser of theirs; the one longest unused makes room for it."""
    ChatDevice.objects.create(visitor=visitor, token_hash=ids.token_hash(token), token_until=now + policies.TOKEN_LIFE)
    kept = visitor.devices.order_by("-token_until", "-pk").values_list("pk", flat=True)[: policies.MOST_DEVICES]
    visitor.devices.exclude(pk__in=list(kept)).delete()


def _introduce(visitor: ChatVisitor, coming: Coming) -> None:
    """What they say of themselves, and what their site says of them, which wins."""
    said = {str(k)[:60]: " ".join(storable(str(v)).split())[:500] for k, v in list(coming.fields.items())[:20]}
    signed = coming.signed
    if email := said.pop("email", ""):
        try:
            validate_email(email)
        except ValidationError:
            raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    name, phone = said.pop("name", ""), said.pop("phone", "")
    if signed is not None:
        visitor.subject, visitor.verified = storable(signed.subject), True
        name, phone = storable(signed.name) or name, storable(signed.phone) or phone
        email = storable(signed.email) or email
    if email:
        visitor.email = email[:320]
        visitor.email_verified = bool(signed and signed.email and signed.email_verified)
    visitor.name = name[:200] or visitor.name
    visitor.phone = phone[:40] or visitor.phone
    visitor.answers = {**visitor.answers, **said}


def policies_url(text: str) -> str:
    """An address of a page as it is kept: only the web's, nothing that a click could run."""
    text = storable(text).strip()[:2000]
    return text if text.startswith(("https://", "http://")) else ""


def _walk(visitor: ChatVisitor, page: Page, now: datetime) -> bool:
    """Note where they are now; False when they were there already."""
    url, title = policies_url(page.url), " ".join(storable(page.title).split())[:300]
    if not url or (url, title) == (visitor.page_url, visitor.page_title):
        return False
    if url != visitor.page_url:
        step = {"url": url[:500], "title": title[:200], "at": now.isoformat()}
        visitor.trail = [*visitor.trail, step][-LONGEST_TRAIL:]
    visitor.page_url, visitor.page_title = url, title
    return True


@transaction.atomic
def walk(*, visitor: ChatVisitor, page: Page, now: datetime) -> bool:
    """They went to another page; False when not."""
    fresh = ChatVisitor.objects.select_for_update().get(pk=visitor.pk)
    moved = _walk(fresh, page, now)
    if moved:
        fresh.save(update_fields=["page_url", "page_title", "trail"])
    return moved


def come_back(*, device: ChatDevice, now: datetime) -> None:
    """A token that is used lives on; written at most once in thirty days."""
    if device.token_until - now < policies.RENEW_BELOW:
        device.token_until = now + policies.TOKEN_LIFE
        device.save(update_fields=["token_until"])
        ChatVisitor.objects.filter(pk=device.visitor_id).update(token_until=device.token_until)


def note_connected(*, visitor_ids: Sequence[int], now: datetime) -> None:
    """Pages of these visitors are open; one statement however many there are."""
    ChatVisitor.objects.filter(pk__in=list(visitor_ids)).update(
        connected_until=now + policies.CONNECTED_FOR, seen_at=now
    )


def note_gone(*, visitor_id: int, now: datetime) -> None:
    """The last page of a visitor closed here."""
    ChatVisitor.objects.filter(pk=visitor_id, connected_until__gt=now).update(connected_until=now)


def count_invitation(*, inbox_id: int, invitation_id: int, accepted: bool) -> None:
    """An invitation was shown, or led to a talk."""
    from django.db.models import F

    name = "accepted" if accepted else "shown"
    ChatInvitation.objects.filter(pk=invitation_id, inbox_id=inbox_id).update(**{name: F(name) + 1})


@transaction.atomic
def forget(*, now: datetime) -> int:
    """Forget visitors who cannot come back and never said anything, and files that were never sent; returns how many
    visitors were looked at. Whoever talked is kept with their ticket."""
    ChatFile.objects.filter(at__lt=now - timedelta(days=14)).delete()
    over = list(ChatVisitor.objects.filter(token_until__lt=now, kept=False).order_by("token_until")[:FORGET_AT_ONCE])
    spoken = set(queries.latest_tickets([v.key for v in over], {v.inbox_id for v in over}))
    ChatVisitor.objects.filter(pk__in=[v.pk for v in over if v.key not in spoken]).delete()
    ChatVisitor.objects.filter(pk__in=[v.pk for v in over if v.key in spoken]).update(kept=True)
    return len(over)


def as_payload(value: Any) -> dict[str, Any]:
    """A JSON body that is an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}
