"""The queues of the incidents room that workers empty."""

from hospes.core import clock, drains
from hospes.incidents import operations


def tell() -> int:
    """One batch of customers and subscribers who are to hear an update."""
    return operations.tell_waiting(now=clock.now())


def learn() -> int:
    """One batch of tickets from which is learned what is usual."""
    return operations.learn_waiting(now=clock.now())


drains.register("incident_updates", tell, every=5.0)
drains.register("incident_rates", learn, every=60.0)
