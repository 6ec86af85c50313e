"""What we say on WhatsApp: the requests that the Cloud API asks for.

After the pages "Cloud API: messages", "Text, image, video, audio and document messages", "Interactive reply buttons and
list messages", "Contextual replies", "Media" (upload, supported types and sizes), "Mark messages as read", "Typing
indicators" (25 seconds or until the answer), "Business-scoped user IDs" (recipient).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Receipt
from hospes.channels.whatsapp import templates
from hospes.tickets.ways import MB

TEXT: Final = 4096
CAPTION: Final = 1024
BODY_WITH_BUTTONS: Final = 1024
BUTTONS, BUTTON_TITLE = 3, 20
ROWS, ROW_TITLE = 10, 24
LATE: Final = timedelta(hours=1)
TYPING_LASTS: Final = 25

# Content type: (kind of message, largest file). "Media: supported media types".
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
FILE_TYPES: Final[dict[str, tuple[str, int]]] = {
    "image/jpeg": ("image", 5 * MB),
    "image/png": ("image", 5 * MB),
    "video/mp4": ("video", 16 * MB),
    "video/3gpp": ("video", 16 * MB),
    "audio/aac": ("audio", 16 * MB),
    "audio/amr": ("audio", 16 * MB),
    "audio/mpeg": ("audio", 16 * MB),
    "audio/mp4": ("audio", 16 * MB),
    "audio/ogg": ("audio", 16 * MB),
    **dict.fromkeys(
        (
            "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
            f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation", "text/plain",
        ),
        ("document", 100 * MB),
    ),
}  # fmt: skip


def send(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Send a message in as many parts as it takes. Raises ChannelError."""
    return meta.in_steps(_steps(message, credential), message.done_recipients)


def mark_read(message_id: str, credential: Mapping[str, Any], *, typing: bool = False) -> None:
    """Show the customer that their message was read, and that somebody writes. Raises ChannelError."""
    told: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    if typing:
        told["typing_indicator"] = {"type": "text"}
    meta.graph("POST", _messages(credential), credential, data=told, timeout=5.0)


def _messages(credential: Mapping[str, Any]) -> str:
    return f"{credential.get('phone_number_id', '')}/messages"


def _steps(message: OutgoingMessage, credential: Mapping[str, Any]) -> list[Callable[[], str]]:
    head = _head(message)
    if message.extra.get("template"):
        return [partial(_send_template, message, head, credential)]
    for file in message.files:
        check_file(file)
    said = bodies(message)
    quoted = _quoted(message)
    steps: list[Callable[[], str]] = []
    for number, body in enumerate(said):
        steps.append(partial(_post, {**head, **(quoted if number == 0 else {}), **body}, credential))
    caption = "" if said else message.text.strip()
    files_head = {**head, **({} if said else quoted)}
    steps += [partial(_send_file, file, caption, files_head, credential) for file in message.files]
    if not steps:
        raise ChannelError("There is nothing to send.", permanent=True)
    return steps


def _head(message: OutgoingMessage) -> dict[str, Any]:
    """To whom: by number, or by the id of somebody who shows none."""
    address = message.recipient
    whom = {"recipient": address.partition(":")[2]} if address.startswith("whatsapp:") else {"to": address}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **whom}


def _quoted(message: OutgoingMessage) -> dict[str, Any]:
    """A late answer quotes what it answers; a quick one needs no quotation."""
    if message.automatic or not message.answered_id or message.answered_at is None:
        return {}
    late = message.at - message.answered_at > LATE
    return {"context": {"message_id": message.answered_id}} if late else {}


def bodies(message: OutgoingMessage) -> list[dict[str, Any]]:
    """The text as messages: in parts, the last with what can be pressed. [] when it goes as a file's caption."""
    text = message.text.strip()
    titles = [str(title) for title in message.extra.get("buttons") or []]
    if len(message.files) == 1 and len(text) <= CAPTION and not titles and kind_of(message.files[0]) != "audio":
        return []
    with translation.override(message.language if message.language in dict(settings.LANGUAGES) else None):
        with_buttons = pressable(text, titles)
    if titles and not with_buttons:
        text += "\n\n" + "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    if with_buttons:
        return [with_buttons]
    return [_text(part) for part in meta.parts(text, TEXT)]


def _text(part: str) -> dict[str, Any]:
    linked = "http://" in part or "https://" in part
    return {"type": "text", "text": {"preview_url": linked, "body": part}}


def pressable(text: str, titles: Sequence[str]) -> dict[str, Any]:
    """Up to three buttons, else a list of up to ten lines; {} where the words are too long for either."""
    if not titles or not text or len(set(titles)) < len(titles):
        return {}
    ids = {f"choice-{number}": title for number, title in enumerate(titles, 1)}
    if len(titles) <= BUTTONS and max(map(len, titles)) <= BUTTON_TITLE and len(text) <= BODY_WITH_BUTTONS:
        buttons = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in ids.items()]
        inside: dict[str, Any] = {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
        return {"type": "interactive", "interactive": inside}
    if len(titles) <= ROWS and max(map(len, titles)) <= ROW_TITLE and len(text) <= TEXT:
        rows = [{"id": key, "title": title} for key, title in ids.items()]
        # Translators: on a button that opens a list of answers to choose from; at most 20 letters
        action = {"button": gettext("Choose")[:BUTTON_TITLE], "sections": [{"rows": rows}]}
        return {"type": "interactive", "interactive": {"type": "list", "body": {"text": text}, "action": action}}
    return {}


# Files --------------------------------------------------------------------------------------------


def kind_of(file: OutgoingFile) -> str:
    """As which kind of message a file goes; "" for none."""
    return _limit(file)[0]


def _limit(file: OutgoingFile) -> tuple[str, int]:
    return FILE_TYPES.get(file.content_type.partition(";")[0].strip().lower(), ("", 0))


def check_file(file: OutgoingFile) -> None:
    """Raises ChannelError for a file that WhatsApp does not take."""
    kind, limit = _limit(file)
    if not kind:
        words = gettext("WhatsApp takes no files of this kind: %(name)s.")
    elif len(file.content) > limit:
        words = gettext("This file is too large for WhatsApp: %(name)s.")
    else:
        return
    raise ChannelError(words % {"name": file.name}, permanent=True)


def upload(file: OutgoingFile, credential: Mapping[str, Any]) -> str:
    """Hand a file over; its media id. Raises ChannelError."""
    kind = file.content_type.partition(";")[0].strip().lower()
    said = meta.graph(
        "POST",
        f"{credential.get('phone_number_id', '')}/media",
        credential,
        form={"messaging_product": "whatsapp", "type": kind},
        files={"file": (file.name, kind, file.content)},
        timeout=120.0,
    )
    return meta.words_at(said, "id")


def _send_file(file: OutgoingFile, caption: str, head: Mapping[str, Any], credential: Mapping[str, Any]) -> str:
    kind = kind_of(file)
    media: dict[str, Any] = {"id": upload(file, credential)}
    if caption and kind != "audio":
        media["caption"] = caption
    if kind == "document":
        media["filename"] = file.name
    return _post({**head, "type": kind, kind: media}, credential)


def _send_template(message: OutgoingMessage, head: Mapping[str, Any], credential: Mapping[str, Any]) -> str:
    wanted = message.extra["template"]
    parts = wanted.get("parts") or []
    kind = templates.header_kind(parts)
    media: dict[str, Any] = {}
    if kind and message.files:
        media = {"type": kind, kind: {"id": upload(message.files[0], credential)}}
    told: dict[str, Any] = {"name": wanted["name"], "language": {"code": wanted["language"]}}
    components = templates.filled(parts, wanted.get("values") or [], media)
    if components:
        told["components"] = components
    return _post({**head, "type": "template", "template": told}, credential)


def _post(body: Mapping[str, Any], credential: Mapping[str, Any]) -> str:
    said = meta.graph("POST", _messages(credential), credential, data=body)
    return next((meta.words_at(one, "id") for one in meta.objects_at(said, "messages")), "")
