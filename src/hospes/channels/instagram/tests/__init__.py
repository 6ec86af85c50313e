"""Tests of Instagram."""
