"""Names and passwords for the TURN server, as coturn checks them."""

import base64
import hashlib
import hmac

from hospes.calls.ice import LIFE, ice_servers
from hospes.testing.people import NOON


def test_a_password_is_the_signature_of_a_name_that_holds_its_last_moment():
    stun, turn = ice_servers(turn=["turn:t.example"], secret="shared", stun=["stun:t.example"], who="7", now=NOON)
    moment, who = turn["username"].split(":")
    assert (int(moment), who) == (int((NOON + LIFE).timestamp()), "7")
    signed = hmac.new(b"shared", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == signed
    assert stun == {"urls": ["stun:t.example"]}


def test_without_a_secret_no_relay_is_named():
    assert ice_servers(turn=["turn:t.example"], secret="", stun=[], who="7", now=NOON) == []
