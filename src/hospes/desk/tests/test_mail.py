"""Content from strangers at the desk: framed mail, pictures, files and originals can do no harm."""

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from hospes.core import files
from hospes.testing import people
from hospes.tickets.operations import StoredFile
from hospes.tickets.operations.base import attach

HOSTILE = (
    '<p>Dear shop</p><script>alert(1)</script><img src="https://spy.example/p.png" onerror="alert(2)">'
    '<svg onload="alert(3)"></svg><a href="javascript:alert(4)">x</a><form action="https://evil.example"><input></form>'
    '<meta http-equiv="refresh" content="0;url=https://evil.example"><style>body{background:url(https://spy.example)}</style>'
    '<img src="cid:logo@x"><table><tr><td style="background:url(https://spy.example/b)">T</td></tr></table>'
)


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mail(company):
    from hospes.core.html import clean_html

    return people.receive("Dear shop", html=clean_html(HOSTILE), inbox=company.inbox).message


def png(size: tuple[int, int] = (20, 20)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    return out.getvalue()


def hang(message, name: str, kind: str, content: bytes, **more) -> str:
    attach(message, [StoredFile(name, kind, len(content), files.store(content), **more)], now=people.NOON)
    return message.attachments.get(name=name).token


def read(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_row_1_a_mails_html_runs_nothing_and_loads_nothing(desk, mail):
    answer = desk.get(reverse("desk:body", args=[mail.pk]))
    page = answer.content.decode()
    for danger in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "<form",
        "<svg",
        "http-equiv",
        "spy.example/b",
        "<style",
    ):
        assert danger not in page
    assert 'src="https://spy.example' not in page
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy


def test_the_page_around_a_mail_frames_it_without_scripts(desk, mail):
    page = desk.get(reverse("desk:ticket", args=[mail.ticket.number])).content.decode()
    frame = page.split('<iframe class="mail"')[1].split(">")[0]
    assert "allow-scripts" not in frame
    assert "Show images" in page
    assert "spy.example" not in page


def test_row_5_remote_pictures_come_only_through_our_own_signed_address(desk, mail):
    page = desk.get(reverse("desk:body", args=[mail.pk]), {"images": "1"}).content.decode()
    assert 'src="https://' not in page
    assert f'src="/desk/m/{mail.pk}/picture/?u=' in page


@pytest.mark.parametrize("address", ["", "https://spy.example/p.png", "W10:x:y"])
def test_row_4_the_picture_proxy_fetches_no_address_that_we_did_not_sign(desk, mail, address):
    assert desk.get(reverse("desk:picture", args=[mail.pk]), {"u": address}).status_code == 404


def test_a_signed_picture_address_is_good_for_its_own_message_alone(desk, company, mail):
    page = desk.get(reverse("desk:body", args=[mail.pk]), {"images": "1"}).content.decode()
    signed = page.split("/picture/?u=")[1].split('"')[0]
    other = people.receive("Other", sender="o@x.example", inbox=company.inbox).message
    assert desk.get(reverse("desk:picture", args=[other.pk]) + f"?u={signed}").status_code == 404


def test_pictures_of_the_mail_itself_are_shown(desk, mail):
    token = hang(mail, "logo.png", "image/png", png(), inline=True, content_id="logo@x")
    page = desk.get(reverse("desk:body", args=[mail.pk])).content.decode()
    assert reverse("desk:attachment", args=[token]) in page


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("x.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("x.html", "text/html", b"<script>alert(1)</script>"),
        ("x.pdf", "application/pdf", b"%PDF-1.4"),
        ("lies.png", "image/png", b"<html><script>alert(1)</script>"),
        ("x.xhtml", "application/xhtml+xml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>"),
    ],
)
def test_row_3_files_that_could_act_are_only_ever_downloaded(desk, mail, name, kind, content):
    answer = desk.get(reverse("desk:attachment", args=[hang(mail, name, kind, content)]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert read(answer) == content


def test_a_picture_that_is_one_is_shown_and_has_a_small_form(desk, mail):
    token = hang(mail, "kettle.png", "image/png", png((800, 600)))
    answer = desk.get(reverse("desk:attachment", args=[token]))
    assert answer["Content-Type"] == "image/png"
    assert not answer["Content-Disposition"].startswith("attachment")
    read(answer)
    small = desk.get(reverse("desk:thumbnail", args=[token]))
    with Image.open(BytesIO(small.content)) as image:
        assert image.size == (160, 160)


def test_row_16_a_picture_of_too_many_pixels_is_not_opened(desk, mail, monkeypatch):
    monkeypatch.setattr("hospes.desk.views.mail.MAX_PIXELS", 100)
    token = hang(mail, "bomb.png", "image/png", png((50, 50)))
    assert desk.get(reverse("desk:thumbnail", args=[token])).status_code == 404


def test_a_broken_picture_has_no_small_form_and_breaks_nothing(desk, mail):
    token = hang(mail, "broken.png", "image/png", b"\x89PNG\r\n\x1a\nrubbish")
    assert desk.get(reverse("desk:thumbnail", args=[token])).status_code == 404


def test_the_original_can_be_downloaded_byte_for_byte(desk, company):
    from hospes.channels import operations as channels
    from hospes.channels.models import RawMessage
    from hospes.tickets.models import Message

    raw = b"From: a@x.example\r\n\r\nbytes \xff\xfe"
    pk, _made = channels.store_raw(inbox=company.inbox, external_id="x", body=raw, envelope={}, now=people.NOON)
    message = people.receive("From a", sender="raw@x.example", inbox=company.inbox).message
    Message.objects.filter(pk=message.pk).update(source_id=pk)
    RawMessage.objects.filter(pk=pk).update(message_id=message.pk)
    answer = desk.get(reverse("desk:raw", args=[message.pk]))
    assert read(answer) == raw
    assert answer["Content-Disposition"].startswith("attachment")


def test_mail_that_says_no_more_than_its_text_needs_no_frame(desk, company):
    received = people.receive("Just words", html="<div>Just words</div>", sender="p@x.example", inbox=company.inbox)
    page = desk.get(reverse("desk:ticket", args=[received.ticket.number])).content.decode()
    assert "iframe" not in page
    assert "Just words" in page


def test_links_in_plain_text_open_elsewhere_and_tell_nothing(desk, company):
    received = people.receive("See https://track.example/1", sender="l@x.example", inbox=company.inbox)
    page = desk.get(reverse("desk:ticket", args=[received.ticket.number])).content.decode()
    assert '<a target="_blank" href="https://track.example/1" rel="nofollow noopener noreferrer">' in page


def signed_picture(desk, message) -> str:
    page = desk.get(reverse("desk:body", args=[message.pk]), {"images": "1"}).content.decode()
    return reverse("desk:picture", args=[message.pk]) + "?u=" + page.split("/picture/?u=")[1].split('"')[0]


def mail_with_picture(company, address: str):
    from hospes.core.html import clean_html

    html = clean_html(f'<p><b>Look</b> <img src="{address}"></p>')
    return people.receive("Look", html=html, sender="pic@x.example", inbox=company.inbox).message


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "http://169.254.169.254/latest", "http://[::1]/x.png"])
def test_row_4_pictures_inside_our_own_network_are_not_fetched(desk, company, address):
    assert desk.get(signed_picture(desk, mail_with_picture(company, address))).status_code == 404


def test_a_fetched_picture_is_served_as_what_it_is(desk, company, monkeypatch):
    monkeypatch.setattr("hospes.core.http.fetch_bytes", lambda url, max_bytes: png())
    answer = desk.get(signed_picture(desk, mail_with_picture(company, "https://shop.example/logo.svg")))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_row_3_a_remote_picture_that_could_act_is_not_served(desk, company, monkeypatch):
    monkeypatch.setattr("hospes.core.http.fetch_bytes", lambda url, max_bytes: b"<svg onload='alert(1)'/>")
    assert desk.get(signed_picture(desk, mail_with_picture(company, "https://shop.example/a.png"))).status_code == 404
