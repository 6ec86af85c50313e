"""System mail (invitations, sign-in codes, notifications): through the relay when set, else kept in the log folder."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.filebased import EmailBackend as FileBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.core.mail.message import EmailMessage


class SystemMailBackend(BaseEmailBackend):
    """Chooses by HOSPES_MAIL_RELAY (smtp://user:password@host:port, smtps:// for implicit TLS)."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand messages to the relay, or write them to files below the data folder on a machine without one."""
        return int(_backend(self.fail_silently).send_messages(email_messages) or 0)


def _backend(fail_silently: bool) -> BaseEmailBackend:
    url = urlsplit(settings.MAIL_RELAY_URL)
    if not url.hostname:
        folder = settings.DATA_DIR / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileBackend(file_path=str(folder), fail_silently=fail_silently)
    return SmtpBackend(
        host=url.hostname,
        port=url.port or (465 if url.scheme == "smtps" else 25),
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        use_ssl=url.scheme == "smtps",
        use_tls=bool(url.username) and url.scheme == "smtp",
        timeout=30,
        fail_silently=fail_silently,
    )
