"""The audit log: who did what, when; filtered, page by page, and as a spreadsheet."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core import clock
from hospes.core.errors import NotFound
from hospes.core.models import EventRow
from hospes.core.posted import posted_id, posted_number
from hospes.core.queries import AuditFilter, audit_log
from hospes.core.sheets import csv_lines
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.audit import Entry, entries_of, groups
from hospes.desk.shapes.changes import Names
from hospes.desk.views.settings.base import settings_page
from hospes.staff import queries as staff
from hospes.tickets import queries as tickets
from hospes.tickets.queries.screen import numbers_of

PAGE: Final = 50
MOST_EXPORTED: Final = 100_000


class AuditForm(forms.Form):
    """What to look for."""

    what = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    ticket = forms.CharField(label=gettext_lazy("Ticket"), required=False, max_length=20)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(agent.pk), agent.name) for agent in staff.agents().prefetch_related(None)]
        kinds = [("customer", _("Customers")), ("system", _("Hospes itself"))]
        events = [(key, str(label)) for key, (label, _names) in groups().items()]
        for name, choices in (("what", events), ("who", [*kinds, *people])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Everything") if name == "what" else _("Everybody")), *choices]


@desk_view("audit.see")
def audit(request: DeskRequest) -> HttpResponse:
    """The log as a page, or as CSV with ?format=csv."""
    form = AuditForm(request.GET or None)
    wanted = _filter(request, form)
    if request.GET.get("format") == "csv" and form.is_valid():
        found = audit_log(request.actor, wanted)[:MOST_EXPORTED] if wanted else EventRow.objects.none()
        return _as_csv(found, request)
    last = posted_number(request.GET.get("before", ""))
    rows = list(audit_log(request.actor, wanted, before=last)[: PAGE + 1]) if wanted else []
    kept = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        "form": form,
        "entries": _entries(rows[:PAGE], request),
        "older": urlencode({**kept, "before": rows[PAGE - 1].pk}) if len(rows) > PAGE else "",
        "newest": urlencode(kept) if last is not None else None,
        "export": urlencode({**kept, "format": "csv"}),
        "filtered": bool(kept),
    }
    return settings_page(request, "desk/settings/audit.html", "audit", context)


def _filter(request: DeskRequest, form: AuditForm) -> AuditFilter | None:
    """The form as a filter; None when nothing can fit (a ticket that the reader may not see, a broken date)."""
    if not form.is_bound:
        return AuditFilter()
    if not form.is_valid():
        return None
    data = form.cleaned_data
    who: str = data["who"]
    subject_id = None
    if data["ticket"]:
        try:
            subject_id = tickets.get_ticket(request.actor, data["ticket"]).pk
        except NotFound:
            return None
    return AuditFilter(
        names=groups()[data["what"]][1] if data["what"] else (),
        actor_kind="agent" if posted_id(who) else who,
        actor_id=posted_id(who) or None,
        subject="ticket" if subject_id else "",
        subject_id=subject_id,
        since=_midnight(data["since"]) if data["since"] else None,
        until=_midnight(data["until"] + timedelta(days=1)) if data["until"] else None,
    )


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _names() -> Names:
    return Names(
        agents={str(a.pk): a.name for a in staff.agents().prefetch_related(None)},
        teams={str(t.pk): t.name for t in staff.teams()},
        statuses={str(s.pk): s.label for s in tickets.statuses()},
    )


def _entries(rows: Sequence[EventRow], request: DeskRequest) -> list[Entry]:
    ids = {row.subject_id for row in rows if row.subject == "ticket" and row.subject_id}
    return entries_of(rows, _names(), numbers_of(request.actor, ids))


def _as_csv(found: QuerySet[EventRow], request: DeskRequest) -> HttpResponse:
    """At most MOST_EXPORTED lines, read and written in pieces; times in UTC (ISO 8601)."""

    def lines() -> Iterator[Sequence[object]]:
        yield [_("When (UTC)"), _("Who"), _("What"), _("Ticket"), _("Concerns"), _("Where")]
        piece: list[EventRow] = []
        for row in found.iterator(chunk_size=1000):
            piece.append(row)
            if len(piece) == 1000:
                yield from written(piece)
                piece = []
        yield from written(piece)

    def written(piece: list[EventRow]) -> Iterator[Sequence[object]]:
        for entry in _entries(piece, request):
            at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
            yield [at, entry.who, entry.what, entry.number, entry.about, entry.door]

    response = HttpResponse("".join(csv_lines(lines())), content_type="text/csv; charset=utf-8")
    day = clock.now().date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="audit-{day}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
