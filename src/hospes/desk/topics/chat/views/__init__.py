"""Views of the topic chat."""
