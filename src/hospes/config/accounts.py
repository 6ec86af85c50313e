"""How django-allauth is bent to Hospes: no sign-up, our words, links that no forged Host header can turn elsewhere."""

import logging
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hospes.core import clock, limits
from hospes.core.actors import Actor
from hospes.core.secrets import seal, unseal
from hospes.staff import operations as staff
from hospes.staff.models import Agent
from hospes.staff.queries import agent_by_email

log = logging.getLogger(__name__)
TRIES_WINDOW = 600  # seconds

# What happened to an account, by allauth's name of the mail: our own key for the audit log, and the words of the mail.
NOTICES: dict[str, tuple[str, Promise]] = {
    "account/email/password_changed": ("password-changed", _("Your password was changed.")),
    "account/email/password_reset": ("password-reset", _("Your password was set anew through a mailed link.")),
    "account/email/password_set": ("password-changed", _("A password was set.")),
    "mfa/email/totp_activated": ("totp-on", _("An authenticator app was set up for your sign-in.")),
    "mfa/email/totp_deactivated": ("totp-off", _("The authenticator app was removed from your sign-in.")),
    "mfa/email/webauthn_added": ("passkey-added", _("A passkey was added to your sign-in.")),
    "mfa/email/webauthn_removed": ("passkey-removed", _("A passkey was removed from your sign-in.")),
    "mfa/email/recovery_codes_generated": ("recovery-codes", _("New recovery codes were made; old ones are void.")),
}


MESSAGES: dict[str, Promise] = {
    "account/messages/password_changed.txt": _("Your password was changed. Sign in with the new one."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey was removed."),
    "mfa/messages/recovery_codes_generated.txt": _("New recovery codes were made."),
    "usersessions/messages/sessions_logged_out.txt": _("Signed out everywhere else."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up, counts tries in the database, writes mails in the agent's language."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is not in use any more."),
        "email_password_mismatch": _("The address or the password is wrong."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("This is not your present password."),
        "too_many_login_attempts": _("Too many tries. Please wait some minutes, then try again."),
        "rate_limited": _("Too many tries. Please wait some minutes, then try again."),
        "incorrect_code": _("This code is wrong."),
        "invalid_password_reset": _("This link does not work any more."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Agents come by invitation, the first admin by the set-up page."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse after too many wrong tries; counted in the database, so that it holds across all processes."""
        for key, limit in self._tries(request, credentials):
            if limits.used(key, seconds=TRIES_WINDOW, now=clock.now()) >= limit:
                raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def _tries(self, request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[str, int]]:
        email = str(credentials.get("email", "")).casefold()
        return [(f"sign-in:{email}", 10), (f"sign-in-ip:{self.get_client_ip(request)}", 60)]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a wrong try; for somebody who is here it is worth a line in the audit log."""
        for key, limit in self._tries(request, credentials):
            limits.count(key, limit=limit, seconds=TRIES_WINDOW, now=clock.now())
        agent = agent_by_email(str(credentials.get("email", "")))
        if agent is not None:
            note(agent, "sign-in-failed")

    def post_login(self, request: HttpRequest, user: Agent, **kwargs: Any) -> Any:
        """Every sign-in is a line in the audit log."""
        note(user, "signed-in")
        return super().post_login(request, user, **kwargs)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Our words for what was done; that one has signed in or out one sees."""
        words = message or MESSAGES.get(message_template or "")
        if words:
            messages.add_message(request, level, str(words))

    def format_email_subject(self, subject: str) -> str:
        """Subjects stand for themselves."""
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link by our public address, never by the request's Host header."""
        from allauth.account.internal import flows

        path = flows.password_reset.get_reset_password_from_key_url(self.request, key)
        return f"{settings.PUBLIC_URL}/{path.split('/', 3)[3]}"

    def send_password_reset_mail(self, user: Agent, email: str, context: dict[str, Any]) -> None:
        """To the address that we know, whatever was typed."""
        values = {
            "link": context["password_reset_url"],
            "name": user.name,
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        }
        _send(user, _("Choose a new password"), "account/email/reset.txt", values)

    def send_notification_mail(
        self, template_prefix: str, user: Agent, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the agent, and the audit log, that something about their sign-in changed."""
        found = NOTICES.get(template_prefix)
        if found is None:
            return
        what, words = found
        note(user, what)
        place = self.get_client_ip(self.request)
        values = {"words": words, "name": user.name, "place": place, "link": settings.PUBLIC_URL + reverse("mfa_index")}
        _send(user, words, "account/email/notice.txt", values)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Our words for what can go wrong with second factors."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong. It changes every 30 seconds; use the newest."),
        "cannot_delete_authenticator": _("This cannot be switched off."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets of authenticator apps and recovery codes are not readable in a copy of the database."""
        return seal({"text": text})

    def decrypt(self, encrypted_text: str) -> str:
        """The other way round; another secret key gives an empty text, which no code fits."""
        return str(unseal(encrypted_text).get("text", ""))

    def get_totp_issuer(self) -> str:
        """What the authenticator app shows."""
        return "Hospes"


def note(agent: Agent, what: str) -> None:
    """Write what happened to an agent's sign-in into the audit log."""
    actor = Actor(kind="agent", id=agent.pk, name=agent.name, via="sign-in")
    staff.note_security(agent=agent, what=what, actor=actor, now=clock.now())


def _send(agent: Agent, subject: str | Promise, template: str, values: dict[str, Any]) -> None:
    """A mail of our own; when the mail server fails, what was done stays done and the log tells."""
    with translation.override(agent.language or translation.get_language()):
        message = EmailMessage(
            subject=str(subject),
            body=render_to_string(template, values),
            to=[agent.email],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
    try:
        message.send()
    except (OSError, SMTPException):
        log.exception("A mail about an agent's sign-in could not be handed to the mail server")
