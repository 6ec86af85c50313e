"""The chat's HTTP addresses: come in, say, read, leave. Each reads its input, makes one call, shapes the answer."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils import translation

from hospes.channels.chat import left, policies, queries, reading, saying, shapes, visitors
from hospes.channels.chat.door import Call, visitors_address
from hospes.channels.models import ChatFile, ChatSite
from hospes.core import files
from hospes.core.errors import InvalidInput, NotAllowed, NotFound, TooLarge
from hospes.core.shown import FILE_POLICY, picture_kind
from hospes.tickets.models import Attachment, Message


def language_of(asked: str, site: ChatSite) -> str:
    """The language to speak: the one asked for where the chat offers it, else the inbox's."""
    offered = [one["code"] for one in queries.languages_of(site)]
    short = asked.strip().lower().replace("_", "-").partition("-")[0]
    if short in offered:
        return short
    return site.inbox.language if site.inbox.language in offered or not offered else offered[0]


@visitors_address("GET", token=False)
def boot(call: Call) -> HttpResponse:
    """What the widget is to look like and say."""
    language = language_of(call.request.GET.get("lang", ""), call.site)
    response = JsonResponse(shapes.boot(call.site, language=language, now=call.now))
    response["Cache-Control"] = "private, max-age=20"
    return response


@visitors_address("POST", token=False)
def start(call: Call) -> HttpResponse:
    """A talk begins, or goes on. `only_known`: only who is signed in and has talked with us before comes in."""
    body = call.body()
    signed = signed_of(call, text_of(body, "jwt", 8000))
    if body.get("only_known") is True:
        call.limit_address("known", times=300, seconds=600)
        if signed is None or queries.visitor_by_subject(signed.subject, inbox_id=call.site.inbox.pk) is None:
            return JsonResponse({"token": "", "visitor": "", "offline": False})
    else:
        call.limit_address("start", times=60, seconds=600)
    known = queries.visitor_by_token(text_of(body, "token", 100), inbox_id=call.site.inbox.pk, now=call.now)
    door = queries.door_of(call.site, now=call.now)
    asked = body.get("invitation")
    language = language_of(text_of(body, "lang", 20), call.site)
    coming = visitors.Coming(
        language=language,
        fields={str(k): str(v) for k, v in visitors.as_payload(body.get("fields")).items() if v is not None},
        page=page_of(body),
        signed=signed,
        invitation_id=asked if isinstance(asked, int) and 0 < asked < 2**62 else 0,
        browser=call.request.headers.get("User-Agent", ""),
        offline=not door.open,
    )
    with translation.override(language):
        visitor, token = visitors.come(site=call.site, known=known, coming=coming, now=call.now)
    said = {"token": token or text_of(body, "token", 100), "visitor": visitor.key, "offline": visitor.offline}
    return JsonResponse(said)


def signed_of(call: Call, token: str) -> policies.Signed | None:
    """Who the site says the visitor is. A token that is not the site's is refused, never taken for nobody's."""
    if not token:
        return None
    try:
        return policies.signed_identity(token, queries.signing_secrets(call.site.inbox.pk, now=call.now))
    except policies.BadSignature:
        raise NotAllowed(code="jwt", field="jwt") from None


@visitors_address("GET")
def talk(call: Call) -> HttpResponse:
    """The visitor's own talk, and how it stands."""
    visitor = call.who
    after = call.request.GET.get("after", "")
    cursor = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    messages = queries.talk(visitor, after=cursor, now=call.now)
    reading.note_delivered(messages=messages, now=call.now)
    mailed = [m for m in left.left_by(visitor) if m.pk > cursor or m.created_at > call.now - queries.OVERLAP]
    messages = sorted([*messages, *mailed], key=lambda message: message.pk)
    visitors.note_connected(visitor_ids=[visitor.pk], now=call.now)
    door = queries.door_of(call.site, now=call.now)
    standing = queries.standings([visitor], open_at={call.site.inbox.pk: door.open}, now=call.now)[visitor.key]
    return JsonResponse(
        {
            "messages": [shapes.message_shown(message, inbox_id=visitor.inbox_id) for message in messages],
            "state": standing.shown(),
            "cursor": str(max([cursor, *(message.pk for message in messages)])),
        }
    )


@visitors_address("POST")
def message(call: Call) -> HttpResponse:
    """The visitor says something: 202 once it is kept, however often it is sent."""
    call.limit("say", times=40, seconds=60)
    body = call.body()
    listed = body.get("files")
    message_id = text_of(body, "id", 64)
    with translation.override(call.who.language):
        saying.say(
            site=call.site,
            visitor=call.who,
            message_id=message_id,
            text=text_of(body, "text", saying.LONGEST_TEXT + 1),
            file_tokens=[str(t) for t in listed][:20] if isinstance(listed, list) else [],
            page=page_of(body),
            now=call.now,
        )
    return JsonResponse({"id": message_id}, status=202)


@visitors_address("POST")
def upload(call: Call) -> HttpResponse:
    """A file that will be sent with a message."""
    call.limit("upload", times=20, seconds=600)
    call.limit_address("upload", times=100, seconds=600)
    if not call.site.files:
        raise NotAllowed(field="file")
    if int(call.request.META.get("CONTENT_LENGTH") or 0) > policies.LARGEST_FILE + 100_000:
        raise TooLarge(field="file")
    given = call.request.FILES.get("file")
    if given is None:
        raise InvalidInput(field="file")
    with translation.override(call.who.language):
        kept = saying.keep_file(visitor=call.who, name=given.name or "file", content=given.read(), now=call.now)
    return JsonResponse(shapes.upload_shown(kept, call.site.inbox.pk), status=201)


@visitors_address("POST")
def read(call: Call) -> HttpResponse:
    """The visitor has seen our messages up to this one."""
    until = call.body().get("until")
    if isinstance(until, str) and until.isdigit():
        until = int(until)
    if not isinstance(until, int) or not 0 < until < 2**62:
        raise InvalidInput(field="until")
    reading.note_read(visitor=call.who, until_id=until, now=call.now)
    return HttpResponse(status=204)


@visitors_address("POST")
def rate(call: Call) -> HttpResponse:
    """How the talk was."""
    call.limit("rate", times=10, seconds=600)
    body = call.body()
    score = body.get("score")
    with translation.override(call.who.language):
        reading.rate(
            visitor=call.who,
            score=score if isinstance(score, int) else 0,
            text=text_of(body, "text", 2000),
            now=call.now,
        )
    return HttpResponse(status=204)


@visitors_address("POST")
def transcript(call: Call) -> HttpResponse:
    """The talk by mail."""
    call.limit("transcript", times=3, seconds=3600)
    call.limit_address("transcript", times=20, seconds=3600)
    email = text_of(call.body(), "email", 320) or call.who.email
    with translation.override(call.who.language):
        reading.ask_transcript(visitor=call.who, email=email, now=call.now)
    return JsonResponse({"email": email}, status=202)


@visitors_address("POST")
def end(call: Call) -> HttpResponse:
    """The visitor ends the talk."""
    call.limit("end", times=20, seconds=600)
    reading.end(visitor=call.who, now=call.now)
    return HttpResponse(status=204)


@visitors_address("POST", token=False)
def invited(call: Call) -> HttpResponse:
    """An invitation was shown, or taken."""
    call.limit_address("invited", times=120, seconds=600)
    body = call.body()
    asked = body.get("id")
    if not isinstance(asked, int) or not 0 < asked < 2**62:
        raise InvalidInput(field="id")
    accepted = body.get("what") == "accepted" or body.get("accepted") is True
    visitors.count_invitation(inbox_id=call.site.inbox.pk, invitation_id=asked, accepted=accepted)
    return HttpResponse(status=204)


@visitors_address("GET", origin=False)
def file(call: Call, token: str) -> HttpResponse:
    """A file of this talk, and of no other."""
    key, name = _file_of(call, token)
    content = files.load(key)
    picture = picture_kind(content[:16])
    response = HttpResponse(content, content_type=picture or "application/octet-stream")
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Disposition"] = disposition(name, inline=bool(picture))
    return response


def _file_of(call: Call, token: str) -> tuple[str, str]:
    sent = Attachment.objects.filter(
        token=token,
        message__inbox_id=call.site.inbox.pk,
        message__thread_key=call.who.key,
        message__kind__in=Message.PUBLIC_KINDS,
    ).exclude(message__delivery=Message.Delivery.HELD)
    found: Attachment | ChatFile | None = sent.first()
    if found is None:
        found = Attachment.objects.filter(token=token, message__in=[m.pk for m in left.left_by(call.who)]).first()
    if found is None:
        found = ChatFile.objects.filter(token=token, visitor=call.who).first()
    if found is None:
        raise NotFound
    return found.file_key, found.name


def disposition(name: str, *, inline: bool) -> str:
    """How a browser treats a file: pictures are shown, all else is saved under its name."""
    from django.utils.http import content_disposition_header

    return content_disposition_header(not inline, name) or "attachment"


def text_of(body: dict[str, Any], name: str, longest: int) -> str:
    """A text that a page sent, "" for anything else."""
    value = body.get(name)
    return value[:longest] if isinstance(value, str) else ""


def page_of(body: dict[str, Any]) -> visitors.Page:
    """Where the page says that it is."""
    page = visitors.as_payload(body.get("page"))
    return visitors.Page(text_of(page, "url", 2000), text_of(page, "title", 300), text_of(page, "referrer", 2000))
