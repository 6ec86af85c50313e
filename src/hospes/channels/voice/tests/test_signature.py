"""The provider's signature, by the vectors that it publishes with its libraries ("Webhooks security")."""

from urllib.parse import urlencode

import pytest

from hospes.channels.voice import signature

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SIGNED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_published_vectors():
    assert signature.sign(URL, FORM, "12345") == SIGNED
    repeated = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    assert signature.sign(URL, repeated, "12345") == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.parametrize("url", [URL, "https://mycompany.com:443/myapp.php?foo=1&bar=2"])
def test_the_standard_port_may_be_written_or_left_out_and_nothing_else_changed(url):
    body = urlencode(FORM).encode()
    assert signature.good(url, body, SIGNED, "12345")
    assert not signature.good(url, body + b"&Digits=9", SIGNED, "12345")
    assert not signature.good(url.replace("foo=1", "foo=2"), body, SIGNED, "12345")
    assert not signature.good(url, body, SIGNED, "54321")
    assert not signature.good(url, body, "", "12345")
