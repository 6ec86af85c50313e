"""How browsers find a way to each other: STUN and TURN servers of the company's own, with passwords that run out.

The TURN server is asked for nothing: it and we share a secret, and a name that holds its own last moment is signed
with it ("TURN REST API", which coturn calls use-auth-secret). Pure.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

LIFE: Final = timedelta(hours=6)  # of a password; a page that reconnects gets a new one


def ice_servers(
    *, turn: Sequence[str], secret: str, stun: Sequence[str], who: str, now: datetime
) -> list[dict[str, Any]]:
    """What a browser's RTCPeerConnection takes as `iceServers`; empty where all are in one network."""
    servers: list[dict[str, Any]] = []
    if stun:
        servers.append({"urls": list(stun)})
    if turn and secret:
        name = f"{int((now + LIFE).timestamp())}:{who}"
        # coturn knows this scheme with SHA-1 only; an HMAC does not need what SHA-1 lost.
        signed = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
        servers.append({"urls": list(turn), "username": name, "credential": base64.b64encode(signed).decode()})
    return servers
