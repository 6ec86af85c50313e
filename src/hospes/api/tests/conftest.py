"""A company with tokens for the API's tests."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from hospes.api import rates
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.staff import operations as staff
from hospes.staff.models import Agent
from hospes.testing.people import make_agent


@dataclass(frozen=True)
class Caller:
    """An API client of one agent's token."""

    client: Client
    agent: Agent
    token: str

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", query or {}, headers=self._with(headers))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=self._with(headers),
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def _with(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | {k.replace("_", "-"): v for k, v in headers.items()}


def call_as(agent: Agent) -> Caller:
    """A client with a fresh token of this agent."""
    _token, text = staff.create_api_token(agent=agent, name="test", actor=SYSTEM, now=clock.now())
    return Caller(Client(raise_request_exception=False), agent, text)


@pytest.fixture(autouse=True)
def _fresh_rates():
    rates.forget()


@pytest.fixture
def api(db) -> Caller:
    """The API as an agent calls it."""
    return call_as(make_agent("Ivo"))


@pytest.fixture
def admin_api(db) -> Caller:
    """The API as an admin calls it."""
    return call_as(make_agent("Ada", role="admin"))
