"""Builds raw mails as customers' programs write them: plain, HTML, old charsets, signatures, quotes, files, reports."""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Final

from hospes.config.demo import pictures, writing
from hospes.config.demo.people import Person

# The line above a quote, as mail programs write it in each language.
WROTE: Final = {
    "en": "On {date}, {who} wrote:",
    "lv": "{date}, {who} rakstīja:",
    "tr": "{date} tarihinde {who} şunu yazdı:",
    "uz": "{date}, {who} yozgan:",
    "fa": "در تاریخ {date}، {who} نوشت:",
    "hy": "{date}, {who} գրել է․",
}
# Charsets in which older programs still write; Python falls back to UTF-8 where a sign is missing.
OLD_CHARSETS: Final = {"lv": "iso-8859-13", "tr": "iso-8859-9", "en": "iso-8859-1", "fa": "windows-1256"}
PROGRAMS: Final = ("Apple Mail (2.3774)", "Mozilla Thunderbird", "Microsoft Outlook 16.0", "K-9 Mail for Android", "")


@dataclass(frozen=True, slots=True)
class Letter:
    """Which mail is answered: bare ids, the words that are quoted, and who said them when."""

    message_id: str
    references: tuple[str, ...]
    subject: str
    answer_to: str
    who: str
    agent: str
    date: str
    text: str
    automatic: bool


def read(mail: Message) -> Letter:
    """A mail of ours as its recipient's program sees it."""
    body = mail.get_body(("plain", "html")) if isinstance(mail, EmailMessage) else None
    text = body.get_content() if body is not None else ""
    return Letter(
        message_id=str(mail["Message-ID"] or "").strip().strip("<>"),
        references=tuple(part.strip("<>") for part in str(mail["References"] or "").split()),
        subject=str(mail["Subject"] or ""),
        answer_to=parseaddr(str(mail["Reply-To"] or mail["From"] or ""))[1],
        who=str(mail["From"] or ""),
        agent=_agent(mail),
        date=str(mail["Date"] or ""),
        text=text,
        automatic=str(mail["Auto-Submitted"] or "no").strip().lower() != "no",
    )


def _agent(mail: Message) -> str:
    """Who wrote: "Anna Kalniņa (Samovar & Co)" without the company."""
    addresses = getattr(mail["From"], "addresses", ())
    return str(addresses[0].display_name).partition(" (")[0].strip() if addresses else ""


def first(matter: writing.Matter, *, to: str, at: datetime) -> EmailMessage:
    """A customer's first mail about something."""
    mail = _begin(matter.person, to=to, subject=writing.subject_of(matter), at=at)
    _write(mail, matter, writing.opening(matter), quoted="")
    return mail


def answer(matter: writing.Matter, turn: str, letter: Letter, *, at: datetime) -> EmailMessage:
    """A customer's answer to a mail of ours, with its words below as their program quotes them."""
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    mail = _begin(matter.person, to=letter.answer_to, subject=subject, at=at)
    _thread(mail, letter)
    line = WROTE[matter.person.language].format(date=letter.date, who=letter.who)
    shown = letter.text.strip().splitlines()[:60]
    quoted = "\n".join([line, "", *(f"> {part}".rstrip() for part in shown)])
    _write(mail, matter, writing.customer_turn(matter, turn, letter.agent), quoted=quoted)
    return mail


def away(matter: writing.Matter, letter: Letter, *, at: datetime) -> EmailMessage:
    """An out-of-office reply (RFC 3834)."""
    subject, words = writing.out_of_office(matter, letter.subject)
    mail = _begin(matter.person, to=letter.answer_to, subject=subject, at=at)
    _thread(mail, letter)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(words)
    return mail


def bounce(letter: Letter, *, recipient: str, to: str, at: datetime) -> EmailMessage:
    """The report of a mail server that could not deliver (RFC 3464), with the header of what came back."""
    domain = recipient.rpartition("@")[2]
    why = f"550 5.2.2 <{recipient}>: user is over quota"
    mail = EmailMessage()
    mail["From"] = f"Mail Delivery System <mailer-daemon@{domain}>"
    mail["To"] = to
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{secrets.token_hex(9)}@{domain}>"
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(f"Your message could not be delivered to one or more recipients.\n\n<{recipient}>: {why}\n")
    mail.make_mixed()
    mail.set_type("multipart/report")
    mail.set_param("report-type", "delivery-status")
    status, about, each = EmailMessage(), Message(), Message()
    about["Reporting-MTA"] = f"dns; mx.{domain}"
    each["Final-Recipient"] = f"rfc822; {recipient}"
    each["Action"], each["Status"], each["Diagnostic-Code"] = "failed", "5.2.2", f"smtp; {why}"
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([about, each])
    mail.attach(status)
    head = EmailMessage()
    head["Content-Type"] = "text/rfc822-headers"
    head.set_payload(f"Message-ID: <{letter.message_id}>\nSubject: returned\n")
    mail.attach(head)
    return mail


def _begin(person: Person, *, to: str, subject: str, at: datetime) -> EmailMessage:
    mail = EmailMessage()
    local, _at, domain = person.address.rpartition("@")
    mail["From"] = Address(person.name.full, local, domain)
    mail["To"] = to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{secrets.token_hex(10)}@{domain}>"
    return mail


def _thread(mail: EmailMessage, letter: Letter) -> None:
    mail["In-Reply-To"] = f"<{letter.message_id}>"
    mail["References"] = " ".join(f"<{ref}>" for ref in (*letter.references[-15:], letter.message_id))


def _write(mail: EmailMessage, matter: writing.Matter, words: str, *, quoted: str) -> None:
    """The body: words, a signature, the quote; plain alone or with HTML beside it; sometimes a photograph."""
    dice, language = matter.dice, matter.person.language
    signature = _signature(matter) if dice.random() < 0.35 else ""
    text = "\n\n".join(part for part in (words, signature, quoted) if part) + "\n"
    charset = OLD_CHARSETS.get(language, "utf-8") if dice.random() < 0.25 else "utf-8"
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    mail.set_content(text, charset=charset, cte=dice.choice(["quoted-printable", "base64"]))
    if dice.random() < 0.55:
        mail.add_alternative(_as_html(words, signature, quoted, rtl=language == "fa"), subtype="html")
    if wants_photo(matter) and dice.random() < 0.7:
        number = dice.randrange(12)
        name = f"IMG_{dice.randint(1000, 9999)}.png"
        mail.add_attachment(pictures.photo(number), maintype="image", subtype="png", filename=name)
    program = dice.choice(PROGRAMS)
    if program:
        mail["X-Mailer"] = program


def wants_photo(matter: writing.Matter) -> bool:
    """Whether people show what they write about."""
    return matter.key in {"leak", "broken", "colour", "wrong"}


def _signature(matter: writing.Matter) -> str:
    person = matter.person
    if matter.dice.random() < 0.5:
        return writing.phone_signature(matter)
    lines = [person.name.full, *([person.works_at.name] if person.works_at else []), person.phone, person.city]
    return "-- \n" + "\n".join(line for line in lines if line)


def _as_html(words: str, signature: str, quoted: str, *, rtl: bool) -> str:
    """As web mail writes it: the quote in a block that programs fold."""
    line, _empty, rest = quoted.partition("\n")
    said = "\n".join(part.removeprefix(">").removeprefix(" ") for part in rest.strip().splitlines())
    below = (
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(line)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
        f"{_broken(said)}</blockquote></div>"
        if quoted
        else ""
    )
    sign = ""
    if signature:
        sign = f'<br><div class="gmail_signature">{_broken(signature.removeprefix("-- ").strip())}</div>'
    return f'<div dir="{"rtl" if rtl else "ltr"}">{_broken(words)}</div>{sign}{below}\n'


def _broken(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>\n")


def dice(seed: int | None = None) -> random.Random:
    """Chance for a play, not for secrets."""
    return random.Random(seed)  # noqa: S311
