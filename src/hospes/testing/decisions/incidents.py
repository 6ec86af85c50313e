"""Decisions on the addresses of the topic incidents."""

from typing import Any, Final

from hospes.testing.rules import Rule

HEARD: Final[dict[str, str]] = {"incident": "light", "burst": "light", "component": "light", "subscriber": "lead"}

_ALL: Final = (
    "anonymous", "customer_a", "customer_b", "light", "other_team", "agent", "lead", "manager", "admin",
)  # fmt: skip
_NOT_LEADS: Final = (("POST", "light"), ("POST", "agent"), ("POST", "other_team"))
_BAD_LINK: Final = {("POST", who): "missing" for who in _ALL}

RULES: Final[dict[str, Rule]] = {
    "desk/incidents/": Rule(get="light"),
    "desk/incidents/rows/": Rule(get="light"),
    "desk/incidents/new/": Rule(get="lead", post="lead"),
    "desk/incidents/link/": Rule(post="agent", body={"incident": "incident_id", "tickets": ""}),
    "desk/incidents/bursts/<int:burst_id>/": Rule(post="lead", args=("burst_id",)),
    "desk/incidents/<int:incident_id>/": Rule(get="light", args=("incident_id",)),
    "desk/incidents/<int:incident_id>/live/": Rule(get="light", args=("incident_id",)),
    "desk/incidents/<int:incident_id>/tickets/": Rule(
        get="light", post="light", args=("incident_id",), but={("POST", "light"): "refused"}
    ),
    "desk/incidents/<int:incident_id>/change/": Rule(get="lead", post="lead", args=("incident_id",)),
    "desk/incidents/<int:incident_id>/tell/": Rule(post="agent", args=("incident_id",), body={"text_en": "Soon"}),
    "desk/incidents/<int:incident_id>/updates/<int:update_id>/again/": Rule(
        post="lead", args=("incident_id", "update_id")
    ),
    "desk/incidents/<int:incident_id>/review/": Rule(
        get="light", post="light", args=("incident_id",), but=dict.fromkeys(_NOT_LEADS, "refused")
    ),
    "desk/t/<str:number>/incident/": Rule(
        post="agent", thing="ticket", args=("number",), body={"incident": "incident_id", "do": "link"}
    ),
    "desk/settings/parts/": Rule(get="lead"),
    "desk/settings/parts/new/": Rule(get="lead", post="lead"),
    "desk/settings/parts/<int:component_id>/": Rule(get="lead", post="lead", args=("component_id",)),
    "api/v1/incidents": Rule(get="light", post="lead", body={"title": "Payments fail"}),
    "api/v1/incidents/<int:incident_id>": Rule(
        get="light", patch="lead", args=("incident_id",), body={"severity": "minor"}
    ),
    "api/v1/incidents/<int:incident_id>/updates": Rule(
        get="light", post="agent", args=("incident_id",), body={"texts": {"en": "Soon"}}
    ),
    "api/v1/incidents/<int:incident_id>/tickets": Rule(
        get="light", post="agent", args=("incident_id",), body={"numbers": ["K7F2M9Q"]}
    ),
    "api/v1/incidents/<int:incident_id>/tickets/<number>": Rule(
        delete="agent", thing="ticket", args=("incident_id", "number")
    ),
    "api/v1/status": Rule(get="light"),
    "api/v1/status/components/<int:component_id>": Rule(
        patch="lead", args=("component_id",), body={"state": "degraded"}
    ),
    "portal/status/": Rule(get="anyone"),
    "portal/status/history/": Rule(get="anyone"),
    "portal/status/feed.rss": Rule(get="anyone"),
    "portal/status/feed.atom": Rule(get="anyone"),
    "portal/status/status.json": Rule(get="anyone"),
    "portal/status/subscribe/": Rule(get="anyone", post="anyone", body={"email": ""}),
    "portal/status/confirm/<str:token>/": Rule(get="anyone", post="anyone", args=("bad_token",), but=_BAD_LINK),
    "portal/status/unsubscribe/<str:token>/": Rule(get="anyone", post="anyone", args=("bad_token",), but=_BAD_LINK),
    "portal/status/<int:incident_id>/": Rule(get="anyone", args=("incident_id",)),
}


def things(known: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """An incident of the status page with the world's ticket, a part of the service, a burst."""
    from hospes.incidents import operations
    from hospes.incidents.models import Burst
    from hospes.staff.queries import actor_of

    lead = actor_of(agents["admin"], via="desk")
    part = operations.save_component(name="Payments", actor=lead, now=now)
    incident = operations.declare(title="Payments fail", components=[part.pk], public=True, actor=lead, now=now)
    operations.link_tickets(incident=incident, tickets=[known["ticket"]], actor=lead, now=now)
    update = operations.post_update(incident=incident, texts={"en": "We look into it."}, actor=lead, now=now)
    burst = Burst.objects.create(
        words={"pay": 6.0}, began_at=now, proposed_at=now, last_at=now, term="pay", window=120, seen=9,
        expected=0.1, p_value=1e-9,
    )  # fmt: skip
    return {"incident_id": incident.pk, "component_id": part.pk, "update_id": update.pk, "burst_id": burst.pk}
