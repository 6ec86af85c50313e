"""The right person, in time: a VIP's Latvian mail finds who speaks Latvian and knows returns, is taken back when she
goes away, given to her colleague, and, as nobody answers, goes up three tiers to the manager on call; all on one
timeline."""

import re

import pytest
from playwright.sync_api import Page, expect

COMPANY = """
from datetime import timedelta
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.customers import operations as customers
from hospes.routing import operations as routing
from hospes.staff import operations as staff
from hospes.tickets import operations as tickets
moment = now()
by = {"actor": SYSTEM, "now": moment}
line = staff.save_line(name="Kettles", **by)
teams = [staff.create_team(name=name, tier=tier, **by)
         for name, tier in [("Latvian first line", 1), ("Latvian specialists", 2), ("Latvian engineers", 3)]]
for team in teams:
    staff.change_team(team=team, line=line, **by)
returns = staff.save_skill(name="returns", **by)
def person(name, role, team, skill, languages):
    agent = staff.create_agent(email=name.lower() + "@demo.example", name=name, role=role,
                               password="correct-horse-battery", teams=[team] if team else [], **by)
    if skill:
        staff.set_agent_skills(agent=agent, levels={returns.pk: skill}, **by)
    staff.set_agent_languages(agent=agent, levels={code: 5 for code in languages}, **by)
    return agent
person("Liga", "agent", teams[0], 5, ["lv", "en"])
person("Juris", "agent", teams[0], 3, ["lv"])
person("Tom", "agent", teams[0], 5, ["en"])
mara = person("Mara", "manager", None, 0, ["lv", "en"])
staff.add_on_call(agent=mara, team=None, starts_at=moment - timedelta(hours=1),
                  ends_at=moment + timedelta(days=1), **by)
tickets.create_inbox(name="Labdien", address="labdien@demo.example", language="en", team=teams[0], **by)
vip = customers.create_customer(name="Vizma", email="vizma@c.example", **by)
customers.change_customer(customer=vip, vip=True, **by)
routing.create_queue(
    name="VIP returns",
    conditions={"all": [{"field": "customer.vip", "is": "yes"},
                        {"field": "message.text", "is": "contains", "value": ["atgriezt", "return"]}]},
    skills=[[returns.pk, 2]], match_language="required", strategy="best_skill", grace_seconds=1, **by)
routing.save_escalation_policy(
    name="VIPs", conditions={"field": "customer.vip", "is": "yes"},
    steps=[{"after": 30, "to": "tier", "tier": 2}, {"after": 2, "to": "tier", "tier": 3},
           {"after": 2, "to": "on_call", "rank": 1}], **by)
"""


@pytest.fixture(scope="module")
def company(hospes):
    """The Latvian teams, their queue and their escalation."""
    hospes.shell(COMPANY)


def open_ticket(page: Page, subject: str) -> None:
    page.locator("#rows li.ticket", has_text=subject).locator("a").first.click()
    expect(page.locator("#ticket-head .subject-edit")).to_have_value(subject)


def owner(page: Page):
    """The owner as the ticket's head names them."""
    return page.locator("#ticket-head [data-pick=assignee]")


def test_a_latvian_vip_reaches_the_right_person_and_goes_up_when_nobody_answers(hospes, desk, company, sink):
    liga, juris = desk("liga"), desk("juris")
    tom = desk("tom")
    for page in (juris, tom, liga):
        page.goto(f"{hospes.url}/desk/v/mine/")
        expect(page.locator("#presence [data-state=online]")).to_be_attached()

    hospes.send(
        "Labdien! Vēlos atgriezt tējkannu, kuru nopirku pagājušajā nedēļā. Tā pil, un man tādu nevajag. Kā to izdarīt?",
        sender="Vizma <vizma@c.example>",
        subject="Gribu atgriezt tējkannu",
        to="labdien@demo.example",
    )
    expect(liga.locator("#rows li.ticket", has_text="Gribu atgriezt")).to_be_visible()
    open_ticket(liga, "Gribu atgriezt tējkannu")
    why = liga.locator("#panel-routing")
    expect(why).to_contain_text("Liga")
    expect(why).to_contain_text(re.compile("Latvian"))
    expect(why).to_contain_text(re.compile(r"returns\W* 5 of 5"))
    expect(tom.locator("#rows li.ticket")).to_have_count(0)
    number = (liga.locator("[data-copy^='#']").first.get_attribute("data-copy") or "").strip("#").replace("-", "")

    # She goes away: the customer waits, so it is taken back and her colleague has it.
    liga.locator("button.me").click()
    liga.locator("#presence button[value=away]").click()
    expect(juris.locator("#rows li.ticket", has_text="Gribu atgriezt")).to_be_visible()
    open_ticket(juris, "Gribu atgriezt tējkannu")
    expect(juris.locator("#panel-routing")).to_contain_text("Juris")

    # Nobody answers: the second tier, the third, the manager on call.
    mara = desk("mara")
    mara.goto(f"{hospes.url}/desk/t/{number}/")
    expect(owner(mara)).to_contain_text("Me", timeout=60_000)
    mara.evaluate("document.querySelectorAll('#thread details').forEach((fold) => (fold.open = true))")
    lines = [line for line in mara.locator("#thread .changes .line").all_inner_texts() if line.strip()]
    story = "\n".join(lines)
    steps = [
        r"gave it to \W*Liga",
        r"took it back from \W*Liga",
        r"gave it to \W*Juris",
        r"tier 2, \W*Latvian specialists",
        r"tier 3, \W*Latvian engineers",
        r"called \W*Mara",
    ]
    places = [re.search(step, story) for step in steps]
    assert all(places), story
    found = [place.start() for place in places if place]
    assert found == sorted(found), story

    # The customer was told who has it, in her language.
    told = sink.expect(lambda m: "vizma@c.example" in (m["To"] or "") and "Mara" in str(m["Subject"]))
    assert told["Auto-Submitted"]
