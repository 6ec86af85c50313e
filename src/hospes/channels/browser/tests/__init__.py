"""Tests of calls in the browser as a channel."""
