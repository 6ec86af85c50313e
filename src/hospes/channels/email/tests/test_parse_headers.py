"""Names, addresses, encoded words and parameters as the world writes them (hardening row 9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.channels.email.parse import parse
from hospes.channels.email.parsing.addresses import read_list, valid_address
from hospes.channels.email.parsing.charsets import codec_name, decode
from hospes.channels.email.parsing.headers import decode_words, displayed, from_base64, parameters
from hospes.tickets.incoming import Person


@pytest.mark.parametrize(
    ("value", "address", "wary"),
    [
        ("Ann <ann@mail.example>", "ann@mail.example", False),
        ("ann@MAIL.Example", "ann@mail.example", False),
        ("ann@mail.example (Ann)", "ann@mail.example", False),
        ('"Doe, John" <j@x.example>', "j@x.example", False),
        ("Doe, John <j@x.example>", "j@x.example", False),
        ("'j@x.example' <j@x.example>", "j@x.example", False),
        ('"boss@demo.example" <thief@x.example>', "thief@x.example", True),
        ("=?utf-8?q?boss=40demo.example?= <thief@x.example>", "thief@x.example", True),
        ("=?utf-8?q?boss=40demo.example?=", "", True),
        ("boss@demo.example <thief@x.example>", "thief@x.example", True),
        ("boss@demo.example]<thief@x.example>", "thief@x.example", True),
        ("boss@demo.example)thief@x.example", "", True),
        ("boss@demo.example(<thief@x.example>", "boss@demo.example", True),
        ("boss@demo.example,<thief@x.example>", "boss@demo.example", True),
        ("boss@demo.example;thief@x.example", "boss@demo.example", True),
        ("<boss@demo.example><thief@x.example>", "boss@demo.example", True),
        ("Team: a@x.example, b@x.example;", "a@x.example", True),
        ("a@b@x.example", "", True),
        ("<two words@x.example>", "", True),
        ("a@-x.example", "", True),
        ("a@x..example", "", True),
        ("<@a.example,@b.example:joe@x.example>", "joe@x.example", False),
        ("joe@[192.0.2.1]", "joe@[192.0.2.1]", False),
        ("Joe < joe @ x.example >", "joe@x.example", False),
        ("nobody", "nobody", True),
    ],
)
def test_row_09_there_is_one_sender_or_none(value, address, wary):
    message = parse(f"From: {value}\nSubject: x\n\nhi\n".encode())
    assert (message.sender.address, message.sender_mismatch) == (address, wary)


def test_row_09_two_from_fields_make_wary():
    message = parse(b"From: ann@x.example\nFrom: boss@demo.example\n\nhi\n")
    assert message.sender == Person("ann@x.example")
    assert message.sender_mismatch
    assert "more than one From field" in message.defects


def test_row_09_sender_and_reply_to_never_replace_from():
    message = parse(b"From: ann@x.example\nSender: boss@demo.example\nReply-To: boss@demo.example\n\nhi\n")
    assert message.sender == Person("ann@x.example")


def test_row_09_without_from_the_envelope_is_named_and_makes_wary():
    message = parse(b"Return-Path: <ann@x.example>\nSubject: x\n\nhi\n")
    assert message.sender == Person("ann@x.example")
    assert message.sender_mismatch


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("иван@ПРИМЕР.рф", "иван@пример.рф"),
        ("a@xn--mnchen-3ya.example", "a@münchen.example"),
        ('"a b"@x.example', '"a b"@x.example'),
        ('"ab"@x.example', "ab@x.example"),
        ("a..b.@x.example", "a..b.@x.example"),
        ("@x.example", ""),
        ("a@", ""),
        ("a\n@x.example", ""),
    ],
)
def test_an_address_is_strict_about_its_form(text, address):
    assert valid_address(text) == address


def test_a_list_with_groups_comments_and_commas():
    people, well = read_list(b'Team: a@x.example, "X, Y" <d@x.example>; , z@x.example (Zed (the) Man)')
    assert people == [Person("a@x.example"), Person("d@x.example", "X, Y"), Person("z@x.example", "Zed (the) Man")]
    assert well


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("=?utf-8?q?Caf=C3=A9?=", "Café"),
        ("=?UTF-8?B?0J/RgNC40LI=?= =?UTF-8?B?0LXRgg==?=", "Привет"),
        ("=?utf-8?q?a=C3?= =?utf-8?q?=A9b?=", "aéb"),
        ("Re: =?iso-8859-1?Q?a_b?=x=?iso-8859-1?Q?c?=", "Re: a bxc"),
        ("=?utf-8?Q?what?=3F?=", "what??"),
        ("=?x-unknown?q?=E9t=E9?=", "été"),
        ("=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?q?with space inside?=", "with space inside"),
        ("=?utf-8?B?4pyF?==?utf-8?B?4pyF?=", "✅✅"),
        ("=?utf-8?q?unclosed", "unclosed"),
        ("=?utf-8?b?!!!!?=", ""),
        ("a =?broken", "a =?broken"),
        ("no words at all", "no words at all"),
    ],
)
def test_encoded_words_in_all_their_abuses(encoded, text):
    assert decode_words(encoded) == text


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ('a; filename="=?utf-8?q?Caf=C3=A9.pdf?="', "filename", "Café.pdf"),
        ("a; filename*=utf-8''Caf%C3%A9.pdf", "filename", "Café.pdf"),
        ("a; filename*0*=utf-8''Caf%C3; filename*1*=%A9; filename*2=.pdf", "filename", "Café.pdf"),
        ("a; filename*1=b.pdf; filename*0=a", "filename", "ab.pdf"),
        ("a; filename*=iso-8859-1''%E9.txt; filename=x.txt", "filename", "é.txt"),
        ('a; filename="a\\"b.pdf"; x=y', "filename", 'a"b.pdf'),
        ("a; name=foo bar.pdf; size=3", "name", "foo bar.pdf"),
        ('a; name="unclosed.pdf', "name", "unclosed.pdf"),
        ('a; boundary="x; y"', "boundary", "x; y"),
        ("a; CHARSET = utf-8 (comment)", "charset", "utf-8"),
    ],
)
def test_parameters_as_programs_write_them(field, name, value):
    assert parameters(field)[name] == value


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("cp1251", "Здравствуйте, где мой заказ номер 5?"),
        ("koi8-r", "Здравствуйте, где мой заказ номер 5?"),
        ("cp932", "こんにちは、注文が届きません。"),
        ("euc_jp", "こんにちは、注文が届きません。"),
        ("iso2022_jp", "こんにちは、注文が届きません。"),
        ("gb18030", "你好，我的订单还没有到，请问是什么问题？"),
        ("big5", "你好，我的訂單還沒有到，請問是什麼問題？"),
        ("cp949", "안녕하세요, 주문이 도착하지 않았습니다."),
        ("cp1252", "Où est ma commande? Déjà été payée"),
        ("cp1254", "Merhaba, siparişim nerede? Teşekkürler"),
        ("cp1257", "Labdien, lūdzu pasakiet vai mans pasūtījums ir nosūtīts"),
        ("utf-16", "hello wörld"),
    ],
)
def test_text_without_a_label_is_guessed(charset, text):
    assert decode(text.encode(charset))[0] == text


def test_the_characters_that_makers_added_to_iso_2022_jp():
    assert decode(b'\x1b$B-!-"%F%9%H\x1b(B x', "iso-2022-jp")[0] == "①②テスト x"


def test_utf_8_that_calls_itself_something_else():
    for label in ("big5", "gb2312", "shift_jis", "iso-8859-1", "us-ascii", "windows-1251"):
        assert decode("您好！你今天好吗？ Привет".encode(), label)[0] == "您好！你今天好吗？ Привет"


@pytest.mark.parametrize("label", ["idna", "punycode", "unicode_escape", "rot13", "base64", "zlib", "no-such", ""])
def test_labels_that_are_no_character_sets_are_refused(label):
    assert codec_name(label) == ""


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-7", "hz", "gb2312", "utf-16", "x", "iso-2022-jp"]))
def test_any_bytes_under_any_label_give_text(data, label):
    text, _ = decode(data, label)
    assert isinstance(text, str)
    assert isinstance(displayed(data, label), str)
    assert isinstance(from_base64(data), bytes)


@given(st.text(max_size=300))
def test_any_text_is_a_list_of_people(text):
    for person in read_list(text.encode("utf-8", "surrogatepass"))[0]:
        assert not set(person.address) & set("<>,\r\n")
