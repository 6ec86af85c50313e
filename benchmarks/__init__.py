"""Measures Hospes against the database's own speed, in the same run on the same database."""
