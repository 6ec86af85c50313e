"""Calls in the browser as a channel: an inbox of this kind lets customers call for free from the portal and the chat.

The calls themselves are the calls room's; here stands only what an inbox of this kind can do.
"""
