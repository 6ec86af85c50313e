"""The chat for everybody: axe in every look, by keyboard alone, on a phone, in a language read from right to left."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.chatting import Visitor
from tests.journeys.test_accessibility import LOOKS, RULES

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


def findings(visitor: Visitor) -> list[str]:
    """What axe complains of within the widget."""
    found = Axe().run(visitor.page, context={"include": [["hospes-chat"]]}, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("accent", ["0f766e", "ffd400"])
@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_in_the_widget(visit, language, scheme, accent):
    visitor = visit("form", asked=f"&lang={language}&accent={accent}", color_scheme=scheme)
    found = {"launcher": findings(visitor)}
    visitor.launcher.click()
    visitor.part("form [type=submit], form .primary").first.click()
    expect(visitor.part("form [aria-invalid]")).to_be_visible()
    found["form"] = findings(visitor)
    visitor.part("form input").first.fill("Anna")
    visitor.part("form .primary").click()
    visitor.write("Look at me: https://shop.example/")
    expect(visitor.part(".log .mine")).to_have_count(1)
    expect(visitor.part(".waiting")).to_have_count(0)
    found["talk"] = findings(visitor)
    visitor.part("header .icon").first.click()
    expect(visitor.part(".menu")).to_be_visible()
    found["menu"] = findings(visitor)
    visitor.part(".menu > button").last.click()
    found["end"] = findings(visitor)
    visitor.part(".sheet .primary").click()
    visitor.part(".stars input").nth(2).check(force=True)
    found["rating"] = findings(visitor)
    assert {where: what for where, what in found.items() if what} == {}
    direction = visitor.part(".root").evaluate("one => getComputedStyle(one).direction")
    assert direction == ("rtl" if language == "fa" else "ltr")


def test_everything_is_done_by_keyboard_and_the_focus_is_always_seen(visit):
    visitor = visit()
    page = visitor.page
    page.locator("#search").focus()
    page.keyboard.press("Tab")
    expect(visitor.launcher).to_be_focused()
    assert visitor.launcher.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(visitor.part(".foot textarea")).to_be_focused()
    page.keyboard.type("By keys.")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Two lines.")
    page.keyboard.press("Enter")
    expect(visitor.words).to_have_text(["By keys.\nTwo lines."])
    expect(visitor.part(".foot textarea")).to_be_focused()
    visitor.part("header").get_by_label("More options").focus()
    page.keyboard.press("Enter")
    expect(visitor.part(".menu :is(a, button)").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(visitor.part(".menu")).to_be_hidden()
    expect(visitor.part("header").get_by_label("More options")).to_be_focused()
    page.keyboard.press("Escape")
    expect(visitor.part(".panel")).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    visitor.open()
    passed = set()
    for _ in range(12):  # beside the page nothing holds the focus
        page.keyboard.press("Tab")
        passed.add(page.evaluate("document.activeElement.localName"))
    assert passed > {"hospes-chat"}


def test_on_a_phone_it_is_the_whole_screen_and_keeps_the_focus(visit):
    visitor = visit(**PHONE)
    page = visitor.page
    visitor.launcher.tap()
    panel = visitor.part(".panel")
    expect(panel).to_have_attribute("aria-modal", "true")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.evaluate("document.documentElement.style.overflow") == "hidden"
    expect(visitor.part("header h2")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "hospes-chat"
    sizes = panel.locator("button:visible").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    visitor.part(".foot textarea").fill("From the bus.")
    visitor.part(".foot").get_by_role("button", name="Send").tap()
    expect(visitor.words).to_have_text(["From the bus."])
    # A keyboard on the screen takes away half of it.
    page.set_viewport_size({"width": 390, "height": 420})
    expect(visitor.part(".foot textarea")).to_be_in_viewport(ratio=1)
    visitor.part("header").get_by_label("Close chat").tap()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.documentElement.style.overflow") == ""


def test_the_language_can_be_changed_within_the_talk_and_is_kept(visit):
    visitor = visit(asked="&lang=en")
    visitor.open()
    visitor.write("In any language.")
    expect(visitor.words).to_have_text(["In any language."])
    visitor.part("header .icon").first.click()
    visitor.part(".menu select").select_option("fa")
    expect(visitor.part(".root")).to_have_attribute("dir", "rtl")
    expect(visitor.words).to_have_text(["In any language."])
    visitor.page.reload()
    expect(visitor.part(".root")).to_have_attribute("lang", "fa")
