"""What journeys share: one running Hospes, one mail sink, one browser; skipped with a reason without Chromium."""

import json
import os
import shutil

import pytest

from tests.journeys.running import Hospes, Sink, prepared

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 30_000  # ms, as for what is pressed
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed (apt-get install chromium)"))


@pytest.fixture(scope="session")
def sink():
    """Where mail to the world lands."""
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def installed(tmp_path_factory, sink):
    """Makes installations with two agents and an inbox, and starts them; settings as in the environment."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    running = []

    def start(name="hospes", **settings):
        installation = Hospes(prepared(shared, tmp_path_factory.mktemp(name) / "data", sink), sink, **settings)
        running.append(installation)
        installation.start()
        return installation

    yield start
    for installation in running:
        installation.stop()


@pytest.fixture(scope="session")
def hospes(installed):
    """A running installation with two agents and an inbox."""
    return installed()


@pytest.fixture(scope="session")
def chromium():
    """A browser process. What is expected may take as long as a loaded machine needs: how fast it is, `make bench`
    measures."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def desk(hospes, chromium):
    """Opens a signed-in page for an agent: desk("ivo"). Anything the console calls an error fails the test."""
    opened = []
    errors: list[str] = []

    def open_for(name: str = "ivo", **options):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **options)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{hospes.url}/account/login/?lang=en")
        page.fill("input[name=login]", f"{name}@demo.example")
        page.fill("input[name=password]", "correct-horse-battery")
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/desk/**")
        opened.append(context)
        return page

    yield open_for
    for context in opened:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def shop(hospes):
    """A website of somebody else's, on an origin that our chats allow, and the chats' inboxes by name."""
    from tests.journeys import chatting

    site = chatting.Shop(hospes.url)
    seed = chatting.SEED.replace("ORIGIN", site.url).replace("SECRET", chatting.SECRET)
    site.inboxes = json.loads(hospes.shell(seed).strip().splitlines()[-1])
    yield site
    site.stop()


@pytest.fixture
def visit(shop, chromium):
    """A visitor with a browser of their own on a page of the shop: visit("form"). What the page's policy or the
    console calls an error fails the test."""
    from tests.journeys.chatting import Visitor

    opened = []
    visitors = []

    def at(inbox="plain", path="/kettles", *, context=None, show=True, asked="", clock=False, **options):
        context = context or chromium.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})
        visitor = Visitor(context.new_page())
        if clock:
            visitor.page.clock.install()
        visitor.page.goto(f"{shop.url}{path}?inbox={shop.inboxes.get(inbox, inbox)}{asked}")
        opened.append(context)
        visitors.append(visitor)
        if show:
            visitor.launcher.wait_for()
        return visitor

    yield at
    for context in dict.fromkeys(opened):
        context.close()
    assert [visitor.complaints for visitor in visitors if visitor.complaints] == []
