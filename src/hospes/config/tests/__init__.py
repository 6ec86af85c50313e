"""Tests of how Hospes starts, runs and stops."""
