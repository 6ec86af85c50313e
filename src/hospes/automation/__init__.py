"""Owns rules (when, if, then), the log of what they did, webhooks out and in.

Emits: RuleRan, RuleStopped, RuleChanged, WebhookChanged, CalledFromOutside.
Listens to: every event that a trigger of triggers.py names, and to those that webhooks are sent for.
"""
