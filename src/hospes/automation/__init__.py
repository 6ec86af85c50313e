"""Owns rules (when, if, then), their run log, and webhooks.

Emits: rule events.
Listens to: everything that rules may name.
"""
