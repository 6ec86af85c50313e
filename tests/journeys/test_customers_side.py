"""The customer's side in a browser: with scripts and without, by phone, in a language read from right to left."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_accessibility import plain

PHONE = {"viewport": {"width": 390, "height": 844}}


def fill(page, address, subject):
    page.fill("[name=name]", "Anna Kalniņa")
    page.fill("[name=email]", address)
    page.fill("[name=subject]", subject)


def send_until_taken(page):
    """Press Send as long as the form asks again, because no person fills it in that quickly."""
    for _try in range(300):
        with page.expect_response(lambda answer: "/contact/" in answer.url):
            page.locator("main [type=submit]").click()
        expect(page.locator(".done, main [type=submit]:enabled").first).to_be_visible()
        if page.locator(".done").count():
            return
    raise AssertionError("The form was never taken")


@pytest.fixture
def browse(hospes, chromium):
    """A new browser at a path; what it calls an error fails the test."""
    opened, errors = [], []

    def at(path, **options):
        context = chromium.new_context(**options)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(hospes.url + path)
        opened.append(context)
        return page

    yield at
    for context in opened:
        context.close()
    assert errors == []


def test_a_form_sent_by_phone_shows_its_progress_and_keeps_what_was_chosen_when_it_asks_again(browse, sink):
    page = browse("/portal/contact/?lang=en", **PHONE)
    fill(page, "phone@c.example", "By phone")
    page.set_input_files("[name=attachments]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.locator("form[data-upload]").evaluate("form => form.noValidate = true")
    expect(page.locator("[name=proof]")).not_to_have_value("")
    page.locator("main [type=submit]").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    assert page.input_value("[name=subject]") == "By phone"
    assert page.locator("[name=attachments]").evaluate("input => input.files.length") == 1
    page.fill("[name=message]", "My kettle leaks.")
    expect(page.locator("[name=proof]")).not_to_have_value("")
    send_until_taken(page)
    number = page.locator("main b").first.inner_text()
    mail = sink.expect(lambda m: m["To"] and "phone@c.example" in m["To"])
    assert number.lstrip("#") in plain(mail)


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(browse):
    page = browse("/portal/contact/?lang=en")
    fill(page, "large@c.example", "A film")
    page.fill("[name=message]", "See the film.")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("[name=attachments]").evaluate(
        "input => { const bag = new DataTransfer();"
        " bag.items.add(new File([new Uint8Array(26 * 1024 * 1024)], 'film.mp4')); input.files = bag.files; }"
    )
    page.locator("main [type=submit]").click()
    expect(page.get_by_text("These files are too large.")).to_be_visible()
    assert "POST" not in sent
    assert page.input_value("[name=message]") == "See the film."


def test_everything_works_without_scripts(browse, sink):
    page = browse("/portal/contact/?lang=en", java_script_enabled=False)
    fill(page, "plain@c.example", "Without scripts")
    page.fill("[name=message]", "My kettle leaks.")
    send_until_taken(page)
    page.goto(page.url.split("/contact/")[0] + "/sign-in/")
    page.fill("[name=email]", "plain@c.example")
    page.locator("main [type=submit]").click()
    mail = sink.expect(lambda m: m["To"] and "plain@c.example" in m["To"] and "code" in (m["Subject"] or ""))
    link = re.search(r"http\S+/sign-in/link/\S+", plain(mail))
    assert link
    page.goto(link[0])
    page.locator("main [type=submit]").click()
    page.get_by_text("Without scripts").click()
    page.fill("[name=message]", "It leaks more.")
    page.set_input_files("[name=attachments]", {"name": "b.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.locator("form.answer [type=submit]").click()
    expect(page.get_by_text("It leaks more.")).to_be_visible()
    expect(page.locator("a.file", has_text="b.txt")).to_be_visible()
    page.get_by_role("button", name="It is settled for me").click()
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
