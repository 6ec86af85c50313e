"""Rows 1 and 5 in a real browser: nothing of a hostile mail runs, and nothing loads until somebody asks for it."""

import smtplib
import threading
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)  # fmt: skip


class Listener:
    """A web server that must stay silent."""

    def __init__(self) -> None:
        asked = self.asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                self.wfile.write(PICTURE)

            do_POST = do_GET  # noqa: N815 - the name that http.server asks for

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def listener():
    server = Listener()
    yield server
    server.stop()


def hostile(url: str) -> str:
    """Every way of running or loading something that mails try."""
    return f"""
    <html><head><base href="{url}/base/"><meta http-equiv="refresh" content="0;url={url}/refresh">
    <link rel="stylesheet" href="{url}/sheet.css"><style>@import url({url}/import.css);
    body {{ background: url({url}/style.png) }} input[value^=a] {{ background: url({url}/leak) }}</style>
    <script>alert(1)</script><script src="{url}/script.js"></script></head>
    <body onload="alert(2)" background="{url}/body.png">
    <p style="background:url({url}/inline.png)">Seemingly harmless words</p>
    <img src=x onerror="alert(3)"><img src="{url}/pixel.png" width="1" height="1"><img srcset="{url}/srcset.png 1x">
    <svg onload="alert(4)"><script>alert(5)</script><image href="{url}/svg.png"/><use href="{url}/use.svg#a"/></svg>
    <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(6)&gt;"></table></math>
    <a href="javascript:alert(7)">press</a><a href="data:text/html,<script>alert(8)</script>">press</a>
    <iframe src="{url}/frame" srcdoc="<script>parent.alert(9)</script>"></iframe><object data="{url}/object"></object>
    <embed src="{url}/embed"><video src="{url}/video" poster="{url}/poster" autoplay></video>
    <audio src="{url}/audio" autoplay></audio>
    <form action="{url}/form"><input name="q" autofocus onfocus="alert(10)"><button>Go</button></form>
    <details open ontoggle="alert(11)"><summary>x</summary></details><marquee onstart="alert(12)">m</marquee>
    <noscript><p title="</noscript><img src=x onerror=alert(13)>"></noscript>
    <template><img src=x onerror=alert(14)></template><p id="end">The end</p></body></html>"""


def test_row_01_and_05_nothing_of_a_hostile_mail_runs_and_nothing_loads(hospes, desk, listener):
    message = EmailMessage()
    message["From"], message["To"] = '"<img src=x onerror=alert(20)>" <eve@c.example>', "support@demo.example"
    message["Subject"] = "Hostile <script>alert(21)</script>"
    message["Message-ID"] = "<hostile@c.example>"
    message.set_content("plain words")
    message.add_alternative(hostile(listener.url), subtype="html")
    message.add_attachment(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(22)'/>", "image", "svg+xml",
                           filename='"><img src=x onerror=alert(23)>.svg')  # fmt: skip
    page = desk("ivo")
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"{hospes.url}/desk/v/open/")
    with smtplib.SMTP("127.0.0.1", hospes.smtp_port, timeout=30) as door:
        door.send_message(message)
    page.locator("#rows li.ticket", has_text="Hostile").locator("a").first.click()
    words = page.frame_locator("iframe.mail").get_by_text("Seemingly harmless words")
    expect(words).to_be_visible()
    expect(page.frame_locator("iframe.mail").get_by_text("The end")).to_be_attached()
    page.wait_for_load_state("networkidle")
    assert alerts == []
    assert listener.asked == []
