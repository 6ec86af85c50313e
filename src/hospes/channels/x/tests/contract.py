"""X's contract: private messages as the Account Activity API's documentation shows them."""

import base64
import hashlib
import hmac
import json
import zlib
from urllib.parse import quote, unquote

from hospes.channels.x.adapter import HEADER
from hospes.testing.channels import Contract, Sent
from hospes.testing.standin import Reply

# The keys of the documentation's own example (Creating a signature).
KEYS = {
    "consumer_key": "xvz1evFS4wEEPTGEFPHBog",
    "consumer_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "access_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    "access_token_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
}
US = "370773112"


def signed(body, secret=KEYS["consumer_secret"], header=HEADER):
    """The body with X's signature (Webhooks: Signature verification)."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return Sent(body, {header: "sha256=" + base64.b64encode(digest).decode()})


def number(name):
    """An id for a name, always the same."""
    return str(10**18 + zlib.crc32(name.encode()))


def message(words, **held):
    """A private message (direct_message_events)."""
    sender = number(words.sender)
    return {
        "for_user_id": US,
        "direct_message_events": [
            {
                "type": "message_create",
                "id": number(words.message_id),
                "created_timestamp": str(words.at * 1000),
                "message_create": {
                    "target": {"recipient_id": US},
                    "sender_id": sender,
                    "source_app_id": "13090192",
                    "message_data": {
                        "text": words.text,
                        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
                        **held,
                    },
                },
            }
        ],
        "users": {sender: {"id": sender, "name": words.name, "screen_name": "furiouscamper"}},
    }


def check_signed(asked, base):
    """The request is signed as the documentation asks for, by our keys, over its own address."""
    scheme, _space, rest = asked.headers["authorization"].partition(" ")
    assert scheme == "OAuth"
    given = dict(pair.split("=", 1) for pair in rest.split(", "))
    given = {name: unquote(value.strip('"')) for name, value in given.items()}
    told = given.pop("oauth_signature")
    assert given["oauth_consumer_key"] == KEYS["consumer_key"]
    assert given["oauth_token"] == KEYS["access_token"]
    assert (given["oauth_signature_method"], given["oauth_version"]) == ("HMAC-SHA1", "1.0")
    pairs = sorted([*given.items(), *asked.params.items()])
    flat = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    text = "&".join(quote(part, safe="~") for part in (asked.method, base + asked.path, flat))
    key = f"{KEYS['consumer_secret']}&{KEYS['access_token_secret']}"
    assert told == base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


class XContract(Contract):
    kind = "x"
    address = "@demoshop"

    def credential(self, standin):
        self.base = standin.url
        return {**KEYS, "bearer_token": "AAAA", "api": standin.url}

    def _sent(self, told, words):
        return signed(json.dumps(told).encode() + b" " * words.nonce)

    def call(self, inbox, words):
        return self._sent(message(words), words)

    def file_call(self, inbox, words, standin, size):
        media = {
            "id_str": "1",
            "type": "photo",
            "url": "https://t.co/UeDrjnc9yH",
            "media_url_https": f"{standin.url}/1.1/ton/data/dm/1/2/pic.jpg",
        }

        def usual(asked):
            if asked.path == "/1.1/ton/data/dm/1/2/pic.jpg":
                check_signed(asked, standin.url)
                return Reply(body=b"%" * size, headers={"Content-Type": "image/jpeg"})
            return self.accept(asked)

        standin.usual = usual
        return self._sent(message(words, attachment={"type": "media", "media": media}), words)

    def unknown_call(self, inbox, words):
        return self._sent(message(words, text="", attachment={"type": "hologram"}), words)

    def forge(self, sent):
        return signed(sent.body, "another-secret")

    def accept(self, asked):
        self._count = getattr(self, "_count", 0) + 1
        event = 1582106224379559940 + self._count
        told = {"data": {"dm_conversation_id": "1582103724607971328", "dm_event_id": str(event)}}
        return Reply(status=201, data=told)

    def refuse_for_good(self):
        told = {"title": "Forbidden", "status": 403, "type": "about:blank"}
        return Reply(status=403, data={**told, "detail": "You cannot send messages to this user."})

    def sender_key(self, words):
        return f"x:{number(words.sender)}"

    def sent_texts(self, asked):
        found = []
        for request in asked:
            assert request.method == "POST"
            assert request.path == f"/2/dm_conversations/with/{number('p1')}/messages"
            assert request.headers["content-type"] == "application/json"
            check_signed(request, self.base)
            found.append(request.data["text"])
        return found


CONTRACT = XContract()
