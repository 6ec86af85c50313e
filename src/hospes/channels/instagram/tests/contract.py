"""Instagram's contract: calls as the Instagram messaging documentation has them, signed with the app secret."""

import itertools
import json
from dataclasses import replace

from hospes.channels import meta
from hospes.testing.channels import Contract, Sent
from hospes.testing.standin import Reply

ACCOUNT = "17841405309211844"
SECRET = "app-secret-of-tests"
TOKEN = "token-of-tests"


def signed(value):
    """A call as Meta signs it."""
    body = json.dumps(value).encode()
    return Sent(body, {"X-Hub-Signature-256": meta.signature(body, SECRET)})


class InstagramContract(Contract):
    kind = "instagram"

    def __init__(self):
        self._ids = itertools.count(1)
        self._size = 0

    def credential(self, standin):
        return {
            "account_id": ACCOUNT,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "verify_token": "verify-me-please",
            "api_base": standin.url,
            "api_version": "v23.0",
        }

    def sender_key(self, words):
        return f"instagram:63700000{words.sender[-1]}"

    def _event(self, words, message):
        person = self.sender_key(words).partition(":")[2]
        event = {
            "sender": {"id": person},
            "recipient": {"id": ACCOUNT},
            "timestamp": words.at * 1000,
            "message": {"mid": f"aWdfZAG{words.message_id}", **message},
        }
        entry = {"id": ACCOUNT, "time": words.at * 1000 + words.nonce, "messaging": [event]}
        return signed({"object": "instagram", "entry": [entry]})

    def call(self, inbox, words):
        return self._event(words, {"text": words.text})

    def file_call(self, inbox, words, standin, size):
        self._size = size
        url = f"{standin.url}/ig_messaging_cdn/?asset_id=17950&signature=AY"
        return self._event(words, {"attachments": [{"type": "image", "payload": {"url": url}}]})

    def unknown_call(self, inbox, words):
        return self._event(words, {"is_unsupported": True})

    def forge(self, sent):
        return replace(sent, headers={"X-Hub-Signature-256": meta.signature(sent.body, "another secret")})

    def accept(self, asked):
        if asked.path.startswith("/ig_messaging_cdn/"):
            assert "authorization" not in asked.headers
            return Reply(body=b"x" * self._size, headers={"Content-Type": "image/jpeg"})
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        if asked.method == "GET":
            assert asked.params == {"fields": "name,username"}
            return Reply(data={"name": "Anna Kalniņa", "username": "anna.k", "id": asked.path.rsplit("/", 1)[1]})
        return Reply(data={"recipient_id": "63700000", "message_id": f"aWdf_sent-{next(self._ids)}"})

    def refuse_for_good(self):
        error = {
            "message": "(#100) No matching user found", "type": "OAuthException", "code": 100,
            "error_subcode": 2018001, "fbtrace_id": "A1",
        }  # fmt: skip
        return Reply(status=400, data={"error": error})

    def sent_texts(self, asked):
        found = []
        for one in asked:
            if one.method != "POST":
                continue
            assert one.path == f"/v23.0/{ACCOUNT}/messages"
            body = one.data
            assert set(body) == {"recipient", "message"}
            assert set(body["recipient"]) == {"id"}
            assert set(body["message"]) == {"text"}
            found.append(body["message"]["text"])
        return found


CONTRACT = InstagramContract()
