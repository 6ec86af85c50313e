"""Screens of the topic guidance."""
