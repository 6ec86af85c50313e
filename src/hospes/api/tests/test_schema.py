"""schemathesis reads the OpenAPI document and tries everything: never a 5xx, always the documented shapes."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from hospes.api import rates
from hospes.config.wsgi import application
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.staff import operations as staff
from hospes.testing.people import make_agent, make_inbox, make_team, receive

CHECKS = (not_a_server_error, response_schema_conformance, content_type_conformance)


@pytest.fixture
def _one_connection():
    """Requests come in by WSGI; the test's connection must outlive them, as Django's own test client arranges."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(db, settings, _one_connection):
    settings.API_RATE = 10**9
    rates.forget()
    agent = make_agent("Fuzz", role="admin")
    make_inbox()
    make_team()
    for index in range(3):
        receive(f"Words {index}", sender=f"c{index}@c.example")
    return staff.create_api_token(agent=agent, name="fuzz", actor=SYSTEM, now=now())[1]


def attack(token: str, examples: int) -> int:
    """Try each operation with generated requests; returns how many there were."""
    from hospes.api.app import document

    schema = schemathesis.openapi.from_dict(document())
    schema.app = application
    operations = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1
        run(operation, token, examples)
    return operations


def run(operation, token: str, examples: int) -> None:
    """Hypothesis over one operation."""
    from hypothesis import given

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def once(case) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=list(CHECKS))

    once()


def test_schemathesis_finds_no_server_error(token):
    assert attack(token, 12) >= 34


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_schemathesis_finds_no_server_error_in_many_tries(token):
    assert attack(token, 400) >= 34
