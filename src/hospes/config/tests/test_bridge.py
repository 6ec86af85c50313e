"""The way from an ASGI server into Django's threads and back."""

import asyncio
import io
import threading

from hospes.config import asgi
from hospes.config.bridge import ThreadBridge, environ


def _scope(**more):
    plain = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("localhost", 8000),
        "client": ("203.0.113.9", 4711),
        "headers": [],
    }
    return plain | more


def _ask(application, body=(b"",), **more):
    """Send one request in pieces and return status, headers and the pieces that came back."""
    sent = []
    pieces = [
        {"type": "http.request", "body": piece, "more_body": number < len(body)} for number, piece in enumerate(body, 1)
    ]

    async def receive():
        return pieces.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(application(_scope(**more), receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), [message["body"] for message in sent[1:]]


class _Streamed:
    streaming = True

    def __init__(self, pieces):
        self.pieces, self.closed = iter(pieces), False

    def __iter__(self):
        return self.pieces

    def close(self):
        self.closed = True


class _Plain(list):
    def close(self):
        pass


def _echo(request, start):
    body = request["wsgi.input"].read()
    start("201 Created", [("Content-Type", "text/plain"), ("Length-Read", str(len(body)))])
    return _Plain([body, b"!"])


def test_a_body_in_pieces_arrives_whole_and_the_answer_comes_back():
    status, headers, pieces = _ask(ThreadBridge(_echo, threads=1, largest_body=100), body=(b"ab", b"", b"cd"))
    assert (status, headers[b"length-read"], b"".join(pieces)) == (201, b"4", b"abcd!")


def test_a_body_of_many_megabytes_arrives_whole():
    piece = b"x" * 65536
    _, headers, _ = _ask(ThreadBridge(_echo, threads=1, largest_body=2**25), body=(piece,) * 400)
    assert headers[b"length-read"] == str(65536 * 400).encode()


def test_a_body_over_the_limit_is_refused_announced_or_not():
    called = threading.Event()

    def application(request, start):
        called.set()
        return _echo(request, start)

    bridge = ThreadBridge(application, threads=1, largest_body=10)
    assert _ask(bridge, headers=[(b"content-length", b"11")])[0] == 413
    assert _ask(bridge, body=(b"123456", b"789012"))[0] == 413
    assert not called.is_set()


def test_half_a_request_is_none():
    called = threading.Event()

    def application(request, start):
        called.set()
        return _echo(request, start)

    messages = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(ThreadBridge(application, threads=1, largest_body=100)(_scope(), receive, send))
    assert not sent
    assert not called.is_set()


def test_a_long_answer_is_sent_piece_by_piece_and_closed():
    made = []

    def application(request, start):
        start("200 OK", [("Content-Length", str(3 * 200_000))])
        made.append(_Streamed([b"a" * 200_000, b"b" * 200_000, b"c" * 200_000]))
        return made[0]

    _, _, pieces = _ask(ThreadBridge(application, threads=1, largest_body=10))
    assert [piece[:1] for piece in pieces] == [b"a", b"b", b"c", b""]
    assert made[0].closed


def test_a_short_streamed_answer_is_sent_at_once():
    def application(request, start):
        start("200 OK", [("Content-Length", "4")])
        return _Streamed([b"ab", b"cd"])

    assert _ask(ThreadBridge(application, threads=1, largest_body=10))[2] == [b"abcd"]


def test_names_with_an_underscore_cannot_pose_as_names_with_a_hyphen():
    headers = [
        (b"x_forwarded_for", b"1.2.3.4"),
        (b"accept", b"a"),
        (b"accept", b"b"),
        (b"cookie", b"c"),
        (b"cookie", b"d"),
    ]
    request = environ(_scope(headers=headers, path="/żółw", query_string=b"a=%20"), io.BytesIO(b"12345"))
    assert "HTTP_X_FORWARDED_FOR" not in request
    assert (request["HTTP_ACCEPT"], request["HTTP_COOKIE"]) == ("a,b", "c; d")
    assert request["CONTENT_LENGTH"] == "5"
    assert request["PATH_INFO"].encode("latin-1").decode() == "/żółw"
    assert request["REMOTE_ADDR"] == "203.0.113.9"


def _door(monkeypatch, proxies, claimed):
    """What reaches Django when the server's door is opened with `proxies` listed."""
    seen = []

    async def pages(scope, receive, send):
        seen.append(scope)

    monkeypatch.setattr(asgi, "pages", pages)
    scope = _scope(headers=[(b"x-forwarded-for", claimed), (b"x-forwarded-proto", b"https"), (b"host", b"a")])
    asyncio.run(asgi.door(proxies)(scope, None, None))
    return seen[0]


def test_only_a_listed_proxy_is_believed_about_the_client(monkeypatch):
    stranger = _door(monkeypatch, [], b"198.51.100.1")
    assert (stranger["client"][0], stranger["scheme"]) == ("203.0.113.9", "http")
    believed = _door(monkeypatch, ["203.0.113.0/24"], b"192.0.2.66, 198.51.100.1")
    assert (believed["client"][0], believed["scheme"]) == ("198.51.100.1", "https")
    for scope in (stranger, believed):
        names = [name for name, _ in scope["headers"]]
        assert names == [b"host", b"hospes-forwarded"]  # that somebody stood between is kept, not what they said
