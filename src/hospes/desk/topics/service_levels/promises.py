"""The report of promises kept, and of clocks that look as if they were stopped for show."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.posted import posted_number
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.service_levels import words
from hospes.desk.views.settings.base import settings_page
from hospes.sla import reports
from hospes.sla.reports import Kept, Suspicion

PERIODS = (7, 30, 90)


@desk_view("sla.report")
def promises(request: DeskRequest) -> HttpResponse:
    """By what was promised, by agent, by team; then what deserves a look. Those limited to teams see their teams'."""
    wanted = posted_number(request.GET.get("days", ""))
    days = wanted if wanted in PERIODS else 30
    until = clock.now()
    span: dict[str, Any] = {"since": until - timedelta(days=days), "until": until, "teams": request.actor.team_ids}
    suspicious = reports.suspicions(**span)
    names = reports.agents_named(suspicious)
    context = {
        "days": days,
        "periods": PERIODS,
        "kinds": [_row(row, words.kind_label(row.key)) for row in reports.kept_by_kind(**span)],
        "tables": [
            (_("By agent"), _("Agent"), _rows("agent__name", _("Nobody"), span)),
            (_("By team"), _("Team"), _rows("team__name", _("No team"), span)),
        ],
        "suspicions": [_suspicion(one, names) for one in suspicious],
    }
    return settings_page(request, "desk/service_levels/promises.html", "promises", context)


def _rows(column: str, nobody: str, span: dict[str, Any]) -> list[dict[str, Any]]:
    return [_row(row, row.key or nobody) for row in reports.kept_by(column, **span)]


def _row(row: Kept, label: str) -> dict[str, Any]:
    low, high = row.interval
    return {
        "label": label,
        "n": row.n,
        "kept": row.kept,
        "broken": row.n - row.kept,
        "share": round(row.share * 100, 1),
        "low": round(low * 100, 1),
        "high": round(high * 100, 1),
        "width": round((high - low) * 100, 1),
        "few": row.few,
    }


def _suspicion(one: Suspicion, names: dict[int, str]) -> dict[str, Any]:
    reasons = {
        "long": _("a long wait for the customer without a question"),
        "repeated": _("several waits for the customer without a question"),
        "last-minute": _("stopped in the last minutes before it was due"),
    }
    return {
        "number": one.number,
        "subject": one.subject,
        "who": names.get(one.agent_id or 0) or one.agent or _("Nobody"),
        "team": one.team,
        "length": words.length(one.length.total_seconds()),
        "pauses": one.pauses,
        "reasons": [reasons[reason] for reason in one.reasons],
    }
