"""The same company as in all tests of the desk."""

from hospes.desk.tests.conftest import change, company, desk, ticket

__all__ = ["change", "company", "desk", "ticket"]
