"""Calls in the browser as a channel. They are talked in, not written: nothing comes in as a message, nothing goes out.

A free call opens its ticket in calls.operations.browser.start_free_call; written answers go by whatever other way the
customer has (tickets.queries.ways).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.channels.adapter import BaseAdapter, ChannelError, Finding, OutgoingMessage, Parsed, Raw, Receipt
from hospes.tickets.ways import Traits

TRAITS: Final = Traits(
    kind="browser",
    label=gettext_lazy("Calls in the browser"),
    icon="phone",
    identity="handle",
    live=True,
    talk=False,
    spoken=True,
)


class BrowserAdapter(BaseAdapter):
    """Customers who call from their browser."""

    kind = "browser"
    traits = TRAITS

    def parse(self, raw: Raw) -> Parsed:
        """Nothing is ever stored for it."""
        return None

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """A call takes no written answers."""
        raise ChannelError("A call in the browser takes no written answers. Choose another way.", permanent=True)

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Whether callers behind strict networks get through, and whether browsers let us use the microphone."""
        found = []
        if settings.HTTPS or settings.PUBLIC_URL.startswith(("http://127.0.0.1", "http://localhost")):
            found.append(Finding(True, _("Browsers let this page use microphone and camera.")))
        else:
            found.append(Finding(False, _("Browsers allow the microphone on https:// pages only. Set HOSPES_URL.")))
        if settings.TURN_URLS and settings.TURN_SECRET:
            found.append(Finding(True, _("Calls get through strict networks by your TURN server.")))
        else:
            found.append(Finding(False, _("Without a TURN server, callers behind strict networks do not get through.")))
        return found
