"""The provider's signature, by the example of its own documentation ("Security": validating requests)."""

import pytest

from hospes.channels.voice import signature

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def test_the_documented_example():
    expected = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signature.sign(URL, FORM.items(), "12345") == expected


@pytest.mark.parametrize("url", [URL, "https://mycompany.com:443/myapp.php?foo=1&bar=2"])
def test_the_standard_port_may_be_written_or_left_out(url):
    from urllib.parse import urlencode

    body = urlencode(FORM).encode()
    assert signature.good(url, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    assert not signature.good(url, body + b"&Digits=9", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    assert not signature.good(url.replace("foo=1", "foo=2"), body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
