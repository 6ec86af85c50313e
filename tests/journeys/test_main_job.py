"""The main job in a real browser: a mail appears, is answered, and the answer's answer comes back to it."""

import re

from playwright.sync_api import Page, expect


def open_ticket(page: Page, subject: str) -> None:
    """Choose a ticket in the list and wait for its talk."""
    page.locator("#rows li.ticket", has_text=subject).locator("a").first.click()
    expect(page.locator("#ticket-head .subject-edit")).to_have_value(subject)


def write(page: Page, text: str) -> None:
    """Type into the composer."""
    page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true]").first).to_be_focused()
    page.keyboard.type(text)


def test_a_mail_appears_at_the_open_desk_is_answered_and_the_answer_comes_back(hospes, desk, sink):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    page.evaluate("window.loadedOnce = true")
    first_id = hospes.send(
        "My kettle leaks.\n\n-- \nAnna", sender="Anna Kalniņa <anna@c.example>", subject="Leaking kettle"
    )
    row = page.locator("#rows li.ticket", has_text="Leaking kettle")
    expect(row).to_be_visible()
    acknowledgement = sink.expect(lambda m: m["To"] and "anna@c.example" in m["To"] and m["Auto-Submitted"])
    assert acknowledgement["Auto-Submitted"].startswith("auto-replied")

    open_ticket(page, "Leaking kettle")
    expect(page.locator(".message .content", has_text="My kettle leaks.")).to_be_visible()
    write(page, "Please send us a photo of it.")
    page.keyboard.press("Control+Enter")
    answer = sink.expect(lambda m: "photo of it" in m.get_body(("plain",)).get_content())
    number = page.locator("[data-copy^='#']").first.get_attribute("data-copy")
    assert answer["In-Reply-To"] == first_id or first_id in answer["References"]
    assert answer["Auto-Submitted"] is None
    assert number in answer["Subject"]
    assert re.search(r"support\+\w+\.\w+@demo\.example", answer["Reply-To"])
    assert answer.get_body(("html",)) is not None

    hospes.send(
        "Here it is, thank you!\n\nOn Monday, Demo shop wrote:\n> Please send us a photo of it.\n",
        sender="Anna Kalniņa <anna@c.example>",
        subject=f"Re: {answer['Subject']}",
        to=answer["Reply-To"],
        In_Reply_To=answer["Message-ID"],
        References=f"{first_id} {answer['Message-ID']}",
    )
    expect(page.locator(".message .content", has_text="Here it is, thank you!")).to_be_visible()
    assert page.evaluate("window.loadedOnce") is True
    expect(page.locator("#rows li.ticket", has_text="Leaking kettle")).to_have_count(1)


def test_a_page_that_was_offline_shows_all_that_happened_in_order_without_reload(hospes, desk):
    hospes.send("The first words.", sender="Bek <bek@c.example>", subject="Invoice copy")
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    open_ticket(page, "Invoice copy")
    page.evaluate("window.loadedOnce = true")
    number = page.locator("[data-copy^='#']").first.get_attribute("data-copy")
    assert number
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    cut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    wire.send("Network.emulateNetworkConditions", cut)
    expect(page.locator("#offline")).to_be_visible(timeout=60_000)
    hospes.shell(TWENTY_THINGS.replace("NUMBER", number.strip("#").replace("-", "")))
    wire.send(
        "Network.emulateNetworkConditions", {**cut, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    )
    expect(page.locator(".message .content", has_text="thing 19")).to_be_visible(timeout=30_000)
    shown = page.locator(".message .content").all_inner_texts()
    things = [int(found[1]) for text in shown if (found := re.search(r"thing (\d+)", text))]
    assert things == list(range(20))
    assert page.evaluate("window.loadedOnce") is True


TWENTY_THINGS = """
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets.models import Ticket
from hospes.tickets import operations
ticket = Ticket.objects.get(number="NUMBER")
for i in range(20):
    operations.add_note(ticket=ticket, actor=SYSTEM, now=now(), text=f"thing {i}")
"""


def test_two_agents_never_both_send_unaware(hospes, desk, sink):
    hospes.send("Who answers first?", sender="Cem <cem@c.example>", subject="A race")
    ivo, ada = desk("ivo"), desk("ada")
    for page in (ivo, ada):
        page.goto(f"{hospes.url}/desk/v/open/")
        open_ticket(page, "A race")
    write(ada, "Ada's words, long in the making.")
    write(ivo, "Ivo was first.")
    ivo.keyboard.press("Control+Enter")
    sink.expect(lambda m: "Ivo was first" in m.get_body(("plain",)).get_content())
    expect(ada.locator(".message .content", has_text="Ivo was first.")).to_be_visible()
    ada.locator("#composer [contenteditable=true]").first.click()
    ada.keyboard.press("Control+Enter")
    expect(ada.locator("#composer .warning")).to_be_visible()
    ada.keyboard.press("Control+Enter")
    sink.expect(lambda m: "Ada's words" in m.get_body(("plain",)).get_content())
