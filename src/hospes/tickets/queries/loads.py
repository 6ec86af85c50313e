"""What agents have in work."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count

from hospes.tickets.models import Ticket

WORKED_ON = ("new", "open")


def open_by_channel(agent_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many tickets each of these works on now, by channel: those that wait for them, not for somebody else."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = (
        Ticket.objects.filter(assignee_id__in=agent_ids, active=True, category__in=WORKED_ON)
        .order_by()
        .values("assignee_id", "inbox__kind")
        .annotate(count=Count("pk"))
        .values_list("assignee_id", "inbox__kind", "count")
    )
    for agent_id, channel, count in rows:
        if agent_id is not None:
            found[agent_id][channel] = count
    return found
