"""Whole paths in a real browser against a running `hospes up`."""
