"""Owns the adapter protocol, the registry of channels, the one way in and out, credentials.

Emits: RawMessageFailed.
Listens to: ReplyQueued, ReplyWithdrawn.
"""
