"""Tests of the customer's side."""
