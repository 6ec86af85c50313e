"""Outgoing HTTP to addresses that people give: never into the company's own network (SSRF guard).

A name is resolved once, every address it has is checked, and the connection goes to the checked address, so that a
name server cannot answer differently a moment later (DNS rebinding). Redirects are followed by hand, each checked
anew. Nothing is taken from the environment's proxies, and no compressed answer is asked for or unpacked.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpcore
from django.conf import settings
from django.utils.translation import gettext as _

from hospes.core.errors import HospesError

REDIRECTS: Final = 5
GLANCE: Final = 0.5  # seconds between two looks at whether an answer is still wanted
PORTS: Final = frozenset({80, 443, *range(8000, 9000)})
MAX_PIXELS: Final = 40_000_000
IMAGE_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# What Python counts as global and we do not: 6to4, Teredo and local NAT64 hide other addresses, the rest is special.
_DENIED: Final = tuple(
    ipaddress.ip_network(net)
    for net in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2002::/16",
        "2001::/23",
        "64:ff9b:1::/48",
        "fec0::/10",
        "3fff::/20",
        "::/96",
    )
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutgoingError(HospesError):
    """The address may not be asked, or did not answer as wanted; the message says which."""

    code = "outgoing"
    status = 422


class TooLargeError(OutgoingError):
    """The answer is larger than wanted; asking again will not help."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from after redirects; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = ""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system resolves it (so that odd spellings of addresses are understood alike)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet, also when it hides an IPv4 address inside an IPv6 one."""
    try:
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return is_public(str(inner))
    if any(ip in network for network in _DENIED if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _allowed_inside(host: str, address: str) -> bool:
    for entry in settings.HTTP_ALLOW:
        if entry.casefold() == host.casefold():
            return True
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def checked_address(host: str, port: int) -> str:
    """The address to connect to. Raises OutgoingError when any address of the name lies inside."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        raise OutgoingError(_("The name %(host)s is not known.") % {"host": host}) from None
    if not addresses:
        raise OutgoingError(_("The name %(host)s is not known.") % {"host": host})
    for address in addresses:
        if not (is_public(address) or _allowed_inside(host, address)):
            raise OutgoingError(
                _("%(host)s lies in a private network. An administrator can allow it by HOSPES_HTTP_ALLOW.")
                % {"host": host}
            )
    return addresses[0]


class _Timed(httpcore.NetworkStream):
    """A connection whose every step ends at one moment: a server that sends a byte now and then gains nothing."""

    def __init__(self, real: httpcore.NetworkStream, end: float, stopped: Callable[[], bool] | None = None) -> None:
        self._real = real
        self._end = end
        self._stopped = stopped

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the real one, until the end, or until somebody does not want it any more."""
        if self._stopped is None:
            return self._real.read(max_bytes, self._left())
        while not self._stopped():
            left = self._left()
            try:
                return self._real.read(max_bytes, min(left, GLANCE))
            except httpcore.ReadTimeout:
                continue  # nothing came in this moment
        raise httpcore.ReadError("stopped")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the real one, until the end."""
        self._real.write(buffer, self._left())

    def close(self) -> None:
        """As the real one."""
        self._real.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """As the real one, until the end; the name is the address's own."""
        return _Timed(self._real.start_tls(ssl_context, server_hostname, self._left()), self._end, self._stopped)

    def get_extra_info(self, info: str) -> Any:
        """As the real one."""
        return self._real.get_extra_info(info)


class _Pinned(httpcore.SyncBackend):
    """Connects to the address that was checked, and to no other. `end` is when all has to be over (monotonic)."""

    def __init__(self, end: float, stopped: Callable[[], bool] | None = None) -> None:
        self._end = end
        self._stopped = stopped

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check and connect in one step."""
        address = checked_address(host, port)
        real = super().connect_tcp(address, port, timeout, local_address, socket_options)
        return _Timed(real, self._end, self._stopped)


@cache
def _certificates() -> ssl.SSLContext:
    """Made once: reading the system's certificates takes longer than most answers."""
    return ssl.create_default_context()


def _checked_url(url: str) -> tuple[str, int]:
    """(host, port) of an address that may be asked. Raises OutgoingError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise OutgoingError(_("This is not an address.")) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise OutgoingError(_("Only addresses with http:// or https:// can be asked."))
    if parts.username or parts.password:
        raise OutgoingError(_("Leave name and password out of the address."))
    if port not in PORTS and host not in settings.HTTP_ALLOW:
        raise OutgoingError(_("Port %(port)s may not be asked.") % {"port": port})
    if any(c.isspace() or ord(c) < 32 for c in url):
        raise OutgoingError(_("This is not an address."))
    return host, port


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 10.0,
    max_bytes: int = 5_000_000,
    content_types: Sequence[str] = (),
    redirects: bool = True,
    stopped: Callable[[], bool] | None = None,
) -> Fetched:
    """Ask once, following at most five redirects, or none; `timeout` is in seconds for the whole. An answer that is
    waited for is given up within a moment once `stopped` says so.

    Raises OutgoingError for an address that may not be asked, an answer over `max_bytes`, one whose type is not
    among `content_types`, and for anything that goes wrong on the way.
    """
    end = time.monotonic() + timeout
    sent = {"User-Agent": "Hospes", "Accept-Encoding": "identity", **(headers or {})}
    with httpcore.ConnectionPool(ssl_context=_certificates(), network_backend=_Pinned(end, stopped)) as pool:
        for _hop in range(REDIRECTS + 1):
            host, _port = _checked_url(url)
            answer = _ask(pool, method, url, sent, body, end, max_bytes, content_types)
            location = answer.headers.get("location")
            if not redirects or answer.status not in {301, 302, 303, 307, 308} or not location:
                return answer
            url = urljoin(url, location)
            if urlsplit(url).hostname != host:  # what was meant for one host is not told another
                sent = {name: value for name, value in sent.items() if name.lower() not in {"authorization", "cookie"}}
            if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):
                method, body = "GET", None
    raise OutgoingError(_("This address leads from one to the next without end."))


def _ask(
    pool: httpcore.ConnectionPool,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    end: float,
    max_bytes: int,
    content_types: Sequence[str],
) -> Fetched:
    left = max(0.1, end - time.monotonic())
    limits = dict.fromkeys(("connect", "read", "write", "pool"), left)
    parts = urlsplit(url)
    plain = parts._replace(fragment="").geturl()
    try:
        with pool.stream(
            method, plain, headers=list(headers.items()), content=body or b"", extensions={"timeout": limits}
        ) as response:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if 300 <= response.status < 400:
                return Fetched(response.status, found, b"", url)
            _check_kind(found, content_types)
            told = found.get("content-length", "")
            if told.isascii() and told.isdigit() and int(told[:20]) > max_bytes:  # no need to read it all first
                raise TooLargeError(_("The answer is too large."))
            return Fetched(response.status, found, _read(response.iter_stream, end, max_bytes), url)
    except OutgoingError:
        raise
    except (httpcore.TimeoutException, TimeoutError):
        raise OutgoingError(_("%(host)s did not answer in time.") % {"host": parts.hostname}) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as error:
        words = {"host": parts.hostname, "error": str(error)[:200]}
        raise OutgoingError(_("%(host)s could not be reached: %(error)s") % words) from None


def _check_kind(headers: Mapping[str, str], content_types: Sequence[str]) -> None:
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise OutgoingError(_("The answer is packed in a way that was not asked for."))
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_types and kind not in content_types:
        raise OutgoingError(_("The answer is of another kind: %(kind)s.") % {"kind": kind or "?"})


def _read(stream: Callable[[], Iterable[bytes]], end: float, max_bytes: int) -> bytes:
    pieces, size = [], 0
    for piece in stream():
        size += len(piece)
        if size > max_bytes:
            raise TooLargeError(_("The answer is too large."))
        if time.monotonic() > end:
            raise OutgoingError(_("The answer took too long."))
        pieces.append(piece)
    return b"".join(pieces)


def fetch_bytes(url: str, *, max_bytes: int = 5_000_000) -> bytes:
    """What lies at an address. Raises OutgoingError, also for an answer other than 200."""
    answer = fetch("GET", url, max_bytes=max_bytes)
    if answer.status != 200:
        raise OutgoingError(_("The answer was %(status)s.") % {"status": answer.status})
    return answer.body


def fetch_image(url: str, *, max_bytes: int = 5_000_000) -> tuple[bytes, str]:
    """(bytes, content type) of a raster picture, known by its content. Raises OutgoingError for anything else, for SVG
    and for pictures of more than 40 million pixels."""
    from PIL import Image, UnidentifiedImageError

    content = fetch_bytes(url, max_bytes=max_bytes)
    try:
        with Image.open(BytesIO(content), formats=list(IMAGE_TYPES)) as picture:
            kind, pixels = picture.format or "", picture.width * picture.height
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise OutgoingError(_("This is not a picture.")) from None
    if pixels > MAX_PIXELS:
        raise OutgoingError(_("This picture is too large."))
    return content, IMAGE_TYPES[kind]
