"""How a message of ours is parted for the provider: long texts at word ends, files with the first part. Pure."""

from typing import Final

from hospes.channels.adapter import OutgoingMessage
from hospes.channels.segments import at_word_ends

LONGEST: Final = 1600
MOST_FILES: Final = 10


def parts_of(message: OutgoingMessage) -> list[tuple[str, tuple[str, ...]]]:
    """(text, addresses of files) of each request, in order."""
    texts = at_word_ends(message.text, LONGEST)
    urls = message.file_urls
    groups = [urls[n : n + MOST_FILES] for n in range(0, len(urls), MOST_FILES)]
    count = max(len(texts), len(groups))
    texts += [""] * (count - len(texts))
    groups += [()] * (count - len(groups))
    return [(text, group) for text, group in zip(texts, groups, strict=True) if text or group] or [("", ())]
