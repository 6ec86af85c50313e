"""Owns inboxes, tickets, messages, attachments, tags, macros, threading and the IncomingMessage shape.

Emits: TicketCreated, MessageReceived, ReplyQueued, NoteAdded, TicketChanged and its kin (see events.py).
Listens to: nothing below it; channels call its operations.
"""
