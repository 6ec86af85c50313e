"""Files of these tests go to a folder of their own; their clock stands in the middle of every window of limits."""

import pytest
import time_machine

from hospes.core import clock


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def no_window_ends_meanwhile():
    with time_machine.travel(clock.now().replace(hour=12, minute=5, second=0)):
        yield
