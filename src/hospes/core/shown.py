"""How content from strangers may be shown: pictures by their first bytes, everything under a strict policy."""

from typing import Final

# Nothing runs, nothing loads but our own files; inline styles are those that core.html let through.
FRAME_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
FILE_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


def picture_kind(content: bytes) -> str:
    """The media type of a safe raster picture by its first 16 bytes, whatever it calls itself; else empty."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""
