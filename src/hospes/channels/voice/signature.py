"""The signature of a Twilio-compatible provider ("Webhooks security": X-Twilio-Signature), in constant time. Pure.

HMAC-SHA1 with the auth token over the address as it was called, query and all, followed by each parameter of the form
in the order of their names, name and value without anything between; in Base64.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

HEADER: Final = "x-twilio-signature"
STANDARD: Final = {"https": 443, "http": 80}


def sign(url: str, pairs: Iterable[tuple[str, str]], token: str) -> str:
    """What the provider writes into the header; a name that comes twice counts with each of its different values."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """The parameters of a form body."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def good(url: str, body: bytes, given: str, token: str) -> bool:
    """Whether the provider signed this. It may have left out or written the standard port."""
    pairs = pairs_of(body)
    found = False
    for one in _spellings(url):
        found |= hmac.compare_digest(sign(one, pairs, token).encode(), given.encode())
    return found


def _spellings(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port is not None:
        return [url, parts._replace(netloc=f"[{host}]" if ":" in host else host).geturl()]
    port = STANDARD.get(parts.scheme)
    return [url] if port is None else [url, parts._replace(netloc=f"{parts.netloc}:{port}").geturl()]
