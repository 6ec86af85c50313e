"""What must not get in by the chat, nor be lost in it: cuts, lost answers, hostile words, foreign pages, no storage."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.chatting import Shop, Visitor
from tests.journeys.test_chat import answer, find

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<a href='javascript:alert(1)'>press</a>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<form><button formaction='javascript:alert(1)'>press</button></form>",
    "<base href='https://evil.example/'><p style='position:fixed;inset:0'>covered</p>",
    '"><img src=x onerror=alert(1)>',
    "{{constructor.constructor('alert(1)')()}}",
    "javascript:alert(1)",
    'https://shop.example/"onmouseover=alert(1)//',
]
MARK = "canary"


def said(visitor: Visitor) -> list[str]:
    """The widget's messages in order."""
    return visitor.words.all_inner_texts()


def test_cuts_while_both_write_lose_and_double_nothing(hospes, desk, visit):
    agent = desk("ivo")
    visitor = visit()
    context = visitor.page.context
    visitor.open()
    visitor.write("Before the cut.")
    find(agent, hospes, "Before the cut.")
    context.set_offline(True)
    expect(visitor.part(".cut")).to_contain_text("You are offline.")
    for n in range(3):
        visitor.write(f"Cut {n}.")
    expect(visitor.part(".cut")).to_contain_text("3 messages wait to be sent.")
    answer(agent, "Written meanwhile.")
    expect(agent.locator(".message .content", has_text="Written meanwhile.")).to_be_visible()
    context.set_offline(False)
    expect(visitor.words).to_have_count(5)
    expect(visitor.part(".waiting")).to_have_count(0)
    expect(visitor.part(".cut")).to_be_hidden()

    context.set_offline(True)  # and again; this time the page is closed before the connection is back
    visitor.write("Cut 3.")
    visitor.write("Cut 4.")
    visitor.page.close()
    answer(agent, "Written to nobody.")
    expect(agent.locator(".message .content", has_text="Written to nobody.")).to_be_visible()
    context.set_offline(False)
    again = visit(context=context)
    again.open()
    expect(again.words).to_have_count(8)
    expect(again.part(".waiting")).to_have_count(0)
    expect(agent.locator(".message .content", has_text="Cut 4.")).to_be_visible()
    again.page.reload()
    expect(again.words).to_have_count(8)
    cuts = [f"Cut {n}." for n in range(5)]
    assert sorted(said(again)) == ["Before the cut.", *cuts, "Written meanwhile.", "Written to nobody."]
    assert [text for text in said(again) if text.startswith("Cut")] == cuts
    for text in cuts:
        expect(agent.locator(".message .content", has_text=text)).to_have_count(1)


def test_an_answer_of_the_server_that_is_lost_doubles_nothing(hospes, desk, visit):
    agent = desk("ivo")
    visitor = visit()
    visitor.open()
    visitor.write("It begins.")
    expect(visitor.part(".waiting")).to_have_count(0)
    lost = []

    def lose(route):
        route.fetch()
        lost.append(json.loads(route.request.post_data)["id"])
        if len(lost) < 3:
            route.abort()
        else:
            route.continue_()

    visitor.page.route("**/message/", lose)
    visitor.write("Said once.")
    find(agent, hospes, "Said once.")
    expect(visitor.words).to_have_text(["It begins.", "Said once."])
    visitor.page.reload()
    visitor.write("And on.")
    expect(agent.locator(".message .content", has_text="And on.")).to_be_visible()
    expect(agent.locator(".message .content", has_text="Said once.")).to_have_count(1)
    expect(visitor.words).to_have_text(["It begins.", "Said once.", "And on."])


def test_nobody_is_asked_whether_to_end_what_has_ended(visit):
    visitor = visit()
    visitor.open()
    visitor.write("Shortly.")
    expect(visitor.part(".waiting")).to_have_count(0)

    def lose(route):
        route.fetch()
        route.abort()

    visitor.page.route("**/end/", lose)
    visitor.choose("End chat")
    visitor.part(".sheet").get_by_role("button", name="End chat").click()
    expect(visitor.part(".card")).to_contain_text("This chat has ended.")
    expect(visitor.part(".sheet")).to_be_hidden()
    expect(visitor.part(".foot textarea")).to_be_focused()


def test_without_sockets_the_talk_goes_on_by_asking(hospes, desk, visit, chromium):
    agent = desk("ivo")
    context = chromium.new_context(viewport={"width": 1100, "height": 800})
    context.route_web_socket(re.compile("/ws/guest"), lambda socket: socket.close(code=1011))
    visitor = visit(context=context)
    visitor.open()
    visitor.write("No sockets here.")
    find(agent, hospes, "No sockets here.")
    answer(agent, "It works all the same.")
    expect(visitor.words.last).to_have_text("It works all the same.")
    expect(visitor.part(".cut")).to_be_hidden()


def test_without_storage_the_chat_works_as_long_as_its_page_is_open(hospes, desk, visit, chromium):
    agent = desk("ivo")
    context = chromium.new_context(viewport={"width": 1100, "height": 800})
    for name in ("localStorage", "sessionStorage"):
        context.add_init_script(
            f"Object.defineProperty(window, '{name}', {{get() {{ throw new DOMException('no', 'SecurityError'); }}}})"
        )
    visitor = visit(context=context)
    visitor.open()
    visitor.write("Nothing is kept.")
    find(agent, hospes, "Nothing is kept.")
    answer(agent, "Fine.")
    expect(visitor.words.last).to_have_text("Fine.")


def test_hostile_words_and_file_names_run_nowhere(hospes, desk, visit):
    agent = desk("ivo")
    visitor = visit("form")
    alerts = []
    for page in (agent, visitor.page):
        page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    visitor.open()
    visitor.part("form").get_by_label("Name").fill(f"{PAYLOADS[1]} {MARK}")
    visitor.part("form").get_by_role("button", name="Start chat").click()
    for payload in PAYLOADS:
        visitor.write(payload)
    name = f"{PAYLOADS[1].replace('/', '')}.txt"
    visitor.part("input[type=file]").set_input_files({"name": name, "mimeType": "text/plain", "buffer": b"x"})
    expect(visitor.part(".files li .grow")).to_contain_text(name)
    expect(visitor.part(".files progress")).to_have_count(0)
    visitor.write(f"The last, {MARK}.")
    expect(visitor.words).to_have_text([*PAYLOADS, f"The last, {MARK}."])
    find(agent, hospes, f"The last, {MARK}.")
    expect(agent.locator(".message .content", has_text=PAYLOADS[1]).first).to_be_visible()
    expect(agent.get_by_text(name).first).to_be_visible()
    answer(agent, PAYLOADS[1])
    expect(visitor.words.last).to_have_text(PAYLOADS[1])
    assert alerts == []


def test_even_hostile_html_from_a_server_is_rebuilt_of_harmless_parts(visit):
    visitor = visit()
    alerts = []
    visitor.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    visitor.open()
    visitor.write("Go on.")
    expect(visitor.part(".meta.delivered")).to_be_visible()  # it is ours no more, so it does not stand last

    def poison(route):
        told = {"from": "agent", "name": PAYLOADS[1], "text": "x", "at": "2030-01-01T00:00:00Z", "buttons": PAYLOADS}
        files = [{"token": "t", "name": PAYLOADS[1], "type": "image/png", "size": 1, "url": "javascript:alert(1)"}]
        html = "".join(PAYLOADS) + f"<p onclick=alert(1) style='color:red'><b>{MARK}</b></p>"
        state = {"status": "talking", "agent": {"name": PAYLOADS[1], "initials": PAYLOADS[0]}, "open": True}
        route.fulfill(
            json={"messages": [{**told, "id": 10**9, "html": html, "files": files}], "state": state, "cursor": "1"},
            headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"},
        )

    visitor.page.route("**/talk/**", poison)
    visitor.page.reload()
    poisoned = visitor.words.filter(has_text=MARK)
    expect(poisoned).to_have_count(1)
    tags = poisoned.evaluate("one => [...new Set([...one.querySelectorAll('*')].map(n => n.localName))].sort()")
    assert set(tags) <= {"a", "b", "strong", "p", "br", "ul", "li", "em"}
    wrong = poisoned.evaluate(
        "one => [...one.querySelectorAll('*')].flatMap(n => [...n.attributes])"
        ".filter(a => /^on|style|src/.test(a.name) || /^javascript/i.test(a.value)).map(a => a.name)"
    )
    assert wrong == []
    visitor.part(".choices button").first.hover()
    assert alerts == []
    # The parser that reads it runs nothing; the browser says of handlers and styles in it that the policy forbids them.
    visitor.complaints[:] = [text for text in visitor.complaints if "inline" not in text]


@pytest.fixture
def stranger(hospes, shop):
    """A website whose origin is not on the list."""
    site = Shop(hospes.url)
    site.inboxes = shop.inboxes
    yield site
    site.stop()


def test_a_page_of_an_origin_that_is_not_listed_gets_nothing(hospes, shop, stranger, visit, chromium):
    visitor = visit()
    visitor.open()
    visitor.write("Hello.")
    expect(visitor.part(".waiting")).to_have_count(0)
    token = visitor.page.evaluate(f"JSON.parse(localStorage['hospes-chat:{shop.inboxes['plain']}:who']).token")
    context = chromium.new_context()
    page = context.new_page()
    with page.expect_event("requestfailed", lambda request: "/boot/" in request.url):
        page.goto(f"{stranger.url}/kettles?inbox={shop.inboxes['plain']}")
    expect(page.locator("hospes-chat .launcher")).to_have_count(0)
    base = f"{hospes.url}/channels/chat/{shop.inboxes['plain']}/"
    steal = (
        "([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}}).then(r => r.text(), () => 'no')"
    )
    assert page.evaluate(steal, [f"{base}talk/", token]) == "no"
    code = page.evaluate(
        "([url, said]) => new Promise(done => { const s = new WebSocket(url);"
        " s.onopen = () => s.send(said); s.onclose = event => done(event.code); })",
        [
            f"{hospes.url.replace('http', 'ws', 1)}/ws/guest",
            json.dumps({"type": "hello", "kind": "chat", "inbox": shop.inboxes["plain"], "token": token}),
        ],
    )
    assert code == 4403
    context.close()
