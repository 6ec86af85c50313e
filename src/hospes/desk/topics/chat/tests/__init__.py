"""Tests of the topic chat."""
