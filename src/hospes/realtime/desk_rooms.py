"""What an agent's screen says in rooms: typing to a chat's visitor, signalling of calls. A table of kinds."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hospes.realtime.hub import Hub, Socket

# What {"type": …} of an agent's screen is for: the module whose `agent_said(hub, socket, said)` deals with it, after
# making sure that this agent may.
KINDS: Final[dict[str, str]] = {
    "chat-typing": "hospes.realtime.chat",
    "call": "hospes.realtime.calls",
    "typing": "hospes.realtime.telling",
}


async def hear(hub: "Hub", socket: "Socket", said: Mapping[str, Any]) -> None:
    """Hand it to its kind."""
    await import_module(KINDS[str(said["type"])]).agent_said(hub, socket, said)
