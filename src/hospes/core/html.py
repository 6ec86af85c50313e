"""HTML from strangers, made safe: an allow-list (nh3) of tags, attributes, addresses and CSS values.

The result is safe on its own: no script, no form, no frame, nothing loaded from anywhere. Remote pictures keep
their address as `data-remote-src`, pictures of the mail itself as `data-cid`: the page that shows them decides
when they load. `html_to_text` is re-exported from `html_text`.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Final

import nh3

from hospes.core.html_text import html_to_text, words

__all__ = ["clean_html", "html_to_text"]

MAX_CHARS: Final = 2_000_000
MAX_TAGS: Final = 20_000
MAX_NESTING: Final = 200
MAX_FORMATTING: Final = 40
MAX_REFERENCES: Final = 10_000
MAX_AMPERSANDS: Final = 120_000
MAX_DATA_IMAGE: Final = 500_000

_TAGS: Final = words(
    "a abbr address b bdi bdo big blockquote br caption center cite code col colgroup dd del "
    "details dfn div dl dt em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark "
    "ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td "
    "tfoot th thead time tr tt u ul var wbr article header footer main nav aside"
)
_SILENT: Final = words(
    "script style title noscript template iframe object embed applet svg math noembed noframes "
    "xmp plaintext audio video canvas frameset"
)
_ANYWHERE: Final = words("dir lang title style align valign width height bgcolor")
_ATTRIBUTES: Final = {
    "*": _ANYWHERE,
    "a": {"href"},
    "span": {"data-mention"},
    "img": {"src", "alt", "data-remote-src", "data-cid", "border", "hspace", "vspace"},
    "table": {"border", "cellpadding", "cellspacing", "rules", "frame", "summary"},
    "td": {"colspan", "rowspan", "nowrap", "headers", "abbr"},
    "th": {"colspan", "rowspan", "nowrap", "headers", "abbr", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "blockquote": {"type"},
    "hr": {"size", "noshade", "color"},
    "br": {"clear"},
    "details": {"open"},
}
_PROPERTIES: Final = re.compile(
    r"(?:color|background(?:-color)?|font(?:-(?:family|size|style|weight|variant))?|text-(?:align|decoration|indent|"
    r"transform)|line-height|letter-spacing|word-spacing|vertical-align|white-space|word-break|overflow-wrap|"
    r"word-wrap|direction|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-(?:collapse|spacing|"
    r"radius)|padding(?:-(?:top|right|bottom|left))?|margin(?:-(?:top|right|bottom|left))?|(?:max-|min-)?width|"
    r"(?:max-)?height|list-style-type|display|table-layout|caption-side|float|clear)\Z"
)
# A value is words, numbers, quoted font names and colour functions: no other function, escape, comment or at-rule.
_VALUE: Final = re.compile(
    r"(?:(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\)|[a-z0-9#%.,+/\s]|(?<![\w-])-(?=[a-z])|(?<=\w)-|\"[\w \-]{1,60}\""
    r"|'[\w \-]{1,60}'|[^\x00-\x7f]){1,300}\Z",
    re.IGNORECASE,
)
_HUGE: Final = re.compile(r"(?<![#\w.])\d{5}")
_IMPORTANT: Final = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)
_LINK: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_REMOTE: Final = re.compile(r"(?:https?:)?//[^\s\"'<>\\]{1,4000}\Z", re.IGNORECASE)
_CID: Final = re.compile(r"[^\s\"'<>\\]{1,500}\Z")
_DATA_IMAGE: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z", re.IGNORECASE)

_IMG: Final = re.compile(r"<img\b([^<>]*)>", re.IGNORECASE)
_SRC: Final = re.compile(r"""(\s|["'/])src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"&(?!#)\w{0,31};?", re.ASCII)
_OPEN: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_FORMATTING: Final = words("a b big code em font i nobr s small strike strong tt u")
_CHEAP: Final = words(
    "p li td tr th dt dd br img hr col wbr input meta link html head body thead tbody tfoot "
    "option area base param source track embed"
)


def clean_html(html: str) -> str:
    """The safe form of any HTML. Links open elsewhere without referrer; `<style>` sheets, ids and classes go."""
    if not html:
        return ""
    html = bounded(html[:MAX_CHARS].replace("\x00", ""))
    if html.count("&") > MAX_REFERENCES:  # nh3 takes quadratic time for named ones, linear for numbers
        html = "&".join(html.split("&", MAX_AMPERSANDS)[:MAX_AMPERSANDS])
        html = _REFERENCE.sub(lambda m: "".join(f"&#{ord(c)};" for c in unescape(m[0])), html)
    if "<img" in html or "<IMG" in html or "<Img" in html:
        html = _IMG.sub(_hold_picture, html)
    return _cleaner().clean(html)


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_SILENT),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "data"},
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value of an allowed attribute when it is harmless, else None. Called by nh3 for each one."""
    if name == "style":
        return safe_style(value) or None
    if name == "href":
        return value if tag == "a" and _LINK.match(value.strip()) else None
    if name == "src":
        return value if tag == "img" and len(value) < MAX_DATA_IMAGE and _DATA_IMAGE.match(value) else None
    if name == "data-remote-src":
        return value if _REMOTE.match(value) else None
    if name == "data-cid":
        return value if _CID.match(value) else None
    return value if len(value) <= 2000 else None


@lru_cache(maxsize=4096)
def safe_style(style: str) -> str:
    """The declarations of an inline style whose property and value are both on the list."""
    if len(style) > 2000 or "\\" in style or "/*" in style:
        return ""
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), _IMPORTANT.sub("", value.strip())
        if _PROPERTIES.match(name) and value and _VALUE.match(value) and not _HUGE.search(value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _hold_picture(found: re.Match[str]) -> str:
    """An <img> whose src is renamed, so that nothing loads by itself. Only a convenience: nh3 drops any src left."""
    return "<img" + _SRC.sub(_hold_source, found[1], count=1) + ">"


def _hold_source(found: re.Match[str]) -> str:
    address = unescape(found[2] or found[3] or found[4] or "").strip()
    lower = address[:12].lower()
    if lower.startswith("cid:"):
        name, address = "data-cid", address[4:].strip("<>")
    elif lower.startswith(("http:", "https:", "//")):
        name = "data-remote-src"
    elif lower.startswith("data:"):
        name = "src"
    else:
        return found[1]
    address = address.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return f'{found[1]}{name}="{address}"'


def bounded(html: str) -> str:
    """The HTML with tags left out that nest so deep, or so often, that any HTML5 parser would crawl."""
    count = html.count("<")
    if count <= 300:
        return html
    out: list[str] = []
    last = tags = nesting = formatting = 0
    for found in _OPEN.finditer(html):
        if found.start() < last:
            continue
        tags += 1
        closing, name = found[1], found[2].lower()
        if tags > MAX_TAGS:
            out.append(html[last : found.start()])
            return "".join(out)
        drop = False
        if name in _FORMATTING:
            drop = not closing and formatting >= MAX_FORMATTING
            formatting = max(formatting - 1, 0) if closing else formatting + (not drop)
        elif name not in _CHEAP:
            drop = not closing and nesting >= MAX_NESTING
            nesting = max(nesting - 1, 0) if closing else nesting + (not drop)
        if drop:
            end = html.find(">", found.end())
            out.append(html[last : found.start()])
            last = end + 1 if end >= 0 else len(html)
    out.append(html[last:])
    return "".join(out)
