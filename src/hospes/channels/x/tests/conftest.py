"""X, played on loopback."""

import pytest

from hospes.channels.x.tests.contract import CONTRACT, KEYS
from hospes.testing.standin import Reply, standin


@pytest.fixture
def provider(settings):
    """X, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        posted = iter(range(9000, 9100))

        def usual(asked):
            if asked.path == "/2/tweets":
                return Reply(status=201, data={"data": {"id": str(next(posted)), "text": "…"}})
            if asked.path.startswith("/2/media/upload"):
                return Reply(data={"data": {"id": "1880028106020515840", "media_key": "13_1880028106020515840"}})
            return CONTRACT.accept(asked)

        running.usual = usual
        yield running


@pytest.fixture
def credential(provider):
    """Settings that lead there."""
    return {**KEYS, "bearer_token": "AAAA", "api": provider.url}
