"""Customers of messengers see at once that their words were read and that somebody writes; and what everybody can read
is sent only after a second look."""

import pytest
from playwright.sync_api import expect

from hospes.channels.messenger.tests.contract import CONTRACT, PAGE
from hospes.channels.tests.meta_calls import sign
from hospes.testing.channels import Words
from hospes.testing.standin import standin
from tests.journeys.test_channels_at_desk import MAKE, post

COMMENT = "1044444444_2002222222"


@pytest.fixture(scope="module")
def provider():
    """Meta, played on loopback."""
    with standin() as running:
        running.usual = CONTRACT.accept
        yield running


@pytest.fixture(scope="module")
def hospes(installed):
    """An installation that may talk to the stand-in."""
    installation = installed("telling", HOSPES_HTTP_ALLOW="127.0.0.1")
    yield installation
    installation.stop()  # what runs on beside later journeys slows them


@pytest.fixture(scope="module")
def inbox(hospes, provider):
    """The page's inbox."""
    from hospes.tickets.models import Inbox

    wanted = [("messenger", "our-page", CONTRACT.credential(provider))]
    said = hospes.shell(MAKE.replace("WANTED", repr(wanted))).splitlines()
    return Inbox(pk=int(next(line for line in said if line.startswith("inbox")).split()[-1]), kind="messenger")


def told(provider):
    """What the customer was told of us, in order."""
    return [what for one in provider.asked if (what := CONTRACT.told(one))]


def opened(page, text):
    """The ticket, opened from the list."""
    row = page.locator("#rows li.ticket", has_text=text)
    expect(row).to_have_count(1)
    row.locator("a").first.click()
    expect(page.locator(".message .content", has_text=text)).to_be_visible()


def test_the_customer_sees_that_it_was_read_and_that_somebody_writes(hospes, desk, provider, inbox):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    words = Words(text="Does the kettle come in another colour?")
    assert post(hospes, inbox, CONTRACT.call(inbox, words)) == 200
    opened(page, words.text)
    wait_for(page, lambda: told(provider) == ["seen"])
    page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true]").first).to_be_focused()
    page.keyboard.type("Yes, in red")
    wait_for(page, lambda: told(provider) == ["seen", "typing"])
    page.keyboard.type(" and in blue.")
    wait_for(page, lambda: told(provider) == ["seen", "typing", "stopped"])  # after a moment of thought
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.ours .delivery .unseen").last).to_have_text("sent")
    assert told(provider) == ["seen", "typing", "stopped"]


def test_what_everybody_can_read_is_asked_about_once_more(hospes, desk, provider, inbox):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    value = {
        "item": "comment", "verb": "add", "comment_id": COMMENT, "post_id": f"{PAGE}_1044444444",
        "parent_id": f"{PAGE}_1044444444", "created_time": 1520544814, "message": "Where is my kettle, in public?",
        "from": {"id": "10158000111222333", "name": "Cinderella Hoover"},
    }  # fmt: skip
    entry = {"id": PAGE, "time": 1520544816, "changes": [{"field": "feed", "value": value}]}
    assert post(hospes, inbox, sign({"object": "page", "entry": [entry]})) == 200
    opened(page, "Where is my kettle, in public?")
    provider.asked.clear()
    composer = page.locator("#composer")
    page.locator("#writing").click()
    expect(composer.locator("[contenteditable=true]").first).to_be_focused()
    page.keyboard.type("It is on its way.")
    question = composer.locator(".warning")
    page.keyboard.press("Control+Enter")
    expect(question).to_have_text("Everybody can read this. Send it?")
    page.keyboard.type(" Soon.")
    expect(question).to_be_hidden()  # other words are another question
    button = composer.get_by_role("button", name="Send in public")
    button.dblclick()  # is one press
    expect(question).to_be_visible()
    composer.get_by_role("button", name="To them alone").click()
    expect(question).to_be_hidden()
    composer.get_by_role("button", name="In public", exact=True).click()
    composer.locator("[contenteditable=true]").first.click()
    page.keyboard.down("Control")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")  # held: the browser says it is a repetition
    page.keyboard.up("Enter")
    expect(question).to_be_visible()
    expect(page.locator(".message.ours")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.up("Control")
    expect(page.locator(".message.ours .delivery .unseen").last).to_have_text("sent")
    posted = [(one.path, one.data) for one in provider.asked if one.method == "POST"]
    assert posted == [(f"/v23.0/{COMMENT}/comments", {"message": "It is on its way. Soon."})]


def wait_for(page, holds):
    """Until the provider was told: looked at while the page lives on."""
    for _turn in range(200):
        if holds():
            return
        page.wait_for_timeout(100)
    assert holds()
