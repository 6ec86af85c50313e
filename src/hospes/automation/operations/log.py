"""The log of what rules did does not grow for ever."""

from datetime import datetime, timedelta
from typing import Final

from hospes.automation.models import Handling, RuleRun

KEPT: Final = timedelta(days=180)
MISSED_KEPT: Final = timedelta(days=30)


def forget_old_runs(*, now: datetime) -> int:
    """Delete runs after half a year, and after a month what rules merely looked at."""
    runs, _each = RuleRun.objects.filter(at__lt=now - KEPT).delete()
    handled, _each = Handling.objects.filter(at__lt=now - MISSED_KEPT).delete()
    return runs + handled
