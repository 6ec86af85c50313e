"""The live check of a bot's settings, which also sets or takes away its webhook (Telegram Bot API: setWebhook)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hospes.channels.adapter import ChannelError, Finding
from hospes.channels.telegram import api
from hospes.channels.telegram.updates import WANTED


def polls(credential: Mapping[str, Any]) -> bool:
    """Whether we ask Telegram for news, instead of being called."""
    return credential.get("mode") == "polling"


def check(credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
    """Each step as one line; the first that fails ends it. Never raises."""
    found: list[Finding] = []
    try:
        me = api.call("getMe", credential)
        name = me.get("username") if isinstance(me, dict) else ""
        found.append(Finding(True, _("The bot is @%(name)s.") % {"name": name}))
        found += _without_webhook(credential) if polls(credential) else _with_webhook(credential, webhook_url)
    except ChannelError as error:
        found.append(Finding(False, _refused(error)))
    return found


def _refused(error: ChannelError) -> str:
    if not error.set_up:
        return _("Telegram does not know this token: %(words)s") % {"words": error.words}
    return _("Telegram says: %(words)s") % {"words": error.words}


def _without_webhook(credential: Mapping[str, Any]) -> list[Finding]:
    api.call("deleteWebhook", credential, {"drop_pending_updates": False})
    return [Finding(True, _("We ask Telegram for news; no address of yours needs to be open."))]


def _with_webhook(credential: Mapping[str, Any], webhook_url: str) -> list[Finding]:
    if not webhook_url.startswith("https://"):
        words = _("Telegram calls https addresses only, and this installation has none. Let us ask Telegram instead.")
        return [Finding(False, words)]
    wish = {
        "url": webhook_url,
        "secret_token": str(credential.get("secret_token") or ""),
        "allowed_updates": list(WANTED),
    }
    if not wish["secret_token"]:
        return [Finding(False, _("The secret token is missing. Save the settings once more."))]
    api.call("setWebhook", credential, wish)
    return [Finding(True, _("Telegram will call %(url)s.") % {"url": webhook_url}), *_as_telegram_sees_it(credential)]


def _as_telegram_sees_it(credential: Mapping[str, Any]) -> list[Finding]:
    """What Telegram keeps of its last calls (getWebhookInfo)."""
    info = api.call("getWebhookInfo", credential)
    info = info if isinstance(info, dict) else {}
    found = []
    if info.get("last_error_message") and isinstance(info.get("last_error_date"), int):
        at = formats.date_format(localtime(datetime.fromtimestamp(info["last_error_date"], UTC)), "DATETIME_FORMAT")
        words = {"at": at, "words": str(info["last_error_message"])[:300]}
        found.append(Finding(False, _("At %(at)s Telegram could not reach us: %(words)s") % words))
    if (waiting := info.get("pending_update_count")) and isinstance(waiting, int):
        found.append(Finding(True, _("News that wait at Telegram: %(count)s.") % {"count": waiting}))
    return found
