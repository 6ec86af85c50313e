"""Every ready rule is tried on the demo company: it says what it would have done, and changes nothing."""

import pytest

from hospes.automation import carrying, library
from hospes.automation.models import RuleRun
from hospes.automation.preview import try_rule
from hospes.config import demo
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.staff.models import Team
from hospes.testing.people import NOON

pytestmark = pytest.mark.django_db


def test_the_library_is_tried_on_the_demo():
    assert demo.fill(progress=False, tickets=120, customers=40, days=20, now=NOON)
    before = (EventRow.objects.count(), RuleRun.objects.count())
    team = Team.objects.values_list("pk", flat=True).first()
    fitted = {}
    for ready in library.TABLE:
        content, missing = carrying.found_names(library.content_of(ready), {("team", "Returns"): team})
        assert not missing
        fitted[ready.key] = try_rule(content=content, actor=SYSTEM, now=NOON, days=90).fitted
    assert (EventRow.objects.count(), RuleRun.objects.count()) == before
    # The kettle shop has VIPs, returns, invoices and tickets that wait.
    for key in ("vip-first", "returns-team", "invoices", "unowned"):
        assert fitted[key], fitted
