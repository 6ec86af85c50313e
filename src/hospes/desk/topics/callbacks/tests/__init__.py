"""Tests of call-backs at the desk."""
