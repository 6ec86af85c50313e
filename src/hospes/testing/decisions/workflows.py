"""Decisions on the addresses of the topic workflows."""

from typing import Any, Final

from hospes.core.actors import SYSTEM
from hospes.staff.queries import actor_of
from hospes.testing.rules import Rule

TICKET: Final[dict[str, Any]] = {"thing": "ticket"}
ONE: Final[dict[str, Any]] = {"args": ("workflow_id",)}
RULES: Final[dict[str, Rule]] = {
    "desk/t/<str:number>/workflows/": Rule(post="agent", **TICKET, args=("number",), body={"workflow": "Try it"}),
    "desk/runs/<int:run_id>/": Rule(post="agent", **TICKET, args=("run_id",), body={"do": "stop"}),
    "desk/workflows/": Rule(get="agent"),
    "desk/workflows/new/": Rule(get="lead", post="lead"),
    "desk/workflows/<int:workflow_id>/": Rule(get="lead", post="lead", **ONE, body={"do": "save"}),
    "desk/workflows/<int:workflow_id>/preview/": Rule(post="lead", **ONE),
    "desk/workflows/<int:workflow_id>/publish/": Rule(post="lead", **ONE),
    "desk/workflows/<int:workflow_id>/text/": Rule(get="lead", post="lead", **ONE),
    "desk/workflows/<int:workflow_id>/yaml/": Rule(get="agent", **ONE),
    "desk/workflows/<int:workflow_id>/versions/": Rule(get="agent", **ONE),
    "desk/workflows/<int:workflow_id>/figures/": Rule(get="agent", **ONE),
    "api/v1/workflows": Rule(get="agent"),
    "api/v1/workflow-runs": Rule(
        post="agent", body={"workflow": "try-it", "ticket": "number"}, but={("POST", "other_team"): "missing"}
    ),
    "api/v1/workflow-runs/<int:run_id>": Rule(get="light", **TICKET, args=("run_id",)),
    "api/v1/workflow-runs/<int:run_id>/advance": Rule(post="agent", **TICKET, args=("run_id",)),
    "portal/do/": Rule(get="anyone"),
    "portal/do/<slug:key>/": Rule(get="anyone", post="anyone", args=("workflow_key",)),
    # Whoever has the link has the run.
    "portal/do/run/<str:token>/": Rule(get="anyone", post="anyone", args=("run_token",)),
}
HEARD: Final[dict[str, str]] = {"workflow": "light", "order": "light"}


def things(things: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A workflow that everybody may start, a run of an agent on the ticket, and one of a visitor."""
    from hospes.core.actors import Actor
    from hospes.workflows import operations

    asked = {"key": "email", "kind": "email", "label": {"en": "E-mail"}}
    definition = {
        "name": {"en": "Try it"},
        "open_to": "guests",
        "steps": [
            {"key": "hello", "kind": "show", "text": {"en": "Hello"}},
            {"key": "who", "kind": "ask", "inputs": [asked]},
            {"key": "end", "kind": "end"},
        ],
    }
    version, _what = operations.import_workflow(key="try-it", definition=definition, actor=SYSTEM, now=now)
    agent = actor_of(agents["agent"], via="desk")
    mine = operations.start_run(workflow=version.workflow, ticket=things["ticket"], actor=agent, now=now)
    visitor = Actor(kind="customer", via="portal")
    theirs = operations.start_run(workflow=version.workflow, actor=visitor, now=now)
    return {
        "workflow_id": version.workflow_id,
        "workflow_key": "try-it",
        "run_id": mine.pk,
        "run_token": theirs.token,
    }
