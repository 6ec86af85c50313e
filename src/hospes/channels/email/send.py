"""Sending mail: by the inbox's own SMTP server, by the relay, or by a provider's API through django-anymail."""

import logging
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from hospes.channels.adapter import ChannelError, OutgoingMessage, Receipt
from hospes.channels.email import compose

log = logging.getLogger(__name__)
TIMEOUT = 30.0
# Well within the lease of a delivery, so that no other worker begins it again meanwhile.
DEADLINE = 180.0
NOT_SET_UP = (
    "No way to send mail is set up. Set HOSPES_MAIL_RELAY=smtp://user:password@host:port, "
    "or give the inbox its own server under Settings, Inboxes."
)


def send(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Send to all recipients who do not have it yet. Raises ChannelError; its `recipients_done` have got it.

    Called again with the same message it sends under the same Message-ID.
    """
    wanted = [a for _name, a in (*message.to, *message.cc) if a not in message.done_recipients]
    wanted = list(dict.fromkeys(wanted))
    if not wanted:
        if message.done_recipients:
            return Receipt()
        raise ChannelError("The message has no recipient.", permanent=True)
    if credential.get("anymail_backend"):
        from hospes.channels.email.providers import send_by_provider

        return send_by_provider(message, wanted, credential)
    url = str(credential.get("smtp") or settings.MAIL_RELAY_URL)
    if not url:
        raise ChannelError(NOT_SET_UP, permanent=False, set_up=False)
    return _send_by_smtp(message, wanted, url)


@dataclass(slots=True)
class _Outcome:
    """What became of each recipient."""

    sent: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)


def _send_by_smtp(message: OutgoingMessage, wanted: list[str], url: str) -> Receipt:
    body = compose.body_of(message)
    outcome = _Outcome()
    began = time.monotonic()
    try:
        server = connect(url)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise ChannelError(words_of(error), permanent=False, recipients_done=message.done_recipients) from error
    try:
        for recipient in wanted:
            if time.monotonic() - began > DEADLINE:
                outcome.later[recipient] = "The mail server was too slow."
                break
            _one_copy(server, message, recipient, body, outcome)
    except (OSError, smtplib.SMTPException) as error:
        # Also after DATA was sent: it may have arrived. At least once, under the same Message-ID.
        outcome.later[recipient] = words_of(error)
    finally:
        _leave(server)
    return _receipt(message, outcome)


def _receipt(message: OutgoingMessage, outcome: _Outcome) -> Receipt:
    done = (*message.done_recipients, *outcome.sent)
    if outcome.later:
        raise ChannelError(_told(outcome.later), permanent=False, recipients_done=done)
    if outcome.refused and not done:
        raise ChannelError(_told(outcome.refused), permanent=True)
    return Receipt(refused=outcome.refused or None)


def _told(answers: Mapping[str, str]) -> str:
    if len(answers) == 1:
        return next(iter(answers.values()))
    return "; ".join(f"{who}: {what}" for who, what in answers.items())


def _one_copy(server: smtplib.SMTP, message: OutgoingMessage, recipient: str, body: bytes, outcome: _Outcome) -> None:
    """One recipient's own copy. Raises only when the connection is of no more use."""
    if not compose.is_address(recipient):
        outcome.refused[recipient] = "This is not an e-mail address."
        return
    to, sender = compose.ascii_address(recipient), compose.ascii_address(message.sender[1])
    raw = compose.fields_of(message, recipient) + body
    options = []
    if not raw.partition(b"\r\n\r\n")[0].isascii() or not (to + sender).isascii():
        if not server.has_extn("smtputf8"):
            outcome.refused[recipient] = "The mail server does not know internationalised addresses (SMTPUTF8)."
            return
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    for code, words in _steps(server, sender, to, raw, options):
        if code >= 400 or code < 200:
            kept = outcome.refused if 500 <= code < 600 else outcome.later
            kept[recipient] = f"{code} {words.decode('utf-8', 'replace')}"
            if code == 421:
                raise smtplib.SMTPServerDisconnected(kept[recipient])
            server.rset()
            return
    outcome.sent.append(recipient)


def _steps(server: smtplib.SMTP, sender: str, to: str, raw: bytes, options: list[str]) -> Iterator[tuple[int, bytes]]:
    if "SMTPUTF8" in options:
        server.command_encoding = "utf-8"
    yield server.mail(sender, options)
    yield server.rcpt(to)
    try:
        yield server.data(raw)
    except smtplib.SMTPDataError as error:  # DATA itself was refused, or answered with something odd
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
        yield (error.smtp_code if error.smtp_code >= 400 else 451), said


def connect(url: str) -> smtplib.SMTP:
    """A greeted and, with credentials, signed-in connection: smtp://user:password@host:port (STARTTLS is required
    when there are credentials, else used where offered) or smtps:// (TLS from the start).

    ?tls=none allows a password over a plain line, for a server on the same machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("The mail server's address must look like smtp://user:password@host:port")
    strict = ssl.create_default_context()
    local = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0] or None
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, local, timeout=TIMEOUT, context=strict)
    else:
        server = smtplib.SMTP(parts.hostname, parts.port or (587 if parts.username else 25), local, timeout=TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        plain = parse_qs(parts.query).get("tls") == ["none"]
        if parts.scheme == "smtp" and not plain and (parts.username or server.has_extn("starttls")):
            server.starttls(context=strict if parts.username else _unverified())
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _unverified() -> ssl.SSLContext:
    """Opportunistic encryption (RFC 7435): better than none where no secret is given away."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def words_of(error: BaseException) -> str:
    """What to show of a failed connection: the server's words where there are any."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {said}"
    if isinstance(error, socket.gaierror):
        return "The mail server's name could not be found."
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, ConnectionRefusedError):
        return "The mail server refused the connection."
    return " ".join(str(error).split()) or type(error).__name__
