"""What the HTML of mail programs says about quotes, and how a page is cut so that only the new words stay."""

import re
from collections.abc import Sequence

from hospes.channels.email.parsing.quoting import Split, split_lines
from hospes.core.html_text import Line, html_lines

# Containers after which everything is history (their authors do not write below them).
_CUT = re.compile(
    r"divrplyfwdmsg|outlookmessageheader|yahoo_quoted|zwchr|mail-editor-reference-message-container|"
    r"ms-outlook-mobile-reference-message|reply-intro-outlook|x-yahoo-quoted|tutanota_quote_header|"
    r"ntes-mailmaster-quote|qq_mail_quote|origbody|isforwardcontent|messagereplysection",
    re.IGNORECASE,
)
# Containers of "On … wrote:" and of the quote below it.
_ATTRIBUTION = re.compile(
    r"gmail_quote|gmail_attr|moz-cite-prefix|protonmail_quote|tutanota_quote|yahoo_quoted|wmquote|zmail_extra|"
    r"replyheader|ydp[0-9a-f]+yahoo|mailru-blockquote|hmquote|skiptranslate-quote|fastmail-quote|mb_quote|"
    r"history_container|appleoriginalcontents|gmx_quote|name=[\"']quote[\"']",
    re.IGNORECASE,
)
_BORDER = re.compile(
    r"border\s*:\s*none\s*;\s*border-top\s*:\s*solid\s+#?(?:[0-9a-f]{3,6}|\w+)\s+1\.0pt|"
    r"border-top\s*:\s*#?(?:b5c4df|e1e1e1)\s+1(?:\.0)?p[tx]\s+solid",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<(?!img\b|IMG\b)/?[A-Za-z][^<>]*>")


def mark(name: str, attributes: str) -> str:
    """What a start tag says of the line that follows: "cut", "attr", "border" or nothing."""
    if name in ("a", "img", "td", "font", "br"):
        return ""
    if len(attributes) < 8:
        return ""
    if _CUT.search(attributes):
        return "cut"
    if _ATTRIBUTION.search(attributes):
        return "attr"
    if "border" in attributes and _BORDER.search(attributes):
        return "border"
    return ""


def split_html(html: str, subject: str = "") -> tuple[str, Split, str]:
    """The text of a page, its division, and the page without quote and signature ("" when nothing was cut)."""
    lines = html_lines(html, mark)
    texts = [line.text for line in lines]
    result = split_lines(texts, [line.mark for line in lines], subject)
    if result.forwarded or not (result.found or result.signature):
        return "\n".join(texts), result, ""
    return "\n".join(texts), result, _cut(html, lines, result.new)


def _cut(html: str, lines: Sequence[Line], kept: Sequence[tuple[int, int]]) -> str:
    """The source with only the kept lines; of what stood between, the tags stay so that the page stays whole."""
    pieces: list[str] = []
    at = 0
    for first, until in kept:
        last = until
        while last > first and not lines[last - 1].text.strip("> "):
            last -= 1
        if last <= first:
            continue
        if first > 0:
            start = max(lines[first].start, at)
            begin = max(lines[first - 1].end, at)
            pieces.append("".join(_TAGS.findall(html[at:begin])))
            pieces.append(html[begin:start])
            at = start
        end = max(lines[last - 1].end, at)
        pieces.append(html[at:end])
        at = end
    return "".join(pieces)
