"""PDUs understood: alphabets, parts in any order, receipts in their forms, and nothing that raises."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.channels import segments
from hospes.channels.adapter import ChannelError, News, Raw
from hospes.channels.smpp import parse, pdus, texts
from hospes.channels.smpp.adapter import SmppAdapter
from hospes.channels.smpp.tests.smsc import deliver_body, pdu, read_submit, tlv
from hospes.tickets.incoming import IncomingMessage

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
ADAPTER = SmppAdapter()


def delivered(command=pdus.DELIVER_SM, **given):
    return pdu(command, 0, 7, deliver_body(**given))


def understood(*bodies, **envelope):
    return ADAPTER.parse(Raw(b"".join(bodies), envelope, "+37129999999"))


def udh(reference, total, number, text=b""):
    return bytes((5, 0, 3, reference, total, number)) + text


def udh16(reference, total, number, text=b""):
    return bytes((6, 8, 4, reference >> 8, reference & 255, total, number)) + text


@pytest.mark.parametrize(
    ("coding", "message", "alphabet", "text"),
    [
        (0, b"Hello \x00 \x1be", "gsm", "Hello @ €"),
        (0, bytes.fromhex("e8329bfd4697d9ec37"), "packed", "hellohello"),
        (0, "Søn".encode("latin-1"), "latin-1", "Søn"),
        (0, b"plain", "ascii", "plain"),
        (1, b"plain", "gsm", "plain"),
        (1, b"Hello \x00 \x1be", "gsm", "Hello @ €"),  # as an SMSC of another maker sends it
        (3, "Søn".encode("latin-1"), "gsm", "Søn"),
        (8, "Sveiki, ķīli 😀".encode("utf-16-be"), "gsm", "Sveiki, ķīli 😀"),
        (6, "Привет".encode("iso8859-5"), "gsm", "Привет"),
        (0xF1, b"Hi \x02", "gsm", "Hi $"),
        (0x18, "ж".encode("utf-16-be"), "gsm", "ж"),
    ],
)
def test_a_text_is_read_by_its_coding(coding, message, alphabet, text):
    found = understood(delivered(coding=coding, message=message), alphabet=alphabet)
    assert (found.text, found.defects) == (text, ())


def test_a_binary_message_is_shown_as_one_that_is_not_known():
    found = understood(delivered(coding=4, message=b"\x01\x02"))
    assert any("not known" in defect for defect in found.defects)


def test_a_turkish_phone_uses_its_national_tables():
    # UDH with the single shift table of Turkish, and with the locking one
    single = understood(delivered(esm_class=0x40, message=bytes((3, 0x24, 1, 1)) + b"\x1bGel\x1bs"))
    assert single.text == "Ğelş"
    locking = understood(delivered(esm_class=0x40, message=bytes((3, 0x25, 1, 1)) + b"\x0b\x07\x1d"))
    assert locking.text == "Ğış"
    other = understood(delivered(esm_class=0x40, message=bytes((3, 0x24, 1, 9)) + b"abc"))
    assert any("alphabet" in defect for defect in other.defects)


def test_a_long_text_comes_as_message_payload():
    text = "Long words. " * 200
    body = delivered(message=b"", tlvs=tlv(0x0424, segments.encode(text)))
    assert understood(body).text == text


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
@pytest.mark.parametrize("header", [udh, udh16], ids=["8 bit", "16 bit"])
def test_parts_are_joined_whatever_their_order(order, header):
    said = {1: b"One ", 2: b"two ", 3: b"three"}
    bodies = [delivered(esm_class=0x40, message=header(77, 3, n, said[n])) for n in order]
    found = understood(*bodies)
    assert (found.text, found.defects) == ("One two three", ())


def test_parts_by_parameters_are_joined():
    def sar(number):
        return tlv(0x020C, b"\x12\x34") + tlv(0x020E, b"\x02") + tlv(0x020F, bytes((number,)))

    found = understood(delivered(message=b"world", tlvs=sar(2)), delivered(message=b"Hello ", tlvs=sar(1)))
    assert found.text == "Hello world"


def test_a_part_that_never_came_is_named():
    found = understood(delivered(esm_class=0x40, message=udh(1, 3, 1, b"One ")),
                       delivered(esm_class=0x40, message=udh(1, 3, 3, b"three")))  # fmt: skip
    assert found.text == "One  […] three"
    assert any("2 of 3" in defect for defect in found.defects)


def test_data_sm_is_read_too():
    body = b"\0" + bytes((1, 1)) + b"37120000001\0" + bytes((1, 1)) + b"37129999999\0" + bytes((0, 0, 8))
    body += tlv(0x0424, "Sveiki".encode("utf-16-be"))
    found = understood(pdu(pdus.DATA_SM, 0, 7, body))
    assert (found.text, found.sender.address) == ("Sveiki", "+37120000001")


RECEIPT = b"id:1A2B sub:001 dlvrd:001 submit date:2605041200 done date:2605041201 stat:%s err:%s text:Hello"


@pytest.mark.parametrize(
    ("stat", "kind"),
    [(b"DELIVRD", "delivered"), (b"EXPIRED", "failed"), (b"UNDELIV", "failed"), (b"REJECTD", "failed"),
     (b"DELETED", "failed")],
)  # fmt: skip
def test_a_receipt_in_text_is_news(stat, kind):
    news = understood(delivered(esm_class=0x04, message=RECEIPT % (stat, b"011")))
    assert (news.kind, news.message_id) == (kind, "1a2b")
    assert ("011" in news.words) == (kind == "failed")


@pytest.mark.parametrize("stat", [b"ENROUTE", b"ACCEPTD", b"UNKNOWN"])
def test_a_receipt_of_what_is_on_its_way_is_no_news(stat):
    assert understood(delivered(esm_class=0x04, message=RECEIPT % (stat, b"000"))) is None


def test_a_receipt_by_parameters_needs_no_text():
    tlvs = tlv(0x001E, b"1A2B\0") + tlv(0x0427, b"\x05")
    news = understood(delivered(esm_class=0x04, message=b"", tlvs=tlvs))
    assert (news.kind, news.message_id) == ("failed", "1a2b")


@pytest.mark.parametrize(
    ("ids", "answered", "in_receipt"),
    [("same", "0000AB12", b"ab12"), ("hex-dec", "1A2B", b"6699"), ("hex-dec", "1a2b", b"0000006699"),
     ("dec-hex", "6699", b"1A2B")],
)  # fmt: skip
def test_ids_are_matched_in_whatever_form_they_are_written(ids, answered, in_receipt):
    sent = parse.sent_id(answered, ids)
    text = RECEIPT.replace(b"1A2B", in_receipt) % (b"DELIVRD", b"000")
    news = understood(delivered(esm_class=0x04, message=text), ids=ids)
    assert news.message_id == sent


def test_an_id_by_parameter_is_written_as_in_the_answer():
    tlvs = tlv(0x001E, b"1A2B\0")
    news = understood(delivered(esm_class=0x04, message=RECEIPT % (b"DELIVRD", b"000"), tlvs=tlvs), ids="hex-dec")
    assert news.message_id == parse.sent_id("1a2b", "hex-dec")


def test_a_customer_who_writes_like_a_receipt_is_a_customer():
    found = understood(delivered(message=RECEIPT % (b"DELIVRD", b"000")))
    assert isinstance(found, IncomingMessage)


@pytest.mark.parametrize(
    ("source", "ton", "country", "address"),
    [
        ("37120000001", 1, "", "+37120000001"),
        ("+37120000001", 0, "", "+37120000001"),
        ("37120000001", 0, "", "+37120000001"),
        ("20000001", 2, "LV", "+37120000001"),
        ("0037120000001", 0, "", "+37120000001"),
        ("KETTLES", 5, "", "smpp:KETTLES"),
        ("1188", 3, "", "smpp:1188"),
        ("", 0, "", "smpp:unknown"),
    ],
)
def test_a_sender_is_known_by_the_number(source, ton, country, address):
    assert parse.address_of(source, ton, country) == address


def test_a_sender_by_name_is_not_answered_by_machines_or_people():
    found = understood(delivered(source=b"KETTLES", source_ton=5))
    assert found.automatic
    assert found.extra["no_reply"]
    with pytest.raises(ChannelError):
        parse.destination_of("smpp:KETTLES")


@pytest.mark.parametrize(
    ("address", "shown"),
    [("+37129999999", (1, 1, "37129999999")), ("1188", (3, 0, "1188")), ("Kettle Shop", (5, 0, "Kettle Shop"))],
)
def test_what_we_send_from_says_what_it_is(address, shown):
    assert parse.source_of(address) == shown


def test_a_claim_of_identity_is_never_vouched_for():
    found = understood(delivered())
    assert (found.authenticated, found.claims, found.identity) == (False, (), "phone")


@pytest.mark.parametrize("alphabet", ["gsm", "packed", "latin-1", "ascii"])
@pytest.mark.parametrize(
    "text", ["It left today. Cost: 5 {a} [b]", "Sūtījums ir ceļā", "x" * 500, "ķ" * 300, "[" * 170]
)
def test_what_we_send_is_read_again_as_it_was(alphabet, text):
    parts = texts.outgoing(text, alphabet=alphabet, key="k")
    bodies = [delivered(esm_class=p.esm_class, coding=p.data_coding, message=p.content) for p in parts]
    assert all(len(part.content) <= 140 or alphabet in {"gsm", "latin-1", "ascii"} for part in parts)
    assert all(len(part.content) <= 160 for part in parts)
    assert understood(*bodies, alphabet=alphabet).text == text


def test_a_very_long_text_goes_as_several_messages_of_at_most_ten_parts():
    text = " ".join(["kettle"] * 500)
    parts = texts.outgoing(text, alphabet="gsm", key="k")
    counts = {part.content[3]: part.content[4] for part in parts}
    assert len(counts) == 3
    assert max(counts.values()) <= 10


def test_a_part_that_is_sent_again_fits_to_the_others():
    assert texts.outgoing("x" * 500, alphabet="gsm", key="k") == texts.outgoing("x" * 500, alphabet="gsm", key="k")


def test_the_maker_writes_what_the_specification_reads():
    _sequence, made = pdus.Maker().request(
        "submit_sm", source_addr_ton=1, source_addr_npi=1, source_addr="371", dest_addr_ton=1, dest_addr_npi=1,
        destination_addr="372", esm_class=0x40, registered_delivery=1, data_coding=8, short_message=b"\0A",
    )  # fmt: skip
    found = read_submit(made[16:])
    assert (found.source, found.destination, found.esm_class, found.coding) == ("371", "372", 0x40, 8)
    assert found.message == b"\0A"


@given(st.binary(max_size=300))
@settings(max_examples=EXAMPLES, deadline=None)
def test_row_17_a_broken_pdu_is_still_a_message_that_somebody_sees(noise):
    found = understood(pdu(pdus.DELIVER_SM, 0, 1, noise))
    assert found is None or isinstance(found, IncomingMessage | News)


@given(st.integers(1, 80), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_row_17_a_pdu_cut_anywhere_never_raises(at, data):
    whole = delivered(esm_class=0x40, message=udh(1, 2, 1, b"Hello"), tlvs=tlv(0x1400, b"vendor"))
    noisy = bytearray(whole[: 16 + at])
    place = data.draw(st.integers(16, max(len(noisy) - 1, 16)))
    if place < len(noisy):
        noisy[place] ^= data.draw(st.integers(1, 255))
    found = understood(bytes(noisy))
    assert found is None or isinstance(found, IncomingMessage | News)


def test_a_parameter_that_nobody_knows_does_no_harm():
    found = understood(delivered(tlvs=tlv(0x1400, b"vendor") + tlv(0x2001, b"")))
    assert (found.text, found.defects) == ("Hello", ())
