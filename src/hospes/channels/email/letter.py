"""The words of an outgoing mail: what was written, the signature, and a short quote of what it answers."""

import base64
import binascii
import hashlib
import re
from typing import Final

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from hospes.channels.adapter import OutgoingFile, OutgoingMessage, Quote
from hospes.core.html import html_to_text

QUOTED_LINES: Final = 40
QUOTED_CHARACTERS: Final = 3000
_CID = re.compile(r'\bdata-cid="([^"]*)"')
_REMOTE = re.compile(r'\bdata-remote-src="([^"]*)"')
_DATA = re.compile(r'\bsrc="data:(image/(?:png|jpe?g|gif|webp));base64,([A-Za-z0-9+/=\s]+)"')
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


def text_of(message: OutgoingMessage) -> str:
    """The plain part."""
    parts = [message.text.rstrip()]
    if message.signature_html:
        parts.append("-- \n" + html_to_text(message.signature_html).strip())
    if message.quote:
        quoted = "\n".join(f"> {line}".rstrip() for line in _quoted_lines(message.quote))
        parts.append(f"{_attribution(message)}\n{quoted}")
    return "\n\n".join(parts) + "\n"


def html_of(message: OutgoingMessage) -> tuple[str, list[OutgoingFile]]:
    """The HTML part, and pictures that stood in it as data and travel beside it.

    No colours of its own, so that it reads well on light and on dark.
    """
    rtl = message.language.partition("-")[0] in settings.LANGUAGES_BIDI
    side = "right" if rtl else "left"
    body, pictures = _with_pictures(message.html) if message.html else (_paragraphs(message.text), [])
    parts = [f'<div dir="auto">{body}</div>']
    if message.signature_html:
        parts.append(f'<div class="gmail_signature" style="margin-top:16px">-- <br>{message.signature_html}</div>')
    if message.quote:
        lines = "<br>\n".join(escape(line) for line in _quoted_lines(message.quote))
        style = f"margin:8px 0 0 0;padding-{side}:12px;border-{side}:2px solid #999999"
        parts.append(
            '<div class="gmail_quote" style="margin-top:24px">'
            f'<div dir="auto" class="gmail_attr">{escape(_attribution(message))}</div>'
            f'<blockquote class="gmail_quote" type="cite" dir="auto" style="{style}">{lines}</blockquote></div>'
        )
    head = (
        f'<!DOCTYPE html>\n<html lang="{escape(message.language or "en")}" dir="{"rtl" if rtl else "ltr"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(' '.join(message.subject.split()))}</title></head>"
    )
    style = f"margin:0;padding:16px;{_FONT};font-size:16px;line-height:1.5"
    return "\n".join([head, f'<body style="{style}">', *parts, "</body></html>", ""]), pictures


def _paragraphs(text: str) -> str:
    blocks = [escape(block).replace("\n", "<br>\n") for block in text.strip().split("\n\n")]
    return "\n".join(f'<p style="margin:0 0 16px 0">{block}</p>' for block in blocks)


def _with_pictures(html: str) -> tuple[str, list[OutgoingFile]]:
    """Pictures that our cleaner holds back get their source again; those in data: URLs become parts, because most
    mail programs do not show them."""
    pictures: dict[str, OutgoingFile] = {}

    def part(found: re.Match[str]) -> str:
        try:
            content = base64.b64decode(found[2], validate=False)
        except binascii.Error:
            return 'src=""'
        cid = f"{hashlib.sha256(content).hexdigest()[:32]}@hospes"
        name = f"image{len(pictures) + 1}.{found[1].partition('/')[2]}"
        pictures.setdefault(cid, OutgoingFile(name, found[1], content, inline=True, content_id=cid))
        return f'src="cid:{cid}"'

    html = _DATA.sub(part, html)
    html = _CID.sub(r'src="cid:\1"', html)
    return _REMOTE.sub(r'src="\1"', html), list(pictures.values())


def _attribution(message: OutgoingMessage) -> str:
    quote = message.quote
    assert quote is not None
    language = message.language if message.language in dict(settings.LANGUAGES) else "en"
    with translation.override(language):
        when = formats.date_format(timezone.localtime(quote.at, timezone.get_default_timezone()), "DATETIME_FORMAT")
        # Translators: above the quoted message in an e-mail; keep the colon at the end
        return _("On %(when)s, %(who)s wrote:") % {"when": when, "who": " ".join(quote.who.split())[:80]}


def _quoted_lines(quote: Quote) -> list[str]:
    text = quote.text.strip()
    lines = text[:QUOTED_CHARACTERS].splitlines()[:QUOTED_LINES]
    if len(text) > QUOTED_CHARACTERS or len(text.splitlines()) > QUOTED_LINES:
        lines.append("…")
    return lines
