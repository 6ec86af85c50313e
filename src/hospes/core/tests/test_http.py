"""Row 4: outgoing requests never reach inside, by whatever way the address is dressed up."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hospes.core import http
from hospes.core.http import OutgoingError

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)  # fmt: skip


class Site:
    """A web site on loopback whose answers are told beforehand: path to (status, headers, body)."""

    def __init__(self):
        self.answers, self.asked = {}, []
        site = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = site.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        for port in range(8700, 8990):
            try:
                self.server = ThreadingHTTPServer(("127.0.0.1", port), Answer)
                break
            except OSError:
                continue
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True)
        self.thread.start()

    def url(self, path, host="site.example"):
        return f"http://{host}:{self.port}{path}"


@pytest.fixture
def site():
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


@pytest.fixture
def names(monkeypatch):
    """A name server of our own; unknown names go to the real one. Loopback counts as public for site.example."""
    known = {"site.example": ["127.0.0.1"]}
    real, public = http.resolve, http.is_public
    monkeypatch.setattr(http, "resolve", lambda host, port: known[host] if host in known else real(host, port))
    seen = []

    def count(host, port):
        address = pinned(host, port)
        seen.append((host, address))
        return address

    pinned = http.checked_address
    monkeypatch.setattr(http, "checked_address", count)
    known["public"] = public
    return known


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "nonsense",
        "2002:808:808::1", "64:ff9b:1::808:808", "fec0::1", "192.88.99.1", "::8.8.8.8", "::8.8.8.8%eth0",
    ],
)  # fmt: skip
def test_row_04_addresses_inside_are_not_public(address):
    assert not http.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_open_internet_are_public(address):
    assert http.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
        "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data/",
        "http://user:pass@8.8.8.8/", "http://8.8.8.8:22/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/",
        "http://", "http:///path", "//8.8.8.8/", "http://8.8.8.8:99999/", "http://8.8.8.8/a b", "http://[::1",
    ],
)  # fmt: skip
def test_row_04_odd_spellings_and_schemes_are_refused(url):
    with pytest.raises(OutgoingError):
        http.fetch("GET", url, timeout=2)


def test_row_04_a_name_that_points_inside_is_refused(names):
    names["127.0.0.1.nip.example"] = ["127.0.0.1"]
    names["mixed.example"] = ["8.8.8.8", "10.0.0.1"]
    for host in ("127.0.0.1.nip.example", "mixed.example"):
        with pytest.raises(OutgoingError, match="private network"):
            http.fetch("GET", f"http://{host}/", timeout=2)


def test_row_04_a_name_is_resolved_once_so_rebinding_finds_nothing(monkeypatch, site):
    answers = iter([["203.0.113.7"], ["127.0.0.1"]])
    monkeypatch.setattr(http, "resolve", lambda host, port: next(answers))
    monkeypatch.setattr(http, "is_public", lambda address: address != "127.0.0.1")
    connected = []

    def connect(self, host, port, *more):
        connected.append(host)
        raise OSError("stop here")

    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(OutgoingError):
        http.fetch("GET", site.url("/"), timeout=2)
    assert connected == ["203.0.113.7"]
    assert site.asked == []


def test_row_04_redirects_are_checked_one_by_one(site, names, settings):
    settings.HTTP_ALLOW = ["site.example"]
    site.answers["/hop"] = (302, {"Location": f"http://127.0.0.1:{site.port}/secret"}, b"")
    site.answers["/chain"] = (302, {"Location": "/hop"}, b"")
    site.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    site.answers["/secret"] = (200, {}, b"secret")
    for path in ("/hop", "/chain"):
        with pytest.raises(OutgoingError, match="private network"):
            http.fetch("GET", site.url(path))
    with pytest.raises(OutgoingError, match="without end"):
        http.fetch("GET", site.url("/loop"))
    assert "/secret" not in [path for path, _headers in site.asked]


def test_an_allowed_host_is_reached_by_its_name(site, names, settings):
    settings.HTTP_ALLOW = ["site.example"]
    site.answers["/"] = (200, {"Content-Type": "text/plain"}, b"hello")
    answer = http.fetch("GET", site.url("/"), headers={"X-One": "1"})
    assert (answer.status, answer.body) == (200, b"hello")
    [(_path, headers)] = site.asked
    assert headers["Host"].startswith("site.example")
    assert headers["X-One"] == "1"


def test_row_16_large_and_packed_answers_are_cut_off(site, names, settings):
    settings.HTTP_ALLOW = ["127.0.0.0/8"]
    site.answers["/big"] = (200, {}, b"x" * 2_000_000)
    site.answers["/packed"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    with pytest.raises(OutgoingError, match="too large"):
        http.fetch("GET", site.url("/big"), max_bytes=1_000_000)
    with pytest.raises(OutgoingError, match="packed"):
        http.fetch("GET", site.url("/packed"))


def test_only_real_pictures_are_pictures(site, names, settings):
    settings.HTTP_ALLOW = ["site.example"]
    site.answers["/good.png"] = (200, {"Content-Type": "text/html"}, PNG)
    site.answers["/evil.png"] = (200, {"Content-Type": "image/png"}, b"<svg onload='alert(1)'/>")
    site.answers["/gone.png"] = (404, {"Content-Type": "image/png"}, PNG)
    assert http.fetch_image(site.url("/good.png")) == (PNG, "image/png")
    for path in ("/evil.png", "/gone.png"):
        with pytest.raises(OutgoingError):
            http.fetch_image(site.url(path))


def test_a_server_that_trickles_its_head_is_left_at_the_end_of_the_time(settings, names):
    settings.HTTP_ALLOW = ["site.example"]
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        names["site.example"] = ["127.0.0.1"]
        settings.HTTP_ALLOW = ["site.example", "127.0.0.1"]

        def trickle():
            connection, _peer = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        try:
            with pytest.raises(OutgoingError, match="in time"):
                http.fetch("GET", f"http://site.example:{listening.getsockname()[1]}/", timeout=0.5)
        finally:
            stop.set()
            thread.join()
