"""A ticket as a row of the list. The hottest markup of all, so it is written here and not by a template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hospes.core.templatetags.look import initials
from hospes.desk.shapes.times import span
from hospes.tickets.models import Priority
from hospes.tickets.queries.listed import Listed
from hospes.tickets.ways import channel_icon

STATUS_ICONS = {
    "new": "circle-dot",
    "open": "circle",
    "waiting": "clock",
    "on_hold": "circle-pause",
    "solved": "circle-check",
    "closed": "archive",
}
SOON = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Due:
    """The time to show: since when somebody waits, coloured by the promise; `word` says what the colour says."""

    at: datetime
    words: str
    kind: str = ""
    word: str = ""


def due_of(
    *,
    now: datetime,
    active: bool,
    updated_at: datetime,
    waiting_since: datetime | None,
    promised_at: datetime | None,
    first_response_at: datetime | None,
    snoozed_until: datetime | None,
    due_at: datetime | None = None,
) -> Due:
    """What to say about time: late by, due in, snoozed until, waiting since, or last touched. `due_at` is what service
    levels promise; where they promise nothing, the inbox's promise of an answer counts."""
    if due_at is not None and active and due_at - now < SOON:
        return _due(due_at, now, "late", _("late by")) if due_at < now else _due(due_at, now, "soon", _("due in"))
    if snoozed_until is not None and snoozed_until > now:
        return _due(snoozed_until, now, "snoozed", _("comes back in"))
    if waiting_since is None or not active:
        return _due(updated_at, now)
    if promised_at is not None and first_response_at is None and due_at is None:
        if promised_at < now:
            return _due(waiting_since, now, "late", _("late, waiting for"))
        if promised_at - now < SOON:
            return _due(waiting_since, now, "soon", _("due soon, waiting for"))
    return _due(waiting_since, now, "waits", _("waiting for"))


def _due(at: datetime, now: datetime, kind: str = "", word: str = "") -> Due:
    return Due(at, span((now - at).total_seconds()), kind, word)


class _Words:
    """Texts and signs that every row of a page repeats, looked up once."""

    def __init__(self) -> None:
        self.unread = _("Unread")
        self.vip = _("VIP")
        self.choose = _("Choose")
        self.nobody = _("Somebody without a name")
        self.no_subject = _("(no subject)")
        self.sprite = static("hospes/icons/icons.svg")

    def icon(self, name: str, kind: str = "") -> str:
        """A decorative sign of the sprite."""
        return (
            f'<svg class="icon {kind}" viewBox="0 0 24 24" aria-hidden="true"><use href="{self.sprite}#{name}"/></svg>'
        )


def rows_html(
    rows: Iterable[Listed],
    *,
    now: datetime,
    seen: Mapping[int, int],
    me: int | None,
    view_key: str,
    order: str = "-updated_at",
) -> SafeString:
    """List items for these tickets. `seen` tells up to which message the agent has read each; `order` names the
    column by which the list is kept, so that rows that change find their place."""
    words = _Words()
    column = order.removeprefix("-")
    return mark_safe("".join(_row(r, words, now, seen.get(r.pk, 0), me, escape(view_key), column) for r in rows))


def _row(r: Listed, w: _Words, now: datetime, seen: int, me: int | None, view: str, column: str) -> str:
    unread = r.active and r.last_from_customer and (r.last_message_id or 0) > seen
    due = due_of(
        now=now,
        active=r.active,
        updated_at=r.updated_at,
        waiting_since=r.waiting_since,
        promised_at=r.promised_at,
        first_response_at=r.first_response_at,
        snoozed_until=r.snoozed_until,
        due_at=r.due_at,
    )
    place = getattr(r, column)
    place = place.isoformat() if isinstance(place, datetime) else f"{place or 0:020d}"
    late = w.icon("alarm-clock", "small") if due.kind == "late" else ""
    return (
        f'<li class="ticket{" unread" if unread else ""}" id="t{r.pk}" data-number="{r.number}" data-order="{place}">'
        f'<span class="mark"><i class="dot accent"></i><input type="checkbox" value="{r.number}" tabindex="-1" '
        f'aria-label="{w.choose} #{r.number[:3]}-{r.number[3:]}"></span>'
        f'<a href="/desk/t/{r.number}/?view={view}"><span class="who">'
        f'<b class="clip" dir="auto">{escape(r.customer_name) or w.nobody}</b>{_signs(r, w, unread)}</span></a>'
        f'<span class="when due {due.kind}">{late}<span class="unseen">{due.word}</span> '
        f'<time datetime="{due.at.isoformat()}" data-ago>{due.words}</time></span>'
        f'<span class="subject"><span class="clip" dir="auto">{escape(r.subject) or w.no_subject}'
        f'<span class="words"> · {escape(r.last_words)}</span></span>{_owner(r, me)}</span></li>\n'
    )


def _signs(r: Listed, w: _Words, unread: bool) -> str:
    """Marks that stand only when they say something."""
    signs = w.icon(channel_icon(r.channel))
    if r.vip:
        signs += f'<span class="pill warn">{w.vip}</span>'
    if r.priority > Priority.NORMAL:
        kind, name = ("urgent", "chevrons-up") if r.priority > Priority.HIGH else ("high", "chevron-up")
        signs += f'{w.icon(name, kind)}<span class="unseen">{Priority(r.priority).label}</span>'
    if unread:
        signs += f'<span class="unseen">{w.unread}</span>'
    return signs


def _owner(r: Listed, me: int | None) -> str:
    if not r.assignee_id or r.assignee_id == me:
        return ""
    name = r.assignee_name or ""
    return (
        f'<span class="avatar small hue-{r.assignee_id % 8}" title="{escape(name)}" aria-hidden="true">'
        f"{escape(initials(name))}</span>"
    )
