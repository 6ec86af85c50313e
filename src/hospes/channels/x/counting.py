"""How long a post is as X counts it, and long answers as a thread (X: Counting characters; twitter-text's version 3).

What twitter-text might or might not take for a link or an emoji is counted the longer way: a post of ours is never
refused for its length.
"""

import re
import unicodedata
from typing import Final

LIMIT: Final = 280
LINK: Final = 23
# Code points that count as one; all others count as two.
_LIGHT: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@.\-/])(?:[\w-]+\.)+[a-z]{2,24}(?:/[^\s<>\"]*)?(?![\w@])", re.IGNORECASE)
_BASE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_ONE: Final = f"{_BASE}(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?(?:[\U000e0020-\U000e007f]+)?"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d{_ONE})*")


def weight(text: str) -> int:
    """The weighted length: links 23, an emoji 2 however it is made up, others by their code points."""
    text = unicodedata.normalize("NFC", text)
    total = 0
    for pattern in (_URL, _BARE):
        links = pattern.findall(text)
        # A link without a dot in its host stays as it is and counts in full.
        total += sum(LINK if _dotted(link) else max(LINK, _plain(link)) for link in links)
        text = pattern.sub(" ", text)
        total -= len(links)
    return total + _plain(text)


def _dotted(link: str) -> bool:
    host = re.split(r"[/?#:]", link.partition("://")[2] or link, maxsplit=1)[0]
    return "." in host.strip(".")


def _plain(text: str) -> int:
    emojis = len(_EMOJI.findall(text))
    rest = _EMOJI.sub("", text)
    return 2 * emojis + sum(1 if any(a <= ord(c) <= b for a, b in _LIGHT) else 2 for c in rest)


def thread(text: str, *, limit: int = LIMIT) -> list[str]:
    """The text in posts of at most `limit`: between words where that can be, links whole."""
    posts: list[str] = []
    current = ""
    for token in re.findall(r"\S+\s*", text.strip()):
        if weight((current + token).strip()) <= limit:
            current += token
            continue
        if current.strip():
            posts.append(current.strip())
        current = token
        while weight(current.strip()) > limit:
            end = _head(current, limit)
            posts.append(current[:end])
            current = current[end:]
    if current.strip():
        posts.append(current.strip())
    return posts


def _head(token: str, limit: int) -> int:
    """How much of a word without spaces fits, not within an emoji."""
    end = min(len(token) - 1, limit)
    while end > 1 and weight(token[:end]) > limit:
        end -= 1
    for emoji in _EMOJI.finditer(token):
        if emoji.start() < end < emoji.end() and emoji.start() > 0:
            return emoji.start()
    return end
