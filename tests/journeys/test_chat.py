"""Live chat in two real browsers: a visitor on a foreign origin under a strict policy, an agent at the desk."""

import re
import time
from datetime import UTC, datetime, timedelta

import jwt
from playwright.sync_api import Page, expect

from tests.journeys.chatting import SECRET
from tests.journeys.test_accessibility import plain
from tests.journeys.test_main_job import write


def find(page: Page, hospes, words: str) -> None:
    """Open the ticket whose newest words are these at the desk."""
    page.goto(f"{hospes.url}/desk/v/open/?lang=en")
    row = page.locator("#rows li.ticket", has_text=words)
    expect(row).to_be_visible()
    row.locator("a").first.click()
    expect(page.locator(".message .content", has_text=words)).to_be_visible()


def answer(page: Page, text: str) -> None:
    """Answer the open ticket."""
    write(page, text)
    page.keyboard.press("Control+Enter")


def test_a_visitor_and_an_agent_talk_and_each_sees_what_the_other_does(hospes, desk, visit):
    agent = desk("ivo")
    visitor = visit("form")
    visitor.open()
    form = visitor.part("form")
    expect(form.get_by_label("Name")).to_be_focused()
    form.get_by_role("button", name="Start chat").click()
    expect(form.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("Please fill this in.")).to_be_visible()
    form.get_by_label("Name").fill("Anna Kalniņa")
    form.get_by_label("What is it about?").select_option("A kettle")
    form.get_by_role("button", name="Start chat").click()
    visitor.write("My kettle leaks.\nFrom below.")
    expect(visitor.words).to_have_text(["My kettle leaks.\nFrom below."])
    expect(visitor.part(".how")).to_contain_text(re.compile("Someone will be with you soon|You are next|number"))

    find(agent, hospes, "My kettle leaks.")
    expect(visitor.part(".meta.read")).to_be_visible()
    expect(agent.locator("[data-chat-page]")).to_have_attribute("href", re.compile(r"/kettles\?inbox="))
    visitor.part(".foot textarea").press_sequentially("It is")
    expect(agent.locator("#chat-typing")).to_contain_text("Anna Kalniņa")
    write(agent, "Since")
    expect(visitor.part(".dots")).to_have_text("Ivo is writing …")
    agent.keyboard.type(" when, please?")
    agent.keyboard.press("Control+Enter")
    expect(visitor.words.last).to_have_text("Since when, please?")
    expect(visitor.part(".name")).to_contain_text("Ivo")
    expect(visitor.part("header h2")).to_have_text("Ivo")

    visitor.page.keyboard.press("Escape")
    expect(visitor.part(".panel")).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    answer(agent, "Are you still there?")
    expect(visitor.part(".badge")).to_have_text("1")
    expect(visitor.launcher).to_have_accessible_name("Open chat, 1 new message")
    expect(visitor.page).to_have_title("(1) Kettle shop")
    visitor.open()
    expect(visitor.words.last).to_have_text("Are you still there?")
    expect(visitor.page).to_have_title("Kettle shop")


def test_files_go_by_choice_paste_and_drop_and_those_that_cannot_are_refused_by_name(hospes, desk, visit):
    agent = desk("ivo")
    visitor = visit()
    visitor.open()
    picker = visitor.part("input[type=file]")
    picker.set_input_files({"name": "virus.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(visitor.part(".foot > .error")).to_contain_text("virus.exe cannot be sent. You can send: PNG, JPG")
    visitor.part(".foot textarea").evaluate(GIVE, ["paste", "film.mp4", 21 * 1024 * 1024, "video/mp4"])
    expect(visitor.part(".foot > .error")).to_contain_text("film.mp4 is too large. A file may have at most 20 MB.")
    picker.set_input_files({"name": "kettle.png", "mimeType": "image/png", "buffer": PNG})
    visitor.part(".foot textarea").evaluate(GIVE, ["paste", "pasted.txt", 5, "text/plain"])
    visitor.part(".panel").evaluate(GIVE, ["drop", "dropped.pdf", 5, "application/pdf"])
    expect(visitor.part(".files li")).to_have_count(3)
    expect(visitor.part(".files progress")).to_have_count(0)
    visitor.part(".files").get_by_role("button", name="Remove dropped.pdf").click()
    visitor.write("See the picture.")
    expect(visitor.words).to_have_text(["See the picture."])
    picture = visitor.part(".log .pic img")
    expect(picture).to_have_js_property("naturalWidth", 1)
    expect(picture).to_have_attribute("alt", "kettle.png")
    expect(visitor.part(".log .doc")).to_contain_text("pasted.txt")
    find(agent, hospes, "See the picture.")
    expect(agent.get_by_text("pasted.txt").first).to_be_visible()
    picker.set_input_files([{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(6)])
    expect(visitor.part(".foot > .error")).to_contain_text("You can send up to 5 files with a message.")


def test_ready_answers_emoji_the_end_the_rating_and_the_talk_by_mail(hospes, desk, visit, sink):
    agent = desk("ivo")
    visitor = visit()
    visitor.open()
    visitor.part(".foot").get_by_label("Add an emoji").click()
    expect(visitor.part(".emoji button").first).to_be_focused()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("ArrowDown")
    sign = visitor.part(".emoji button").nth(9).inner_text()
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Escape")
    expect(visitor.part(".foot").get_by_label("Add an emoji")).to_be_focused()
    visitor.part(".foot textarea").press("End")
    visitor.part(".foot textarea").press_sequentially(" Broken again")
    visitor.part(".foot textarea").press("Enter")
    expect(visitor.words).to_have_text([f"{sign} Broken again"])

    find(agent, hospes, "Broken again")
    hospes.shell(READY)
    visitor.part(".choices").get_by_role("button", name="Money back").click()
    expect(visitor.words.last).to_have_text("Money back")
    expect(visitor.part(".choices")).to_have_count(0)
    expect(agent.locator(".message .content", has_text="Money back").last).to_be_visible()

    visitor.choose("End chat")
    expect(visitor.part(".sheet")).to_contain_text("End this chat?")
    visitor.part(".sheet").get_by_role("button", name="Go on chatting").click()
    expect(visitor.part(".foot textarea")).to_be_focused()
    visitor.choose("End chat")
    visitor.part(".sheet").get_by_role("button", name="End chat").click()
    expect(visitor.part(".card")).to_contain_text("This chat has ended.")
    visitor.part(".stars").get_by_label("4 of 5: good").check(force=True)
    visitor.part(".card textarea").fill("Quicker, please.")
    visitor.part(".card").get_by_role("button", name="Send rating").click()
    expect(visitor.part(".card")).to_contain_text("Thank you for your rating.")

    visitor.part(".card").get_by_role("button", name="Send me this chat by e-mail").click()
    visitor.part(".sheet input").fill("nobody")
    visitor.part(".sheet").get_by_role("button", name="Send").click()
    expect(visitor.part(".sheet .error")).to_have_text("Please check this e-mail address.")
    visitor.part(".sheet input").fill("copy@c.example")
    visitor.part(".sheet").get_by_role("button", name="Send").click()
    mail = sink.expect(lambda m: m["To"] and "copy@c.example" in m["To"])
    assert "Broken again" in plain(mail)
    assert "A new one or your money back?" in plain(mail)


def test_a_closed_chat_takes_a_message_and_the_answer_comes_by_mail(hospes, desk, visit, sink):
    agent = desk("ivo")
    visitor = visit("closed")
    visitor.open()
    expect(visitor.part("header")).to_contain_text("We are closed now")
    visitor.part("form").get_by_label("E-mail address").fill("late@c.example")
    visitor.part("form").get_by_label("Message").fill("Are you asleep?")
    visitor.part("form").get_by_role("button", name="Send message").click()
    expect(visitor.words).to_have_text(["Are you asleep?"])
    find(agent, hospes, "Are you asleep?")
    answer(agent, "Good morning!")
    sink.expect(lambda m: m["To"] and "late@c.example" in m["To"] and "Good morning!" in plain(m))


def test_a_talk_goes_on_for_days_and_two_tabs_stay_in_step(hospes, desk, visit):
    agent = desk("ivo")
    first = visit()
    first.open()
    first.write("The first word.")
    find(agent, hospes, "The first word.")
    second = visit(context=first.page.context)
    second.open()
    expect(second.words).to_have_text(["The first word."])
    second.write("From the second tab.")
    expect(first.words).to_have_text(["The first word.", "From the second tab."])
    # The desk holds back an answer to a talk that has gone on unseen.
    expect(agent.locator(".message .content", has_text="From the second tab.")).to_be_visible()
    answer(agent, "Read in both.")
    for tab in (first, second):
        expect(tab.words.last).to_have_text("Read in both.")

    second.page.clock.set_fixed_time(datetime.now(tz=UTC) + timedelta(days=3))
    second.page.reload()
    expect(second.words).to_have_text(["The first word.", "From the second tab.", "Read in both."])
    expect(second.part(".day")).to_have_count(1)
    expect(second.part(".day")).not_to_have_text(re.compile("Today|Yesterday"))
    first.page.close()
    second.write("Three days later.")
    expect(second.part(".day").last).to_be_visible()
    expect(agent.locator(".message .content", has_text="Three days later.")).to_be_visible()


def test_an_invitation_comes_by_its_rule_once_and_never_takes_the_focus(visit):
    visitor = visit("inviting", "/cart", clock=True, reduced_motion="reduce")
    page = visitor.page
    page.locator("#search").focus()
    page.evaluate("hospes.chat.cart({items: 1, total: 20})")
    page.clock.run_for(5000)
    expect(visitor.part(".invite")).to_have_count(0)
    page.evaluate("hospes.chat.cart({items: 3, total: 60})")
    page.clock.run_for(2000)
    expect(visitor.part(".invite")).to_contain_text("Shall we help you choose?")
    assert visitor.part(".invite").evaluate("one => getComputedStyle(one).animationName") == "none"
    expect(page.locator("#search")).to_be_focused()
    visitor.part(".invite").get_by_role("button", name="Dismiss").click()
    expect(visitor.part(".invite")).to_have_count(0)
    page.reload()
    visitor.launcher.wait_for()
    page.evaluate("hospes.chat.cart({items: 3, total: 60})")
    page.clock.run_for(5000)
    expect(visitor.part(".invite")).to_have_count(0)

    other = visit("inviting", "/cart", clock=True)
    other.page.evaluate("hospes.chat.cart({items: 3, total: 60})")
    other.page.clock.run_for(2000)
    other.part(".invite button").first.click()
    expect(other.part(".hello")).to_contain_text("Shall we help you choose?")
    expect(other.part(".foot textarea")).to_be_focused()


def test_a_signed_visitor_is_known_a_forged_one_is_not_and_the_next_one_sees_nothing_of_it(hospes, desk, visit):
    agent = desk("ivo")
    claims = {"sub": "u-17", "email": "bek@c.example", "name": "Bek Karimov", "exp": time.time() + 600}
    visitor = visit("form", asked="&jwt=" + jwt.encode(claims, SECRET, "HS256"))
    visitor.open()
    visitor.write("You know me.")
    expect(visitor.words).to_have_text(["You know me."])
    find(agent, hospes, "You know me.")
    expect(agent.get_by_text("Bek Karimov").first).to_be_visible()
    context = visitor.page.context

    gone = visit("form", asked="&jwt=", context=context)
    gone.open()
    expect(gone.part("form").get_by_label("Name")).to_be_visible()
    expect(gone.words).to_have_count(0)

    forged = visit("form", asked="&jwt=" + jwt.encode(claims, "another-secret-that-is-long-enough-too", "HS256"))
    forged.open()
    expect(forged.part("form").get_by_label("Name")).to_be_visible()


def test_the_page_can_use_the_chat_by_its_api(hospes, visit):
    visitor = visit()
    page = visitor.page
    page.evaluate(
        "window.heard = []; for (const n of ['open', 'close', 'start']) hospes.chat.on(n, () => heard.push(n)); 0"
    )
    page.evaluate("hospes.chat.open()")
    expect(visitor.part(".panel")).to_be_visible()
    visitor.write("By the API.")
    expect(visitor.part(".meta.delivered")).to_be_visible()
    page.evaluate("hospes.chat.close()")
    expect(visitor.part(".panel")).to_be_hidden()
    assert page.evaluate("heard") == ["open", "start", "close"]


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500000030101"
    "0018dd8db00000000049454e44ae426082"
)
# A file given to an element as a paste or a drop gives it.
GIVE = """(target, [kind, name, size, type]) => {
  const bag = new DataTransfer();
  bag.items.add(new File([new Uint8Array(size).fill(120)], name, {type}));
  const init = {bubbles: true, cancelable: true, composed: true};
  target.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", {...init, clipboardData: bag})
    : new DragEvent("drop", {...init, dataTransfer: bag}));
}"""
READY = """
from hospes.core.actors import Actor
from hospes.core.clock import now
from hospes.staff.models import Agent
from hospes.tickets import operations
from hospes.tickets.models import Ticket
ticket = Ticket.objects.filter(inbox__kind="chat").order_by("-pk").first()
ivo = Agent.objects.get(email="ivo@demo.example")
from hospes.staff.queries import actor_of
operations.reply(ticket=ticket, text="A new one or your money back?", buttons=["A new one", "Money back"],
                 actor=actor_of(ivo, via="desk"), now=now())
"""
