"""Reads of ready answers: which ones somebody may use, which form of each suits a ticket, what they can say."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from hospes.core.actors import Actor
from hospes.core.conditions import Field
from hospes.core.facts import all_fields
from hospes.tickets.models import Macro, Ticket
from hospes.tickets.policies import Variant, choose_variant

FREE = ("ticket.field.", "customer.field.")
NAMESPACES = ("ticket", "customer", "order", "time", "sla")
AGENT = gettext_lazy("Agent")


def macros_for(actor: Actor, *, language: str = "") -> QuerySet[Macro]:
    """Macros that an agent may use; with a language, those in it and those in none."""
    shared = Q(sharing=Macro.Sharing.ALL) | Q(owner_id=actor.id)
    shared |= Q(sharing=Macro.Sharing.TEAM, team__memberships__agent_id=actor.id)
    found = Macro.objects.filter(shared, archived_at=None).distinct()
    return found.filter(language__in=["", language]) if language else found


def best_variants(macros: Iterable[Macro], ticket: Ticket) -> list[tuple[Macro, bool]]:
    """For each situation the form that suits the ticket's language and channel, and whether its language is another
    one. Answers without a situation stand alone."""
    families: dict[str, list[Macro]] = {}
    for macro in macros:
        families.setdefault(macro.situation.casefold() or f"#{macro.pk}", []).append(macro)
    found: list[tuple[Macro, bool]] = []
    for family in families.values():
        chosen = choose_variant(
            [Variant(m.pk, m.language, m.channel) for m in family],
            language=ticket.language,
            channel=ticket.channel,
            otherwise=(ticket.inbox.language, "en"),
        )
        if chosen is not None:
            found.append((next(m for m in family if m.pk == chosen[0].id), chosen[1]))
    return found


def macro_fields() -> dict[str, Field]:
    """Every variable that a ready answer can use, by its name."""
    own = [
        Field("customer.first_name", gettext_lazy("the customer’s first name"), "text", group=gettext_lazy("Customer")),
        Field("ticket.number", gettext_lazy("the ticket’s number"), "text", group=gettext_lazy("Ticket")),
        Field("ticket.promise", gettext_lazy("when we promised to answer"), "moment", group=gettext_lazy("Ticket")),
        Field("agent.name", gettext_lazy("the agent’s name"), "text", group=AGENT),
        Field("agent.first_name", gettext_lazy("the agent’s first name"), "text", group=AGENT),
        Field("company", gettext_lazy("our company’s name"), "text", group=AGENT),
        Field("inbox.name", gettext_lazy("the name of the inbox"), "text", group=AGENT),
    ]
    return {**{field.name: field for field in own}, **all_fields(*NAMESPACES)}
