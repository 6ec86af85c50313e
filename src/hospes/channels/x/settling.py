"""The live check of an account's settings, which also registers the webhook and subscribes the account (X API v2:
Webhooks, Account Activity)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from hospes.channels.adapter import ChannelError, Finding
from hospes.channels.x import api


def check(credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
    """Each step as one line; the first that fails ends it. Never raises."""
    found: list[Finding] = []
    try:
        name = str(api.call("GET", "/2/users/me", credential).get("username") or "")[:60]
        found.append(Finding(True, _("The account is @%(name)s.") % {"name": name}))
        found += _webhook(credential, webhook_url)
    except ChannelError as error:
        found.append(Finding(False, _("X says: %(words)s") % {"words": error.words}))
    return found


def _webhook(credential: Mapping[str, Any], webhook_url: str) -> list[Finding]:
    parts = urlsplit(webhook_url)
    if parts.scheme != "https" or parts.port is not None:
        return [Finding(False, _("X calls https addresses without a port only, and this is none."))]
    bearer = str(credential.get("bearer_token") or "")
    if not bearer:
        return [Finding(False, _("The bearer token is missing; X wants it for setting the webhook."))]
    number = _registered(credential, bearer, webhook_url)
    path = f"/2/account_activity/webhooks/{number}/subscriptions/all"
    if not api.call("GET", path, credential).get("subscribed"):
        api.call("POST", path, credential)
    return [
        Finding(True, _("X has reached us at %(url)s.") % {"url": webhook_url}),
        Finding(True, _("Messages and mentions of this account will be told to us.")),
    ]


def _registered(credential: Mapping[str, Any], bearer: str, webhook_url: str) -> str:
    """The number of our webhook at X, made or validated anew where needed. Raises ChannelError."""
    known = api.call("GET", "/2/webhooks", credential, bearer=bearer).get("list") or []
    ours = next((w for w in known if isinstance(w, dict) and w.get("url") == webhook_url), None)
    if ours is None:
        ours = api.call("POST", "/2/webhooks", credential, data={"url": webhook_url}, bearer=bearer)
    elif not ours.get("valid"):
        api.call("PUT", f"/2/webhooks/{ours.get('id')}", credential, bearer=bearer)
    return str(ours.get("id") or "")
