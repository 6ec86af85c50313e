"""The screens of calls, by matter."""
