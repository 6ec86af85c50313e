"""Telegram: a bot that customers write to, by webhook or by long polling (Telegram Bot API)."""
