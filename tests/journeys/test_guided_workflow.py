"""Guided workflows in a real browser: a customer completes a return in the portal alone; another starts one, asks for a
person mid-way, and the agent goes on at the desk without asking anything twice."""

import pytest
from playwright.sync_api import Page, expect

SHOP = """
from datetime import timedelta
from hospes.config.demo.workflows import definitions
from hospes.commerce import operations as commerce
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.customers import operations as customers
from hospes.workflows import operations as workflows
moment = now()
by = {"actor": SYSTEM, "now": moment}
workflows.import_workflow(key="return", definition=definitions()["return"], **by)
for name, number in [("Wanda", "SC-70001"), ("Walter", "SC-70002")]:
    customer = customers.create_customer(name=name, email=name.lower() + "@c.example", **by)
    commerce.save_order(number=number, customer=customer, placed_at=moment - timedelta(days=9),
                        delivered_at=moment - timedelta(days=4), status="delivered", total=74.0, currency="EUR",
                        lines=[{"name": "Kettle", "sku": "K-1", "quantity": 1, "price": 59.0},
                               {"name": "Tea", "sku": "T-1", "quantity": 1, "price": 15.0}], fields={}, **by)
"""


@pytest.fixture(scope="module")
def shop(hospes):
    """The demo shop's return and two orders."""
    hospes.shell(SHOP)


@pytest.fixture
def visitor(hospes, chromium):
    """A customer's browser that nobody signed in to."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def begin(page: Page, url: str, *, order: str, email: str) -> None:
    """Open "Return something" from the portal's front page and say which order it is."""
    page.goto(f"{url}/portal/?lang=en")
    page.locator("a[href$='/portal/do/']").first.click()
    page.locator("a[href$='/portal/do/return/']").click()
    page.get_by_role("button", name="Start").click()
    page.locator("[name$='-order']").fill(order)
    page.locator("[name$='-email']").fill(email)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[name$='-items']").first).to_be_attached()


def test_a_customer_completes_a_return_alone(hospes, shop, visitor, desk):
    begin(visitor, hospes.url, order="sc 70001", email="wanda@c.example")
    visitor.locator("[name$='-items']").first.check()
    visitor.locator("[name$='-reason'][value=unwanted]").check()
    visitor.get_by_role("button", name="Next").click()
    visitor.locator("[name$='-refund_way'][value=card]").check()
    visitor.locator("[name$='-send_by'][value=locker]").check()
    visitor.get_by_role("button", name="Next").click()
    for _step in range(3):  # steps that only say something
        if visitor.get_by_role("button", name="Next").count() == 0:
            break
        visitor.get_by_role("button", name="Next").click()
    expect(visitor.get_by_role("button", name="Talk to a person")).to_have_count(0)
    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/search/?q=SC-70001")
    expect(page.locator("main")).to_contain_text("Wanda")


def test_another_asks_for_a_person_and_is_asked_nothing_twice(hospes, shop, visitor, desk):
    begin(visitor, hospes.url, order="SC-70002", email="walter@c.example")
    visitor.locator("[name$='-items']").first.check()
    visitor.locator("[name$='-reason'][value=broken]").check()
    visitor.get_by_role("button", name="Next").click()
    visitor.get_by_role("button", name="Talk to a person").click()
    visitor.locator("[name=words]").fill("It burned my hand.")
    visitor.locator("form button.primary").click()
    expect(visitor.locator("h1")).to_contain_text("A person has it now")

    page = desk("ivo")
    page.goto(f"{hospes.url}/desk/v/open/")
    row = page.locator("#rows li.ticket", has_text="Walter").first
    expect(row).to_be_visible()
    row.locator("a").first.click()
    panels = page.locator("#panels")
    expect(panels).to_contain_text("SC-70002")
    # What the customer has said is not asked again; what is still open is.
    expect(panels.locator("[name$='-order']")).to_have_count(0)
    expect(panels.locator("[name$='-reason']")).to_have_count(0)
    expect(panels.locator("[name$='-damage']")).to_have_count(1)
    panels.locator("[name$='-damage']").fill("The handle came off.")
    panels.get_by_role("region", name="Return something").get_by_role("button", name="Next").click()
    expect(panels.locator("[name$='-refund_way']").first).to_be_attached()
