"""Chats that wait are offered to one after the other until somebody takes them; whoever is signed in has one talk on
all devices; what was left while the chat was closed is there when they come back."""

import json
import time

import jwt
import pytest
from playwright.sync_api import expect

from tests.journeys.chatting import SECRET
from tests.journeys.test_accessibility import plain
from tests.journeys.test_chat import answer, find

COMPANY = """
import json
from hospes.channels.models import ChatSite
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.routing import operations as routing
from hospes.staff import operations as staff
from hospes.tickets import operations as tickets
by = {"actor": SYSTEM, "now": now()}
team = staff.create_team(name="Teapots", **by)
for name in ("Kim", "Lee"):
    agent = staff.create_agent(email=name.lower() + "@demo.example", name=name, role="agent",
                               password="correct-horse-battery", teams=[team], **by)
    staff.set_channel_load(agent=agent, channel="chat", weight=10, limit=1, **by)
routing.create_queue(name="Teapots", team=team, offer=True, offer_seconds=6, strategy="round_robin",
                     conditions={"field": "message.text", "is": "contains", "value": ["teapot"]}, **by)
inbox = tickets.create_inbox(name="Teapots", address="chat-teapots", kind="chat", team=team, **by)
ChatSite.objects.create(inbox=inbox, origins=["ORIGIN"], needs_people=False)
print(json.dumps(inbox.pk))
"""
LEE_LEAVES = """
from hospes.core.clock import now
from hospes.staff.models import Agent
from hospes.staff import operations as staff
from hospes.testing.people import desk_actor
lee = Agent.objects.get(email="lee@demo.example")
staff.set_presence(agent=lee, state="away", actor=desk_actor(lee), now=now())
"""


@pytest.fixture(scope="module")
def teapots(hospes, shop):
    """The inbox of a chat whose queue asks Kim and Lee in turn, for six seconds each, one chat at a time."""
    return json.loads(hospes.shell(COMPANY.replace("ORIGIN", shop.url)).strip().splitlines()[-1])


def card(page, words):
    """An offer in the corner of the desk."""
    return page.locator(".offers .offer-card", has_text=words)


def test_a_chat_goes_from_one_to_the_next_until_somebody_takes_it(hospes, desk, visit, teapots):
    kim, lee = desk("kim"), desk("lee")
    first = visit(teapots)
    first.open()
    first.write("My teapot drips.")
    expect(card(kim, "My teapot drips.")).to_be_visible(timeout=30_000)
    expect(first.part(".how")).to_contain_text("You are next.")
    expect(card(lee, "My teapot drips.")).to_be_visible(timeout=30_000)
    expect(card(kim, "My teapot drips.")).to_have_count(0)
    expect(first.part("header h2")).to_have_text("Teapots")
    card(lee, "My teapot drips.").get_by_role("button", name="Leave it to others").click()
    expect(card(lee, "My teapot drips.")).to_have_count(0)
    expect(card(kim, "My teapot drips.")).to_be_visible(timeout=30_000)
    card(kim, "My teapot drips.").get_by_role("button", name="Take it").click()
    expect(kim.locator(".message .content", has_text="My teapot drips.")).to_be_visible()
    expect(first.part("header h2")).to_have_text("Kim")

    hospes.shell(LEE_LEAVES)
    second = visit(teapots)
    second.open()
    second.write("My teapot whistles.")
    expect(second.part(".how")).to_contain_text("You are next.")
    expect(card(kim, "My teapot whistles.")).to_have_count(0)
    answer(kim, "Tighten its lid, please.")
    expect(first.words.last).to_have_text("Tighten its lid, please.")
    expect(card(kim, "My teapot whistles.")).to_have_count(0)
    first.choose("End chat")
    first.part(".sheet").get_by_role("button", name="End chat").click()
    expect(card(kim, "My teapot whistles.")).to_be_visible(timeout=30_000)


def test_whoever_is_signed_in_has_one_talk_on_both_devices(hospes, desk, visit):
    agent = desk("ivo")
    claims = {"sub": "u-two", "email": "two@c.example", "name": "Tove Lind", "exp": time.time() + 600}
    asked = "&jwt=" + jwt.encode(claims, SECRET, "HS256")
    home = visit(asked=asked)
    home.open()
    home.write("From my desk at home.")
    find(agent, hospes, "From my desk at home.")
    answer(agent, "Which colour?")
    expect(home.words.last).to_have_text("Which colour?")
    home.page.keyboard.press("Escape")
    answer(agent, "And which size?")
    expect(home.part(".badge")).to_have_text("1")

    phone = visit(asked=asked)
    expect(phone.part(".badge")).to_be_visible()
    phone.open()
    expect(phone.words).to_have_text(["From my desk at home.", "Which colour?", "And which size?"])
    expect(home.part(".badge")).to_have_count(0)
    home.open()
    phone.write("Blue, small.")
    expect(home.words.last).to_have_text("Blue, small.")
    home.write("From the desk again.")
    expect(phone.words.last).to_have_text("From the desk again.")
    phone.choose("End chat")
    phone.part(".sheet").get_by_role("button", name="End chat").click()
    expect(home.part(".card")).to_contain_text("This chat has ended.")


def test_what_was_left_while_closed_is_there_again_with_the_answer(hospes, desk, visit, sink):
    agent = desk("ivo")
    visitor = visit("closed")
    visitor.open()
    visitor.part("form").get_by_label("E-mail address").fill("back@c.example")
    visitor.part("form").get_by_label("Message").fill("Do you repair spouts?")
    visitor.part("form").get_by_role("button", name="Send message").click()
    expect(visitor.words).to_have_text(["Do you repair spouts?"])
    find(agent, hospes, "Do you repair spouts?")
    visitor.page.reload()
    expect(visitor.words).to_have_text(["Do you repair spouts?"])
    expect(visitor.part(".body")).to_contain_text("We have your message and answer by e-mail.")
    answer(agent, "We do, for nothing.")
    sink.expect(lambda m: m["To"] and "back@c.example" in m["To"] and "for nothing" in plain(m))
    visitor.page.reload()
    expect(visitor.words).to_have_text(["Do you repair spouts?", "We do, for nothing."])
    expect(visitor.part(".body")).not_to_contain_text("We have your message")
