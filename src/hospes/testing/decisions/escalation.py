"""Decisions on the addresses of the topic escalation."""

from typing import Any, Final

from hospes.core.secrets import unseal
from hospes.routing import operations as routing
from hospes.staff.queries import actor_of
from hospes.testing.rules import Rule
from hospes.tickets import operations as tickets

NUMBER: Final = ("number",)
NOT_ASKED: Final = dict.fromkeys(("light", "other_team", "agent", "manager", "admin"), "missing")
TICKET: Final[dict[str, Any]] = {"thing": "ticket", "args": NUMBER}
ORDER: Final[dict[str, Any]] = {"thing": "ticket", "args": ("order_number",)}
SWARM: Final[dict[str, Any]] = {"thing": "ticket", "args": ("swarm_id",)}
NOTE: Final = {"wants": "A lid", "tried": "A seal", "promised": "Nothing", "promised_until": "2030-05-04T12:00:00Z"}
RULES: Final[dict[str, Rule]] = {
    "desk/watch/": Rule(get="agent"),
    "desk/t/<str:number>/escalate/": Rule(get="agent", post="agent", thing="ticket", args=NUMBER),
    "desk/t/<str:number>/give-back/": Rule(post="agent", thing="ticket", args=NUMBER),
    "desk/t/<str:number>/take/": Rule(post="agent", thing="ticket", args=NUMBER),
    "desk/t/<str:number>/responsible/": Rule(post="agent", thing="ticket", args=NUMBER),
    "desk/responsible/<int:offer_id>/": Rule(post="light", args=("offer_id",), but=NOT_ASKED),
    "desk/t/<str:number>/work/": Rule(get="agent", post="agent", thing="ticket", args=NUMBER),
    "desk/work/": Rule(get="light"),
    "desk/work/<str:number>/": Rule(get="light", post="light", thing="ticket", args=("order_number",)),
    "desk/t/<str:number>/swarm/": Rule(get="agent", post="agent", thing="ticket", args=NUMBER),
    "desk/swarms/": Rule(get="lead"),
    "desk/swarms/<int:swarm_id>/": Rule(post="light", thing="ticket", args=("swarm_id",), body={"do": "join"}),
    "desk/swarms/<int:swarm_id>/end/": Rule(get="agent", post="agent", thing="ticket", args=("swarm_id",)),
    "desk/articles/": Rule(get="light"),
    "desk/articles/new/": Rule(get="agent", post="agent"),
    "desk/articles/<int:article_id>/": Rule(get="agent", post="agent", args=("article_id",)),
    "desk/settings/work-orders/": Rule(get="lead"),
    "desk/settings/work-orders/new/": Rule(get="lead", post="lead"),
    "desk/settings/work-orders/<int:template_id>/": Rule(get="lead", post="lead", args=("template_id",)),
    "desk/settings/escalation/": Rule(get="manager", post="manager", body={"up": "chain_id"}),
    "desk/settings/escalation/new/": Rule(get="manager", post="manager"),
    "desk/settings/escalation/<int:policy_id>/": Rule(get="manager", post="manager", args=("chain_id",)),
    "desk/settings/escalation/told/": Rule(post="manager", body={"inbox": "inbox_id"}),
    "api/v1/tickets/<number>/escalate": Rule(post="agent", **TICKET, body={**NOTE, "on_call": True}),
    "api/v1/tickets/<number>/give-back": Rule(post="agent", **TICKET, body={"note": "Look"}),
    "api/v1/tickets/<number>/hand-overs": Rule(get="light", **TICKET),
    "api/v1/tickets/<number>/work-orders": Rule(
        get="light", post="agent", **TICKET, body={"subject": "Look", "address": "desk@courier.example"}
    ),
    "api/v1/tickets/<number>/swarms": Rule(get="light", post="agent", **TICKET, body={"question": "Why?"}),
    "api/v1/work-orders": Rule(get="light"),
    "api/v1/work-orders/<number>": Rule(get="light", **ORDER),
    "api/v1/work-orders/<number>/accept": Rule(post="light", **ORDER),
    "api/v1/work-orders/<number>/answer": Rule(post="light", **ORDER, body={"text": "Done"}),
    "api/v1/work-orders/<number>/ask-again": Rule(post="agent", **ORDER, body={"text": "And?"}),
    "api/v1/work-orders/<number>/close": Rule(post="agent", **ORDER, body={"cancel": True}),
    "api/v1/swarms/<int:swarm_id>/join": Rule(post="light", **SWARM),
    "api/v1/swarms/<int:swarm_id>/notes": Rule(post="light", **SWARM, body={"text": "Look"}),
    "api/v1/swarms/<int:swarm_id>/end": Rule(post="agent", **SWARM, body={"solved": False}),
    "portal/work/<str:number>/": Rule(get="nobody", args=("order_number",)),
    "portal/work/<str:number>/<str:token>/": Rule(get="anyone", post="anyone", args=("link_number", "link_token")),
}
HEARD: Final[dict[str, str]] = dict.fromkeys(("article", "escalation"), "light")


def things(world: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A chain's policy, a template, an order, an outsider's link, a question to the lead, a swarm with its article."""
    admin, agent = (actor_of(agents[who], via="desk") for who in ("admin", "agent"))
    ticket, team = world["ticket"], world["team"]
    policy = routing.save_escalation_policy(
        name="Nobody answers", steps=[{"after": 86_400, "to": "tier", "tier": 2}], actor=admin, now=now
    )
    template = tickets.save_work_template(name="Look", team=team, actor=admin, now=now)
    order = tickets.open_work_order(ticket=ticket, template=template, actor=agent, now=now)
    outside = tickets.open_work_order(
        ticket=ticket, subject="Where is it?", address="desk@courier.example", actor=agent, now=now
    )
    offer = routing.offer_responsibility(ticket=ticket, to=agents["lead"], actor=admin, now=now)
    former = routing.start_swarm(ticket=ticket, question="Why?", actor=agent, now=now)
    former = routing.end_swarm(swarm=former, problem="p", cause="c", solution="s", actor=agent, now=now)
    swarm = routing.start_swarm(ticket=ticket, question="Why?", actor=agent, now=now)
    return {
        "chain_id": policy.pk,
        "template_id": template.pk,
        "order_number": order.number,
        "offer_id": offer.pk,
        "swarm_id": swarm.pk,
        "article_id": former.article_id,
        "link_number": outside.number,
        "link_token": unseal(outside.token_sealed)["token"],
    }
