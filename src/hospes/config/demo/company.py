"""The demo's company: teams and agents, inboxes, own statuses, ready answers, shared views."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils.html import escape

from hospes.config.demo.texts import LANGUAGES, macros
from hospes.core.actors import SYSTEM, Actor
from hospes.staff import operations as staff
from hospes.staff import queries as staff_queries
from hospes.staff.models import Agent, Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Status

PASSWORD: Final = "kettle-samovar-teapot"  # noqa: S105 - of the demo alone; `fill` refuses a company that is real
SUPPORT: Final = "support@demo.example"
BILLING: Final = "billing@demo.example"
FIRST, SECOND, THIRD = "First line", "Specialists", "Systems and management"


class SignIn(NamedTuple):
    """Who can sign in; printed it is a line for the person who started the demo."""

    email: str
    role: str
    password: str

    def __str__(self) -> str:
        return f"{self.email}  {self.password}  ({self.role})"


class Colleague(NamedTuple):
    """One of the eight: `speaks` are the languages whose customers they answer."""

    email: str
    name: str
    role: str
    teams: tuple[str, ...]
    language: str
    time_zone: str
    speaks: str = ""
    signs: str = ""
    only_own_teams: bool = False


COLLEAGUES: Final = (
    Colleague("admin@demo.example", "Dace Bērziņa", "admin", (THIRD,), "en", "Europe/Riga", "lv en"),
    Colleague("narek@demo.example", "Narek Petrosyan", "manager", (SECOND, THIRD), "hy", "Asia/Yerevan", "hy",
              "Նարեկ Պետրոսյան"),
    Colleague("james@demo.example", "James Whitfield", "lead", (FIRST, SECOND), "en", "Europe/London", "en"),
    Colleague("anna@demo.example", "Anna Kalniņa", "agent", (FIRST,), "lv", "Europe/Riga", "lv en"),
    Colleague("temur@demo.example", "Temur Karimov", "agent", (FIRST,), "uz", "Asia/Tashkent", "uz en",
              only_own_teams=True),
    Colleague("elif@demo.example", "Elif Yılmaz", "agent", (FIRST,), "tr", "Europe/Istanbul", "tr en"),
    Colleague("shirin@demo.example", "Shirin Ahmadi", "agent", (FIRST, SECOND), "fa", "Asia/Tehran", "fa",
              "شیرین احمدی"),
    Colleague("oskars@demo.example", "Oskars Liepa", "light", (THIRD,), "en", "Europe/Riga"),
)  # fmt: skip
TEAMS: Final = {FIRST: 1, SECOND: 2, THIRD: 3}
STATUSES: Final = (
    ("on_hold", "Waiting for courier"),
    ("on_hold", "Waiting for warehouse"),
    ("solved", "Replaced under warranty"),
)
SIGNATURES: Final = {
    "en": "Samovar &amp; Co · everything for tea",
    "lv": "Samovar &amp; Co · viss tējai",
    "uz": "Samovar &amp; Co · choy uchun hamma narsa",
    "tr": "Samovar &amp; Co · çay için her şey",
    "fa": "سماور و شرکا · هر آنچه برای چای",
    "hy": "Samovar &amp; Co · ամեն ինչ թեյի համար",
}


def sign_ins() -> list[SignIn]:
    """(e-mail, role, password) of everybody who can sign in to the demo."""
    return [SignIn(c.email, c.role, PASSWORD) for c in COLLEAGUES]


@dataclass(frozen=True, slots=True)
class Company:
    """What the history is written by and into."""

    agents: dict[str, Agent]
    teams: dict[str, Team]
    inboxes: dict[str, Inbox]
    statuses: dict[str, Status]

    def speakers(self, language: str) -> list[Agent]:
        """The agents who answer in a language."""
        return [self.agents[c.email] for c in COLLEAGUES if language in c.speaks.split()]

    def seeing_all(self, language: str) -> list[Agent]:
        """Those of them who see every ticket, in whatever team it is."""
        return [agent for agent in self.speakers(language) if not agent.only_own_teams]

    def signs(self, agent: Agent) -> str:
        """How an agent signs to customers of their language."""
        colleague = next(c for c in COLLEAGUES if c.email == agent.email)
        return colleague.signs or colleague.name

    def home(self, agent: Agent) -> Team:
        """The team in which an agent's tickets are."""
        colleague = next(c for c in COLLEAGUES if c.email == agent.email)
        return self.teams[colleague.teams[0]]

    def admin(self) -> Actor:
        """Who set all this up."""
        return staff_queries.actor_of(self.agents["admin@demo.example"], via="desk")


def set_up(*, founded: datetime) -> Company:
    """Make the company as of `founded`, through the ordinary operations."""
    teams = {name: staff.create_team(name=name, tier=tier, actor=SYSTEM, now=founded) for name, tier in TEAMS.items()}
    agents = {c.email: _agent(c, teams, founded) for c in COLLEAGUES}
    admin = staff_queries.actor_of(agents["admin@demo.example"], via="desk")
    statuses = {
        name: tickets.save_status(category=category, name=name, actor=admin, now=founded + timedelta(hours=1))
        for category, name in STATUSES
    }
    inboxes = {
        SUPPORT: _inbox("Samovar & Co", SUPPORT, teams[FIRST], admin, founded),
        BILLING: _inbox("Samovar & Co invoices", BILLING, teams[FIRST], admin, founded),
    }
    company = Company(agents, teams, inboxes, statuses)
    _add_macros(admin, founded)
    _add_views(company, admin, founded)
    return company


def load() -> Company:
    """The company as it was set up, when its history is still to be written."""
    return Company(
        agents={c.email: Agent.objects.get(email=c.email) for c in COLLEAGUES},
        teams={name: Team.objects.get(name=name) for name in TEAMS},
        inboxes={address: Inbox.objects.get(address=address) for address in (SUPPORT, BILLING)},
        statuses={name: Status.objects.get(name=name) for _category, name in STATUSES},
    )


def _agent(colleague: Colleague, teams: dict[str, Team], now: datetime) -> Agent:
    agent = staff.create_agent(
        email=colleague.email,
        name=colleague.name,
        role=colleague.role,
        password=PASSWORD,
        teams=[teams[name] for name in colleague.teams],
        only_own_teams=colleague.only_own_teams,
        language=colleague.language,
        actor=SYSTEM,
        now=now,
    )
    signature = f"<p>{escape(colleague.signs or colleague.name)}<br>{SIGNATURES[colleague.language]}</p>"
    return staff.change_own_preferences(
        agent=agent,
        actor=staff_queries.actor_of(agent, via="desk"),
        now=now,
        time_zone=colleague.time_zone,
        signature_html=signature,
    )


def _inbox(name: str, address: str, team: Team, admin: Actor, now: datetime) -> Inbox:
    inbox = tickets.create_inbox(name=name, address=address, team=team, language="en", actor=admin, now=now)
    return tickets.change_inbox(inbox=inbox, actor=admin, now=now, promise_hours=24)


MACRO_ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "ask_order": {"status": "waiting"},
    "ask_photo": {"status": "waiting", "tags": ["photo wanted"]},
    "late": {"status": "on_hold", "tags": ["delivery"]},
    "replace": {"status": "solved", "tags": ["replacement"]},
    "refund": {"status": "solved", "tags": ["refund"]},
    "sorry": {"priority": 3, "type": "complaint"},
    "silent": {"status": "closed"},
    "praise": {"type": "praise", "status": "solved"},
}


def _add_macros(admin: Actor, now: datetime) -> None:
    for language in LANGUAGES:
        for key, (name, body) in macros(language).items():
            paragraphs = escape(body).replace("\n\n", "</p><p>")
            tickets.save_macro(
                name=name,
                body_html=f"<p>{paragraphs}</p>",
                language=language,
                situation=macros("en")[key][0],
                actions=MACRO_ACTIONS.get(key, {}),
                sharing="all",
                actor=admin,
                now=now,
            )


def _add_views(company: Company, admin: Actor, now: datetime) -> None:
    courier = company.statuses["Waiting for courier"].pk
    views: tuple[tuple[str, dict[str, Any]], ...] = (
        ("VIP, still open", {"active": True, "vip": True}),
        ("Urgent", {"active": True, "priority": 4}),
        ("Complaints", {"type": "complaint"}),
        ("Waiting for courier", {"active": True, "status": courier}),
        ("In Persian", {"active": True, "language": "fa"}),
    )
    for name, filters in views:
        tickets.save_view(name=name, filters=filters, shared=True, actor=admin, now=now)
    lead = staff_queries.actor_of(company.agents["james@demo.example"], via="desk")
    tickets.save_view(name="Ideas to read", filters={"type": "idea"}, actor=lead, now=now)
