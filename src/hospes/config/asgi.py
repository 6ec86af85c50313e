"""The one door for browsers: WebSockets at /ws go to the live screens, everything else to Django in threads."""

import os
from collections.abc import Awaitable, Callable
from importlib import import_module

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from hospes.config.bridge import Message, Receive, Scope, Send, ThreadBridge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospes.config.settings")
django.setup(set_prefix=False)

ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]
SOCKET_PATH = "/ws"
GUEST_PATH = "/ws/guest"
_FORWARDED = (b"x-forwarded-", b"forwarded", b"x-real-ip")
# Attachments come as multipart forms, several to a message.
_LARGEST_BODY = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

pages = ThreadBridge(
    WSGIHandler(),
    threads=int(os.environ.get("HOSPES_WEB_THREADS", "4")),
    largest_body=_LARGEST_BODY,
)


async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
    """Send a connection to where its kind and path belong."""
    _forget_claims(scope)
    if scope["type"] == "http":
        await pages(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == SOCKET_PATH:
        await import_module("hospes.realtime.socket").app(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == GUEST_PATH:
        await import_module("hospes.realtime.socket").guests_app(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4404})
    else:
        await _lifespan(receive, send)


def _forget_claims(scope: Scope) -> None:
    """Drop what a client says about where it comes from; what a listed proxy said is in `client` by now."""
    if "headers" in scope:
        kept = [pair for pair in scope["headers"] if not pair[0].startswith(_FORWARDED)]
        if len(kept) < len(scope["headers"]):
            kept.append((b"hospes-forwarded", b"1"))  # that somebody stood between is kept: set-up asks for it
        scope["headers"] = kept


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: Message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def door(proxies: list[str]) -> ASGIApplication:
    """Return the application; addresses and networks in `proxies` are believed about the client's address."""
    if not proxies:
        return dispatch
    wrapped: ASGIApplication = wrap_asgi_with_proxy_headers(dispatch, trusted_hosts=proxies)
    return wrapped


application = door(settings.TRUSTED_PROXIES)
