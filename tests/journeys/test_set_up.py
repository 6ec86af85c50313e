"""The first minutes: a new installation is set up by its first admin, in the browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.running import Hospes
from tests.journeys.test_accessibility import LOOKS, findings


@pytest.fixture(scope="module")
def empty(tmp_path_factory, sink):
    """An installation that nobody has set up."""
    installation = Hospes(tmp_path_factory.mktemp("empty") / "data", sink)
    installation.start()
    yield installation
    installation.stop()


def test_the_first_admin_sets_up_hospes_and_lands_at_an_empty_desk(empty, chromium):
    found = {}
    for language, scheme in LOOKS:
        context = chromium.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{empty.url}/?lang={language}")
        expect(page).to_have_url(re.compile("/setup/"))
        found[language, scheme] = findings(page)
        context.close()
    assert {where: what for where, what in found.items() if what} == {}
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{empty.url}/setup/?lang=en")
    for name, value in {
        "name": "Dace Ozola",
        "email": "dace@shop.example",
        "password": "correct-horse-battery",
        "inbox_name": "Shop",
        "inbox_address": "help@shop.example",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("form [type=submit]").first.click()
    page.wait_for_url("**/desk/**")
    empty.send("Hello there", sender="Anna <anna@c.example>", subject="The very first", to="help@shop.example")
    page.goto(f"{empty.url}/desk/v/open/")
    expect(page.get_by_text("The very first").first).to_be_visible()
    second = chromium.new_context()
    page = second.new_page()
    page.goto(f"{empty.url}/setup/")
    expect(page.locator("[name=inbox_address]")).to_have_count(0)
    second.close()
    context.close()
