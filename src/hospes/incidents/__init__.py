"""Owns outages and crises: incidents, tickets behind them, updates, parts of the service, the watch over the stream.

Emits: IncidentDeclared, IncidentUpdated, TicketJoinedIncident, BurstProposed and their kin (see events.py).
Listens to: TicketCreated, TicketMerged. Operations on the way of an outage: watching → declaring → linking → telling
(reaching writes on one ticket) → review.
"""
