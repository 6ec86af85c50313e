"""axe (WCAG 2.2 A and AA) finds nothing on the pages people use, in English and Persian, light and dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
LOOKS = [("en", "light"), ("en", "dark"), ("fa", "light"), ("fa", "dark")]


def findings(page: Page) -> list[str]:
    """What axe complains of on the page as it is now."""
    result = Axe().run(page, options=RULES)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture(scope="module")
def ticket(hospes):
    """A ticket to look at."""
    hospes.send("A kettle to look at.", sender="Vera <vera@c.example>", subject="To look at")
    return "To look at"


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_at_the_desk(hospes, desk, ticket, language, scheme):
    page = desk("ivo", color_scheme=scheme)
    page.goto(f"{hospes.url}/desk/v/open/?lang={language}")
    row = page.locator("#rows li.ticket", has_text=ticket)
    expect(row).to_be_visible()
    found = {"list": findings(page)}
    row.locator("a").first.click()
    page.locator("#writing").click()
    expect(page.locator("#composer [contenteditable=true]").first).to_be_visible()
    found["ticket"] = findings(page)
    for path in (
        "/desk/search/?q=kettle",
        "/desk/settings/",
        "/desk/settings/preferences/",
        "/desk/customers/",
        "/desk/new/",
    ):
        page.goto(f"{hospes.url}{path}{'&' if '?' in path else '?'}lang={language}")
        found[path] = findings(page)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_on_the_customers_side(hospes, chromium, sink, language, scheme):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    found = {}
    for path in ("/contact", "/portal/", "/account/login/"):
        page.goto(f"{hospes.url}{path}?lang={language}")
        found[path] = findings(page)
    address = f"axe-{language}-{scheme}@c.example"
    hospes.send("Where is my order?", sender=f"Axe <{address}>", subject=f"Order {language} {scheme}")
    sink.expect(lambda m: m["To"] and address in m["To"])
    page.goto(f"{hospes.url}/portal/?lang={language}")
    page.locator("input[type=email]").first.fill(address)
    page.locator("input[type=email]").first.press("Enter")
    mail = sink.expect(lambda m: m["To"] and address in m["To"] and re.search(r"\b\d{6}\b", plain(m)))
    code = re.search(r"\b\d{6}\b", plain(mail))
    assert code
    found["code"] = findings(page)
    page.locator("input[autocomplete=one-time-code]").fill(code[0])
    page.locator("input[autocomplete=one-time-code]").press("Enter")
    request = page.get_by_text(f"Order {language} {scheme}").first
    expect(request).to_be_visible()
    found["requests"] = findings(page)
    request.click()
    expect(page.get_by_text("Where is my order?").first).to_be_visible()
    found["request"] = findings(page)
    context.close()
    assert {where: what for where, what in found.items() if what} == {}


def plain(message) -> str:
    """The plain text of a mail."""
    part = message.get_body(("plain",))
    return part.get_content() if part else ""
