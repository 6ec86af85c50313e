"""Tests of the live chat."""
