"""What the benchmarks write past the models, in SQL, fits the tables: a new column must not stop `make bench`."""

import pytest
from benchmarks import automation, mail, routing, scratch, sla

from hospes.automation.models import Rule
from hospes.routing.models import RoutingEntry
from hospes.sla.models import Clock
from hospes.staff.models import Presence
from hospes.tickets.models import Message, Ticket


@pytest.fixture
def small(monkeypatch):
    """A handful instead of thousands, and no VACUUM, which a test's transaction does not allow."""
    for room, name in ((routing, "AGENTS"), (routing, "QUEUES"), (sla, "POLICIES"), (automation, "RULES")):
        monkeypatch.setattr(room, name, 3)
    monkeypatch.setattr(mail, "MAILS", 3)
    monkeypatch.setattr(mail, "RUNS", 1)
    monkeypatch.setattr(scratch, "settle", lambda: None)


@pytest.mark.django_db
def test_the_benchmarks_rows_fit_the_tables(small):
    facts = scratch.company()
    scratch.fill(30, facts)
    assert (Ticket.objects.count(), Message.objects.count()) == (30, 30)
    queue = routing.prepare(facts)
    assert Presence.objects.filter(agent__email__endswith="@bench.example").count() == 3
    scratch.execute(routing._OPEN, 20)
    scratch.execute(routing._WAITING, queue, 10)
    assert RoutingEntry.objects.filter(queue=queue, state="waiting").count() == 10
    sla._clocks(sla._policies(facts), 5)
    assert Clock.objects.filter(state="running").count() == 5
    automation._rules()
    assert Rule.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_floor_of_mail_fits_them_too(small):
    facts = scratch.company()
    scratch.fill(1, facts)
    mail.mail_in(facts)
    assert Message.objects.filter(external_id__startswith="bare-").count() == 3
    assert Message.objects.filter(source_id__isnull=False).count() == 6
