"""Owns calls by phone, browser and video: who talks, recordings, transcripts, call-backs, one-time links.

A call is no message: it lives on a ticket, and what it leaves behind (a line, a recording, a voicemail) goes onto the
ticket's timeline. Channels translate providers' webhooks into these operations and carry out what calls ask for.

Emits: calls events.
Listens to: routing (who was found), staff.
"""
