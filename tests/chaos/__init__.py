"""Faults while work goes on; `make chaos` runs the long ones."""
