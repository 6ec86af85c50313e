"""axe (WCAG 2.2 A and AA) finds nothing on the pages people use, in English and Persian, light and dark."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Page, expect

from hospes.desk.topics import NAMES, topics

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # what passed is not told node by node: half of the time
}
LOOKS = [("en", "light"), ("en", "dark"), ("fa", "light"), ("fa", "dark")]


# One of each thing that a topic's pages list; made so that no ticket of another journey meets them.
THINGS = """
from datetime import timedelta
from hospes.automation import operations as automation
from hospes.config.demo.workflows import definitions
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.incidents import operations as incidents
from hospes.routing import operations as routing
from hospes.sla import operations as sla
from hospes.staff import operations as staff
from hospes.staff.models import Agent
from hospes.tickets import operations as tickets
from hospes.workflows import operations as workflows
moment = now()
by = {"actor": SYSTEM, "now": moment}
never = {"field": "ticket.subject", "is": "is", "value": "looked at by nobody"}
ada = Agent.objects.get(email="ada@demo.example")
team = staff.create_team(name="Looked at", **by)
skill = staff.save_skill(name="Looking", **by)
staff.set_agent_skills(agent=ada, levels={skill.pk: 3}, **by)
staff.save_line(name="Kettles to look at", **by)
later = {"starts_at": moment + timedelta(days=90), "ends_at": moment + timedelta(days=91)}
staff.add_absence(agent=ada, **later, **by)
staff.add_on_call(agent=ada, team=team, **later, **by)
routing.create_queue(name="Nobody's", conditions=never, overflow=[{"after": 600, "team": team.pk}], **by)
routing.save_escalation_policy(name="Never", conditions=never, steps=[{"after": 600, "to": "tier", "tier": 2}], **by)
hours = sla.save_calendar(name="Mondays", time_zone="Europe/Riga", windows=[[["09:00", "17:00"]], *[[]] * 6], **by)
sla.save_policy(name="Never", conditions=never, calendar=hours,
                targets={"first_response": {"2": {"seconds": 3600, "mode": "business"}}}, **by)
automation.add_from_library(key="ask-again", **by)
automation.save_inbound(name="Warehouse", **by)
tickets.save_work_template(name="Look at the stock", team=team, text="Look.", due_seconds=3600,
                           fields=[{"label": "Article", "required": True}], **by)
workflows.import_workflow(key="cancel-order", definition=definitions()["cancel-order"], **by)
tickets.create_inbox(name="Line to look at", kind="voice", address="+37160000001", **by)
tickets.create_inbox(name="Chat to look at", kind="chat", address="chat-looked-at", **by)
part = incidents.save_component(name="Shop window", names={}, keywords={}, position=0, **by)
incident = incidents.declare(title="The window is dark", titles={}, severity="minor", components=[part.pk],
                             public=True, began_at=moment, **by)
incidents.post_update(incident=incident, texts={"en": "We look for a lamp."}, public=False, state="identified", **by)
"""


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


@pytest.fixture(scope="module")
def things(hospes):
    """Something on every list of every topic."""
    hospes.shell(THINGS)


def page_of(topic: str, path: str) -> str:
    """The name of an address when it is one of this topic's pages, else nothing."""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    ours = found.func.__module__.startswith(f"hospes.desk.topics.{topic}.")
    return found.url_name or "" if ours else ""


def pages_of(topic: str, page: Page, url: str, language: str):
    """Opens every page of a topic, found from its entries in the registry and by the links on its pages, one of each
    kind; gives the name of each while it is open."""
    entries = topics()[topic]
    waiting = [reverse(entry.url) for entry in (*entries.settings, *entries.rail)]
    seen = set()
    while waiting:
        path = waiting.pop(0)
        name = page_of(topic, path)
        if not name or name in seen or re.search("/(export|yaml)/$", path):
            continue
        seen.add(name)
        page.goto(f"{url}{path}?lang={language}")
        yield name
        links = page.locator("main a[href^='/desk/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        waiting += [urlsplit(link).path for link in links]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
@pytest.mark.parametrize("topic", [name for name in NAMES if topics()[name].settings or topics()[name].rail])
def test_axe_finds_nothing_on_any_page_of_a_topic(hospes, desk, things, topic, language, scheme):
    page = desk("ivo", color_scheme=scheme)
    found = {name: findings(page) for name in pages_of(topic, page, hospes.url, language)}
    assert {where: what for where, what in found.items() if what} == {}
    entries = {entry.url.removeprefix("desk:") for entry in (*topics()[topic].settings, *topics()[topic].rail)}
    assert entries < set(found), "only the entries were found, none of the pages behind them"


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_on_the_customers_side(hospes, chromium, sink, language, scheme):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = context.new_page()
    found = {}
    for path in ("/contact", "/portal/", "/portal/status/", "/portal/do/", "/account/login/"):
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
