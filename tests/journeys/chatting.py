"""What the chat's journeys share: a shop on a foreign origin with a strict policy and hostile styles; its visitors."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

SECRET = "the-secret-of-a-shop-that-signs-its-visitors"
# Everything a page may do to make what it embeds unusable, short of removing it.
HOSTILE = """
:root { %s }
html { font-size: 62.5%%; }
body { font: italic 9px/1 fantasy; color: #eee; direction: ltr; text-align: center; letter-spacing: 4px; }
* { box-sizing: content-box; text-transform: uppercase; word-spacing: 9px; }
div, section, button, input, textarea, form, p, span, a, hospes-chat {
  display: none !important; visibility: hidden !important; opacity: 0 !important; position: static !important;
  transform: scale(0.1) !important; filter: blur(3px) !important; pointer-events: none !important;
  color: red !important; background: red !important; width: 3px !important; clip-path: circle(0) !important;
}
main, h1, #search { display: block !important; visibility: visible !important; }
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kettle shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css?{style}">
<script src="{hospes}/channels/chat/chat.js" {attributes} async></script></head>
<body><main><h1>Kettles</h1><label>Search <input id="search"></label></main></body></html>"""


class Shop:
    """A website that is not ours. Its address says how it embeds the chat: /kettles?inbox=5&lang=fa&jwt=…"""

    def __init__(self, hospes: str) -> None:
        self.hospes = hospes
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://localhost:{self.port}"
        self.policy = (
            f"default-src 'none'; script-src {hospes}; connect-src {hospes} {hospes.replace('http', 'ws', 1)}; "
            f"img-src {hospes}; style-src 'self'"
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One page or the style sheet."""
        parts = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == "/style.css":
            kind, text = "text/css", HOSTILE % asked.get("own", "")
        else:
            kind = "text/html"
            attributes = " ".join(f'data-{k}="{v}"' for k, v in asked.items() if k not in {"style", "accent"})
            style = f"own=--hospes-accent:%23{asked['accent']};" if "accent" in asked else ""
            text = PAGE.format(hospes=self.hospes, attributes=attributes, style=style)
        body = text.encode()
        handler.send_response(200)
        handler.send_header("Content-Type", f"{kind}; charset=utf-8")
        handler.send_header("Content-Security-Policy", self.policy)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self) -> None:
        """Close the shop."""
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Visitor:
    """A visitor's page with the widget on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        text = getattr(message, "text", "")
        if "Content Security Policy" in text or "CORS" in text:
            self.complaints.append(text)

    def part(self, css: str) -> Locator:
        """A part of the widget."""
        return self.page.locator(f"hospes-chat {css}")

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.part(".launcher")

    @property
    def words(self) -> Locator:
        """The texts of the messages, in order."""
        return self.part(".log .words")

    def open(self) -> None:
        """Press the round button."""
        self.launcher.click()
        self.part(".panel").wait_for()

    def write(self, text: str) -> None:
        """Write a message and send it."""
        self.part(".foot textarea").fill(text)
        self.part(".foot textarea").press("Enter")

    def choose(self, name: str) -> None:
        """Press something in the menu."""
        self.part("header").get_by_label("More options").click()
        self.part(".menu").get_by_role("button", name=name).click()


SEED = """
import json
from hospes.channels.models import ChatInvitation, ChatSite
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.channels import operations as channels
from hospes.sla import operations as sla
from hospes.tickets import operations as tickets
by = {"actor": SYSTEM, "now": now()}
night = sla.save_calendar(name="Never open", time_zone="Europe/Riga", windows=[[]] * 7, **by)
form = [{"name": "name", "required": True}, {"name": "email", "kind": "email"},
        {"name": "topic", "kind": "choice", "choices": ["A kettle", "An order"]}]
kinds = {"plain": {}, "form": {"prechat": form}, "closed": {"calendar": night}, "inviting": {}}
made = {}
for name, more in kinds.items():
    inbox = tickets.create_inbox(name="Kettle shop", address=f"chat-{name}", kind="chat", **by)
    ChatSite.objects.create(inbox=inbox, origins=["ORIGIN"], needs_people=False, **more)
    channels.save_credential(inbox=inbox, values={"jwt_secret": "SECRET"}, **by)
    made[name] = inbox.pk
ChatInvitation.objects.create(inbox_id=made["inviting"], name="Cart", texts={"en": "Shall we help you choose?"},
                              pages=["*/cart*"], after_seconds=0, cart_min=50)
print(json.dumps(made))
"""
