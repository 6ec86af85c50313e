"""The addresses of the topic, by matter."""
