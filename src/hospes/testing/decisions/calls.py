"""Decisions on the addresses of calls in the browser."""

from typing import Any, Final

from hospes.calls.operations import browser, links, recordings
from hospes.calls.operations.recordings import join_waiting
from hospes.staff.queries import actor_of
from hospes.testing.rules import Rule

CALL: Final[dict[str, Any]] = {"thing": "ticket", "args": ("call_id",)}
NOT_IN_IT: Final = {("POST", who): "missing" for who in ("light", "lead", "manager", "admin", "other_team")}
RULES: Final[dict[str, Rule]] = {
    "desk/calls/mine/": Rule(get="light"),
    "desk/calls/<int:call_id>/": Rule(get="light", post="light", **CALL, body={"do": "note", "notes": "Kind"}),
    "desk/calls/<int:call_id>/state/": Rule(get="light", **CALL),
    "desk/calls/<int:call_id>/picture/": Rule(post="light", **CALL, but=NOT_IN_IT),
    "desk/calls/<int:call_id>/recording/": Rule(
        post="agent", **CALL, body={"type": "audio/webm"}, but={**NOT_IN_IT, ("POST", "light"): "refused"}
    ),
    "desk/recordings/<str:token>/": Rule(get="agent", thing="ticket", args=("recording_token",)),
    "desk/recordings/<str:token>/text/": Rule(
        get="agent", post="agent", thing="ticket", args=("recording_token",),
        # There is no transcript to be tried again.
        but={("POST", who): "missing" for who in ("other_team", "agent", "lead", "manager", "admin")},
    ),
    "desk/recordings/<str:token>/piece/<int:place>/": Rule(post="agent", thing="own", args=("open_token", "piece")),
    "desk/recordings/<str:token>/finish/": Rule(post="agent", thing="own", args=("open_token",)),
    "desk/t/<str:number>/call-link/": Rule(
        get="agent", post="agent", thing="ticket", args=("number",), body={"do": "copy"}
    ),
    "portal/call/": Rule(get="nobody", post="nobody"),  # no inbox takes calls from the browser in this world
    "portal/call/<str:token>/": Rule(
        get="anyone", post="anyone", args=("call_token",), body={"do": "start"}
    ),
    "portal/call/<str:token>/picture/": Rule(post="nobody", args=("call_token",)),
}  # fmt: skip
HEARD: Final[dict[str, str]] = {}


def things(world: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A call that goes on between a customer and the agent, recorded; an earlier recording; a link nobody used."""
    ticket, agent = world["ticket"], actor_of(agents["agent"], via="desk")
    _link, token = links.make_link(ticket=ticket, medium="browser", actor=agent, now=now)
    entered = links.use_link(token=token, now=now, consent=True)
    call = entered.part.call
    browser.answer(call=call, actor=agent, now=now)
    first = recordings.start_recording(call=call, content_type="audio/ogg", actor=agent, now=now)
    recordings.keep_piece(token=first.token, number=0, content=b"OggS", actor=agent, now=now)
    recordings.finish_recording(token=first.token, actor=agent, now=now, seconds=4)
    join_waiting(now=now)
    second = recordings.start_recording(call=call, content_type="audio/ogg", actor=agent, now=now)
    _unused, free = links.make_link(ticket=ticket, medium="browser", actor=agent, now=now)

    return {
        "call_id": call.pk,
        "recording_token": first.token,
        "open_token": second.token,
        "piece": 0,
        "call_token": free,
    }
