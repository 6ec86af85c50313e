"""Counts anew what everybody carries, from the tickets themselves: for the first start, and each night."""

from datetime import datetime

from django.db import connection, transaction

from hospes.routing.models import RoutingEntry
from hospes.routing.operations.nudges import nudge_tickets
from hospes.tickets.models import Ticket

BATCH = 1000
_WRONG = """
SELECT load.agent_id FROM routing_agentload load LEFT JOIN (
    SELECT agent_id, sum(units) AS units FROM routing_routingentry
    WHERE state IN ('offered', 'assigned') AND units > 0 GROUP BY agent_id
) AS held ON held.agent_id = load.agent_id WHERE load.units <> coalesce(held.units, 0) ORDER BY load.agent_id
"""
_MEND = """
UPDATE routing_agentload SET
    units = coalesce((SELECT sum(units) FROM routing_routingentry WHERE agent_id = %(agent)s
        AND state IN ('offered', 'assigned') AND units > 0), 0),
    channels = coalesce((SELECT jsonb_object_agg(channel, n) FROM (SELECT channel, count(*) AS n
        FROM routing_routingentry WHERE agent_id = %(agent)s AND state IN ('offered', 'assigned') AND units > 0
        GROUP BY channel) AS counted), '{}'::jsonb)
WHERE agent_id = %(agent)s
"""


def recount(*, now: datetime) -> int:
    """Look at every open ticket that was never looked at, and set right what is counted wrong; returns how many
    agents were set right."""
    last = 0
    while True:
        unseen = Ticket.objects.filter(active=True, pk__gt=last, routing=None).order_by("pk")
        ids = list(unseen.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        last = ids[-1]
        nudge_tickets(ids, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_WRONG)
        wrong = [row[0] for row in cursor.fetchall()]
    for agent_id in wrong:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM routing_agentload WHERE agent_id = %s FOR NO KEY UPDATE", [agent_id])
            cursor.execute(_MEND, {"agent": agent_id})
    return len(wrong)


def seen_before() -> bool:
    """Whether anything was ever routed or counted here."""
    return RoutingEntry.objects.exists()
