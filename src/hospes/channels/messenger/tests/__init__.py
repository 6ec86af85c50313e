"""Tests of Messenger and of a page's comments."""
