"""Whole paths through the running system."""
