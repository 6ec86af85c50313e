"""Actions that tell somebody something: answers to customers (within limits), notes, notifications to colleagues."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Final

from django.conf import settings
from django.db.models import F
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation import policies
from hospes.automation.actions.base import Action, Doing, Held, Param
from hospes.core import limits
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.staff.queries import active_agents, teams
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro, Message, Participant
from hospes.tickets.policies import may_answer_automatically
from hospes.tickets.queries.macros import best_variants
from hospes.tickets.queries.setup import is_own_address

GROUP = gettext_lazy("Tell")
Given = Mapping[str, Any]
HOUR: Final = 3600


def may_send(doing: Doing) -> None:
    """Count one message to the customer against every limit; raise Held when one is used up, or when it would answer
    a machine, ourselves or spam. A held message counts for nothing but itself."""
    ticket = doing.ticket
    place = Participant.objects.filter(ticket=ticket, kind="requester", removed_at=None).first()
    if place is None or "@" not in place.address:
        raise Held(_("There is no address to write to."))
    last = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING).order_by("-id").first()
    if not may_answer_automatically(
        automatic=last is not None and last.automatic,
        own_address=is_own_address(place.address),
        spam=ticket.spam,
        answers_lately=0,
    ):
        raise Held(_("Machines, spam and our own addresses are not answered."))
    wanted = int(doing.limits.get("messages_per_hour") or policies.MAX_MESSAGES_A_RULE)
    for key, limit, words in (
        (f"rule message ticket {ticket.pk}", policies.MAX_MESSAGES_A_TICKET, _("Enough messages on this ticket.")),
        (f"rule message to {place.key}", policies.MAX_MESSAGES_A_CUSTOMER, _("Enough messages to this customer.")),
        (f"rule message by {doing.rule_id}", wanted, _("This rule has sent enough messages in this hour.")),
    ):
        if not limits.count(key, limit=limit, seconds=HOUR, now=doing.now).allowed:
            raise Held(words)


def spoken_languages(doing: Doing) -> tuple[str, ...]:
    """The customer's language first, then the inbox's."""
    known = dict(settings.LANGUAGES)
    wanted = (doing.ticket.language, doing.ticket.customer.language, doing.ticket.inbox.language)
    return tuple(code for code in wanted if code in known)


def _filled(doing: Doing, html: str, language: str) -> str:
    """The words with their gaps filled. A sender's name that is not plainly a name is left out: whoever writes in
    another's name must not be able to send them words of their choice."""
    ticket = copy(doing.ticket)
    ticket.customer = copy(ticket.customer)
    name = ticket.customer.name
    if len(name) > 40 or any(c in name for c in "/:@<>[]{}\\.") or any(c.isdigit() for c in name):
        ticket.customer.name = ""
    who = Actor(kind="system", name=ticket.inbox.name, via="rule")
    return tickets.preview_macro(body_html=html, language=language, ticket=ticket, actor=who, now=doing.now)


def _send(doing: Doing, html: str) -> None:
    sender = Actor(kind="system", name=doing.ticket.inbox.name, via="rule")
    tickets.reply(ticket=doing.ticket, actor=sender, now=doing.now, html=html, automatic=True)
    doing.ticket.refresh_from_db()


def _reply(doing: Doing, given: Given) -> str | None:
    languages = spoken_languages(doing)
    text = policies.chosen_text(given["texts"], languages)
    if not text:
        raise Held(_("There is no text."))
    may_send(doing)
    language = next((code for code in (*languages, "en") if given["texts"].get(code) == text), "en")
    html = _filled(doing, linebreaks(escape(text)), language)
    _send(doing, html)
    return text.strip().splitlines()[0][:80]


def _reply_macro(doing: Doing, given: Given) -> str | None:
    macro = Macro.objects.filter(pk=given["macro"], archived_at=None).first()
    if macro is None:
        raise InvalidInput(_("This ready answer is no longer there."))
    family = [macro]
    if macro.situation:
        family = list(Macro.objects.filter(situation__iexact=macro.situation, archived_at=None, sharing="all"))
    found = [best for best, _other in best_variants(family or [macro], doing.ticket)]
    macro = found[0] if found else macro
    may_send(doing)
    _send(doing, _filled(doing, macro.body_html, macro.language or doing.ticket.language))
    Macro.objects.filter(pk=macro.pk).update(uses=F("uses") + 1)
    return macro.name


def _note(doing: Doing, given: Given) -> str | None:
    html = _filled(doing, linebreaks(escape(given["text"])), doing.ticket.inbox.language)
    tickets.add_note(ticket=doing.ticket, actor=doing.actor, now=doing.now, html=html)
    doing.ticket.refresh_from_db()
    return str(given["text"]).strip().splitlines()[0][:80]


def tell(doing: Doing, agent_ids: Iterable[int], words: str) -> int:
    """Notify agents; returns how many."""
    told = 0
    for agent_id in sorted(set(agent_ids)):
        tickets.notify(
            agent_id=agent_id,
            ticket_id=doing.ticket.pk,
            kind="rule",
            event_id=doing.event_id,
            by_name=doing.rule_name,
            words=words or doing.ticket.subject,
            now=doing.now,
        )
        told += 1
    return told


def _notify_agent(doing: Doing, given: Given) -> str | None:
    agent = active_agents().filter(pk=given["agent"]).first()
    if agent is None:
        raise InvalidInput(_("They do not work here any more."))
    tell(doing, [agent.pk], given.get("text", ""))
    return agent.name


def _notify_owner(doing: Doing, given: Given) -> str | None:
    owner = doing.ticket.assignee or doing.ticket.responsible
    if owner is None:
        raise Held(_("Nobody has it."))
    tell(doing, [owner.pk], given.get("text", ""))
    return owner.name


def _notify_team(doing: Doing, given: Given) -> str | None:
    wanted = given.get("team") or doing.ticket.team_id
    team = teams().filter(pk=wanted).first() if wanted else None
    if team is None:
        raise Held(_("No team has it."))
    members = active_agents().filter(memberships__team=team).values_list("pk", flat=True)[:200]
    if not tell(doing, members, given.get("text", "")):
        raise Held(_("Nobody is in this team."))
    return team.name


TEXT: Final = Param("text", gettext_lazy("What to say"), "text", required=False)
TABLE: Final[tuple[Action, ...]] = (
    Action(
        "reply", gettext_lazy("Answer the customer"), GROUP, _reply,
        gettext_lazy("answer the customer (texts: %(texts)s)"),
        (
            Param(
                "texts", gettext_lazy("Text in each language"), "texts",
                help=gettext_lazy("The customer’s language is chosen, else the inbox’s, else English."),
            ),
        ),
        sends=True,
    ),
    Action(
        "reply_macro", gettext_lazy("Answer with a ready answer"), GROUP, _reply_macro,
        gettext_lazy("answer with “%(macro)s”"),
        (
            Param(
                "macro", gettext_lazy("Ready answer"), "ref", "macro",
                help=gettext_lazy("Of the same situation, the one in the customer’s language is chosen."),
            ),
        ),
        sends=True,
    ),
    Action(
        "note", gettext_lazy("Add a note"), GROUP, _note, gettext_lazy("add the note “%(text)s”"),
        (Param("text", gettext_lazy("Note"), "long"),),
    ),
    Action(
        "notify_owner", gettext_lazy("Notify whoever has it"), GROUP, _notify_owner,
        gettext_lazy("notify whoever has it"), (TEXT,),
    ),
    Action(
        "notify_agent", gettext_lazy("Notify somebody"), GROUP, _notify_agent, gettext_lazy("notify %(agent)s"),
        (Param("agent", gettext_lazy("Agent"), "ref", "agent"), TEXT),
    ),
    Action(
        "notify_team", gettext_lazy("Notify a team"), GROUP, _notify_team, gettext_lazy("notify the team %(team)s"),
        (
            Param(
                "team", gettext_lazy("Team"), "ref", "team", False, gettext_lazy("Empty: the team that has the ticket.")
            ),
            TEXT,
        ),
        reads_bare=gettext_lazy("notify the team that has it"),
    ),
)  # fmt: skip
