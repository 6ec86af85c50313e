"""Views of the topic escalation."""
