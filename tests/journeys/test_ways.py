"""The composer at an open desk: by which way the answer goes is shown with its reason, chosen by keys, and kept."""

import pytest
from playwright.sync_api import expect

MAKE = """
from datetime import timedelta
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.channels.models import ReadyTemplate
from hospes.customers import operations as customers
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox
from django.db import transaction
at = now()
inbox = tickets.create_inbox(name="Shop", address="+37167000000", kind="whatsapp", actor=SYSTEM, now=at)
def say(text, phone, when):
    incoming = IncomingMessage(
        message_id=f"wamid.{text}", sender=Person(phone, "Ieva Ozola"), text=text, reply=text, identity="phone",
        authenticated=True, thread_key=phone,
    )
    return tickets.receive_message(
        incoming=incoming, inbox=inbox, source_id=None, files=[], now=when, channel="whatsapp"
    ).ticket
fresh = say("Is my kettle ready?", "+37120000011", at)
with transaction.atomic():
    customers.add_proven_point(customer=fresh.customer, kind="email", value="ieva@customer.example", now=at)
stale = say("And the lid?", "+37120000012", at - timedelta(hours=30))
ReadyTemplate.objects.create(
    inbox=inbox, name="ready", language="en", body="Hello {{1}}, it is ready.", updated_at=at
)
print(fresh.number, stale.number)
"""


@pytest.fixture(scope="module")
def numbers(hospes):
    return hospes.shell(MAKE).split()[-2:]


def test_the_way_is_named_and_chosen_by_keys(hospes, desk, numbers):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/t/{numbers[0]}/")
    way = page.locator("#composer .line.way")
    expect(way).to_contain_text("WhatsApp")
    expect(way).to_contain_text("wrote by WhatsApp last")
    expect(way).to_contain_text("Free answers until")
    expect(page.locator('#composer [data-format="bold"]')).to_be_hidden()
    page.locator("#composer .way-now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ways-menu")).to_contain_text("An address of")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(way).to_contain_text("E-mail")
    expect(page.locator('#composer [data-format="bold"]')).to_be_visible()
    page.locator("#composer .stand-in, #composer .ProseMirror").first.click()
    page.keyboard.type("It is ready.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .message.ours").last).to_contain_text("It is ready.")
    expect(page.locator("#thread .message.ours").last.locator(".by-channel")).to_have_attribute("title", "E-mail")


def test_after_the_window_a_template_is_filled_in_and_sent(hospes, desk, numbers):
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/t/{numbers[1]}/")
    choice = page.locator("#composer .template-choice")
    expect(choice).to_be_visible()
    expect(page.locator("#composer .writing")).to_be_hidden()
    page.locator("#composer").get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#composer .warning")).to_contain_text("Choose a template")
    choice.locator("select").select_option(index=1)
    choice.locator(".gaps input").fill("Ieva")
    expect(choice.locator(".preview")).to_have_text("Hello Ieva, it is ready.")
    page.keyboard.press("Enter")
    expect(page.locator("#thread .message.ours").last).to_contain_text("Hello Ieva, it is ready.")
