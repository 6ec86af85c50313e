"""Tests of the voice channel, with what the provider documents."""
