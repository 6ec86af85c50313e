"""Views of the topic channels."""
