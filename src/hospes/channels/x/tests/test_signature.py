"""How calls are signed: ours as X asks for it, theirs as we check it."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest
from django.test import Client

from hospes.channels.adapter import ChannelError, Refused, WebhookCall
from hospes.channels.models import DoorCount
from hospes.channels.registry import adapters
from hospes.channels.x import api
from hospes.channels.x.adapter import HEADER
from hospes.channels.x.tests.contract import CONTRACT, KEYS, signed
from hospes.testing.people import NOON

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
SAMPLES = Path(__file__).parent / "samples"
X = adapters()["x"]
HOOK = "https://desk.demo.example/channels/x/7/"
JORDAN = "x:3001969357"


def sample(name):
    """A sample as bytes."""
    return (SAMPLES / f"{name}.json").read_bytes()


def test_the_signature_of_the_documentations_example():
    """Creating a signature: oauthlib signs the published request as published, from the same base string."""
    from oauthlib.oauth1 import Client as Signer

    signer = Signer(
        *(KEYS[name] for name in api.SIGNED),
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        timestamp="1318622958",
    )
    _url, headers, _body = signer.sign(
        "https://api.x.com/1.1/statuses/update.json?include_entities=true",
        http_method="POST",
        body="status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert 'oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"' in headers["Authorization"]


def test_our_header_signs_the_documented_base_string():
    header = api.authorization(
        "POST",
        "https://api.x.com/1.1/statuses/update.json?include_entities=true",
        KEYS,
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        at="1318622958",
    )
    base = (
        "POST&https%3A%2F%2Fapi.x.com%2F1.1%2Fstatuses%2Fupdate.json&include_entities%3Dtrue%26"
        "oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg%26"
        "oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622958%26"
        "oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%3D1.0"
    )  # the published one without the form's `status`: our bodies are JSON, which is not signed
    key = b"kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw&LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
    digest = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()
    assert f'oauth_signature="{digest.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")}"' in header


def test_a_missing_key_waits_for_the_admin():
    with pytest.raises(ChannelError) as failed:
        api.authorization("GET", "https://api.x.com/2/users/me", {**KEYS, "access_token_secret": ""})
    assert (failed.value.permanent, failed.value.set_up) == (False, False)


@pytest.mark.django_db
def test_the_challenge_is_answered_as_documented(provider):
    inbox = CONTRACT.inbox(provider)
    token = "9b4507b3-9040-4669-9ca3-6b94edb50553"
    answer = Client().get(f"/channels/x/{inbox.pk}/?crc_token={token}&nonce=MTIz")
    digest = hmac.new(KEYS["consumer_secret"].encode(), token.encode(), hashlib.sha256).digest()
    assert answer.json() == {"response_token": "sha256=" + base64.b64encode(digest).decode()}
    assert answer["Content-Type"] == "application/json"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ['{"for_user_id":"1"}', "", "a" * 300, "[1]"])
def test_row_24_the_challenge_signs_nothing_that_could_be_posted(token, provider):
    inbox = CONTRACT.inbox(provider)
    assert Client().get(f"/channels/x/{inbox.pk}/", {"crc_token": token}).status_code == 403
    assert DoorCount.objects.get().count == 1


def test_the_newer_signature_counts_where_both_are_known():
    body, now = sample("message"), NOON
    old, new = signed(body), signed(body, "client", f"{HEADER}-oauth2")
    both = {**KEYS, "client_secret": "client"}

    def call(headers):
        return WebhookCall("POST", HOOK, headers, {}, body)

    X.verify(call(new.headers), both, now)
    X.verify(call({**old.headers, **new.headers}), KEYS, now)
    X.verify(call(old.headers), both, now)
    for headers, keys in (
        ({**old.headers, f"{HEADER}-oauth2": "sha256=x"}, both),
        (new.headers, KEYS),
        (old.headers, {**KEYS, "consumer_secret": ""}),
    ):
        with pytest.raises(Refused):
            X.verify(call(headers), keys, now)
