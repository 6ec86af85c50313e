"""The channels there are, as a table."""

from functools import cache
from importlib import import_module
from typing import Final

from hospes.channels.adapter import Adapter
from hospes.tickets import ways

# kind: where its adapter is; a new channel is one more line.
ADAPTERS: Final = {
    "email": "hospes.channels.email.adapter.EmailAdapter",
    "voice": "hospes.channels.voice.adapter.VoiceAdapter",
    "whatsapp": "hospes.channels.whatsapp.adapter.WhatsAppAdapter",
    "messenger": "hospes.channels.messenger.adapter.MessengerAdapter",
    "instagram": "hospes.channels.instagram.adapter.InstagramAdapter",
    "sms": "hospes.channels.sms.adapter.SmsAdapter",
    "smpp": "hospes.channels.smpp.adapter.SmppAdapter",
    "chat": "hospes.channels.chat.adapter.ChatAdapter",
    "telegram": "hospes.channels.telegram.adapter.TelegramAdapter",
    "viber": "hospes.channels.viber.adapter.ViberAdapter",
    "x": "hospes.channels.x.adapter.XAdapter",
    "browser": "hospes.channels.browser.adapter.BrowserAdapter",
}
# Channels with addresses of their own besides the webhook's door.
ADDRESSES: Final[tuple[str, ...]] = (
    "hospes.channels.voice.urls",
    "hospes.channels.chat.urls",
)
# What runs beside the mail listener (see running.py).
RUNNERS: Final[tuple[str, ...]] = (
    "hospes.channels.email.watchers.Watchers",
    "hospes.channels.telegram.polling.Pollers",
    "hospes.channels.smpp.listening.Listeners",
)


@cache
def adapters() -> dict[str, Adapter]:
    """Every channel's adapter by kind."""
    found: dict[str, Adapter] = {}
    for kind, where in ADAPTERS.items():
        module, _dot, name = where.rpartition(".")
        adapter: Adapter = getattr(import_module(module), name)()
        assert adapter.kind == kind == adapter.traits.kind, where
        found[kind] = adapter
    return found


def make_known() -> None:
    """Hand every channel's traits down to tickets, at start."""
    for adapter in adapters().values():
        ways.register(adapter.traits)
