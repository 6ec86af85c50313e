"""Viber: a bot that customers write to (Viber REST Bot API)."""
