"""The desk's known company, for this topic's tests."""

from hospes.desk.tests.conftest import company, desk, ticket

__all__ = ["company", "desk", "ticket"]
