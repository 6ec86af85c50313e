"""Owns playbooks for difficult talks, when and why they are offered, the use of macros, refusals of service.

Emits: guidance events.
Listens to: tickets.
"""
