"""Storing raw mail: every mail once, whatever way it came and however often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.channels.email.identity import external_id_of
from hospes.channels.email.receive import UnknownRecipient, accept
from hospes.channels.email.tests.mails import mail
from hospes.channels.models import RawMessage
from hospes.channels.queries import raw_bytes
from hospes.testing.people import NOON, make_inbox
from hospes.tickets.policies import reply_address

TO = ["support@demo.example"]


def take(body, rcpt_to=TO, **more):
    return accept(body, mail_from="anna@customer.example", rcpt_to=rcpt_to, via="smtp", now=NOON, **more)


@pytest.mark.django_db
def test_a_mail_is_stored_byte_for_byte_with_its_envelope():
    make_inbox()
    body = mail("Ķēde\r\n\r\n.dot")
    [pk] = take(body, trace={"peer": "192.0.2.1", "helo": "\udcff\x00x"})
    raw = RawMessage.objects.get(pk=pk)
    assert raw_bytes(raw) == body
    assert raw.envelope["rcpt_to"] == TO
    assert raw.envelope["helo"] == "?x"
    assert (raw.state, raw.size, raw.received_at) == ("new", len(body), NOON)


@pytest.mark.django_db
def test_row_25_a_mail_sent_again_after_a_lost_answer_is_stored_once():
    make_inbox()
    first = take(b"Received: from a by b; Mon\r\n" + mail())
    again = take(b"Received: from a by c (queue 77)\r\n\tfor <x>; Tue\r\nReturn-Path: <>\r\n" + mail())
    assert first == again
    assert RawMessage.objects.count() == 1


@pytest.mark.django_db
def test_row_26_two_mails_under_one_message_id_are_both_kept():
    make_inbox()
    assert take(mail("One")) != take(mail("Two"))
    assert take(mail("One", subject="A")) != take(mail("One", subject="B"))
    assert RawMessage.objects.count() == 4


@pytest.mark.django_db
def test_row_26_mails_without_a_message_id_are_told_apart_by_what_the_first_server_wrote():
    make_inbox()
    one = b"Received: by mx id 1\r\n" + mail(message_id="")
    two = b"Received: by mx id 2\r\n" + mail(message_id="")
    assert take(one) == take(one)
    assert take(one) != take(two)


@pytest.mark.django_db
def test_a_big_mail_goes_to_the_file_store_and_comes_back_whole(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_inbox()
    body = mail("x" * 600_000)
    [pk] = take(body)
    raw = RawMessage.objects.get(pk=pk)
    assert raw.body is None
    assert raw_bytes(raw) == body


@pytest.mark.django_db
def test_a_mail_to_two_inboxes_is_kept_for_each_once():
    support, sales = make_inbox(), make_inbox("sales@demo.example")
    ids = take(mail(), ["Support@Demo.Example", "sales@demo.example", "support+x@demo.example"])
    assert set(RawMessage.objects.filter(pk__in=ids).values_list("inbox_id", flat=True)) == {support.pk, sales.pk}
    assert len(ids) == 2


@pytest.mark.django_db
def test_a_reply_address_belongs_to_its_inbox_also_one_with_a_detail_of_its_own():
    make_inbox()
    europe = make_inbox("support+eu@demo.example")
    [pk] = take(mail(), [reply_address("support+eu@demo.example", "K7F2M9Q", "anna@customer.example")])
    assert RawMessage.objects.get(pk=pk).inbox_id == europe.pk


@pytest.mark.django_db
def test_without_known_envelope_recipients_the_headers_tell_the_inbox():
    make_inbox()
    sales = make_inbox("sales@demo.example")
    [pk] = take(mail(to='"Sales, all" <sales@demo.example>, other@else.example'), ["catchall@demo.example"])
    assert RawMessage.objects.get(pk=pk).inbox_id == sales.pk
    with pytest.raises(UnknownRecipient):
        take(mail(to="nobody@else.example"), [])


@pytest.mark.django_db
def test_the_only_inbox_takes_what_names_no_recipient():
    make_inbox()
    assert take(b"no header at all", [])
    assert take(b"\x00\xff\xfe", [])


@given(st.binary(max_size=400))
def test_any_bytes_have_one_identity_whatever_their_line_ends(body):
    plain = body.replace(b"\r", b"")
    assert external_id_of(plain) == external_id_of(plain.replace(b"\n", b"\r\n"))
