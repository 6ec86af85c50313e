"""What an admin does at the provider to connect a channel: the short form of docs/admin/channels-<kind>.md."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_META_APP = _("At Meta for Developers make an app of the type Business, or open the one that you have.")
_META_HOOK = _("Give the app the webhook address and the verify token from this page.")
_META_TEST = _("Press “Check now”, then write to yourself from another account.")

STEPS: Final[Mapping[str, tuple[str | Promise, ...]]] = {
    "whatsapp": (
        _META_APP,
        _("Add WhatsApp to it and connect your number under “API setup”."),
        _("Copy the phone number ID, the account ID, the app secret and a permanent access token into the form."),
        _META_HOOK,
        _("Subscribe it to “messages”."),
        _META_TEST,
    ),
    "messenger": (
        _META_APP,
        _("Add Messenger to it and connect your page."),
        _("Copy the page's access token and the app secret into the form."),
        _META_HOOK,
        _("Subscribe it to messages, deliveries, reads and, for public comments, the feed."),
        _META_TEST,
    ),
    "instagram": (
        _META_APP,
        _("Add Instagram to it and connect your professional account."),
        _("Copy the access token and the app secret into the form."),
        _META_HOOK,
        _("Subscribe it to messages, comments and mentions."),
        _META_TEST,
    ),
    "telegram": (
        _("In Telegram write to @BotFather: /newbot. Choose a name; you get a token."),
        _("Copy the token into the form and save."),
        _("Press “Check now”: it sets the webhook by itself. Behind a firewall choose that we ask Telegram."),
    ),
    "viber": (
        _("Make a bot in the Viber admin panel; it shows a token."),
        _("Copy the token into the form and save."),
        _("Press “Check now”: it sets the webhook by itself."),
    ),
    "x": (
        _("In the X developer portal make an app with the right to read and write direct messages."),
        _("Copy its keys and the account's tokens into the form and save."),
        _("Press “Check now”: it registers the webhook and subscribes your account."),
    ),
    "sms": (
        _("Copy the account SID and the auth token from your provider's console into the form."),
        _("Press “Check now”: it sets the webhook of the number by itself."),
        _("Send a test message to your own phone below."),
    ),
    "smpp": (
        _("Ask your operator for host, port, system ID and password of the SMSC."),
        _("Fill them in and save; the connection is made within half a minute."),
        _("Send a test message to your own phone below."),
    ),
    "voice": (
        _("Copy the account SID and the auth token from your provider's console into the form."),
        _("Press “Check now”: it sets the addresses for calls of the number by itself."),
        _("Call the number."),
    ),
}


def steps_of(kind: str) -> tuple[str | Promise, ...]:
    """In order; none for a channel that we have no words for."""
    return STEPS.get(kind, ())
