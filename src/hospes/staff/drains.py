"""The staff room's timers: presence is looked at every few seconds."""

from hospes.core import drains
from hospes.staff import operations, queries


def sweep() -> int:
    """Look at presence and absences once; never more to do at once. By the database's clock, so that workers and web
    processes on machines whose clocks differ agree on what time it is."""
    operations.sweep_presence(now=queries.database_now())
    return 0


drains.register("presence", sweep, every=5.0)
