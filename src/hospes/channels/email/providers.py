"""Sending by a provider's API through django-anymail; one call a message."""

from collections.abc import Mapping, Sequence
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from anymail.message import AnymailMessage
from django.core.mail import get_connection

from hospes.channels.adapter import ChannelError, OutgoingMessage, Receipt
from hospes.channels.email import compose, letter

PROVIDERS = (
    "amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend",
    "sendgrid", "sparkpost", "unisender_go",
)  # fmt: skip
# Asked too often, timed out, or a key that an admin will put right: worth trying again.
_WORTH_ANOTHER_TRY = {401, 403, 408, 425, 429}


def send_by_provider(message: OutgoingMessage, wanted: Sequence[str], credential: Mapping[str, Any]) -> Receipt:
    """Hand the message to the provider named by the credential's `anymail_backend`, set up by `anymail_settings`.

    A single recipient answers to their own signed address; several see each other and answer to the inbox.
    """
    provider = str(credential["anymail_backend"])
    if provider not in PROVIDERS:
        raise ChannelError(
            f"“{provider}” is no known mail provider. Choose one of: {', '.join(PROVIDERS)}.", permanent=False
        )
    mail = _mail(message, wanted)
    try:
        connection = get_connection(
            f"anymail.backends.{provider}.EmailBackend", **dict(credential.get("anymail_settings") or {})
        )
        connection.send_messages([mail])
    except AnymailRecipientsRefused as error:
        raise ChannelError(_words(error), permanent=True) from error
    except AnymailRequestsAPIError as error:
        code = getattr(error, "status_code", None) or 0
        permanent = 400 <= code < 500 and code not in _WORTH_ANOTHER_TRY
        raise ChannelError(_words(error), permanent=permanent) from error
    except (AnymailError, OSError) as error:
        raise ChannelError(_words(error), permanent=False) from error
    status = mail.anymail_status
    refused = {a: str(r.status) for a, r in status.recipients.items() if r.status in {"rejected", "invalid", "failed"}}
    ids = status.message_id if isinstance(status.message_id, set) else {status.message_id}
    return Receipt(provider_id=" ".join(sorted(str(i) for i in ids if i)), refused=refused or None)


def _mail(message: OutgoingMessage, wanted: Sequence[str]) -> AnymailMessage:
    html, pictures = letter.html_of(message)
    own = message.reply_to.get(wanted[0]) if len(wanted) == 1 else None
    headers = {
        "Message-ID": compose.ids([message.message_id]),
        "In-Reply-To": compose.ids([message.in_reply_to]),
        "References": compose.ids(message.references[-compose.MAX_REFERENCES :]).replace("\r\n", ""),
        **(dict(compose.automatic_fields()) if message.automatic else {}),
    }
    mail = AnymailMessage(
        subject=" ".join(message.subject.split()),
        body=letter.text_of(message),
        from_email=_plain(*message.sender),
        to=[_plain(*p) for p in message.to if p[1] in wanted],
        cc=[_plain(*p) for p in message.cc if p[1] in wanted],
        reply_to=[own or message.sender[1]],
        headers={name: value for name, value in headers.items() if value},
    )
    mail.attach_alternative(html, "text/html")
    for file in [*message.files, *pictures]:
        if file.inline and file.content_id:
            from email.encoders import encode_base64
            from email.mime.base import MIMEBase

            kind, _slash, subtype = file.content_type.partition("/")
            part = MIMEBase(kind or "application", subtype or "octet-stream")
            part.set_payload(file.content)
            encode_base64(part)
            part.add_header("Content-Disposition", "inline", filename=("utf-8", "", file.name))
            part.add_header("Content-ID", f"<{file.content_id}>")
            mail.attach(part)
        else:
            mail.attach(file.name, file.content, file.content_type)
    return mail


def _plain(name: str, address: str) -> str:
    """Unencoded; the provider's API encodes for itself."""
    name = " ".join(name.split()).replace('"', "").replace("\\", "")
    return f'"{name}" <{address}>' if name else address


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:900] or type(error).__name__
