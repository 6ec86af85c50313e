"""Owns outages and crises: incidents, the tickets behind them, updates, the status page.

Emits: incident events.
Listens to: tickets.
"""
