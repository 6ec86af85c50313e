"""Viber's contract: callbacks as the REST Bot API's documentation shows them."""

import hashlib
import hmac
import json
import zlib

from hospes.channels.viber.adapter import HEADER
from hospes.testing.channels import Contract, Sent
from hospes.testing.standin import Reply

TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"


def signed(body, token=TOKEN):
    """The body with Viber's signature (Callback validation)."""
    return Sent(body, {HEADER: hmac.new(token.encode(), body, hashlib.sha256).hexdigest()})


def message(words, **held):
    """A message callback."""
    return {
        "event": "message",
        "timestamp": words.at * 1000,
        "message_token": 4912661846655000000 + zlib.crc32(words.message_id.encode()),
        "sender": {
            "id": f"{words.sender}==",
            "name": words.name,
            "avatar": "http://avatar.example.com",
            "country": "UK",
            "language": "en",
            "api_version": 1,
        },
        "message": held or {"type": "text", "text": words.text},
    }


class ViberContract(Contract):
    kind = "viber"
    address = "Demo shop"

    def credential(self, standin):
        return {"token": TOKEN, "sender_name": "Demo shop", "api": standin.url}

    def _sent(self, told, words):
        return signed(json.dumps(told).encode() + b" " * words.nonce)

    def call(self, inbox, words):
        return self._sent(message(words), words)

    def file_call(self, inbox, words, standin, size):
        held = {"type": "file", "media": f"{standin.url}/media/proof.pdf", "size": size, "file_name": "proof.pdf"}

        def usual(asked):
            if asked.path == "/media/proof.pdf":
                return Reply(body=b"%" * size, headers={"Content-Type": "application/pdf"})
            return self.accept(asked)

        standin.usual = usual
        return self._sent(message(words, **held), words)

    def unknown_call(self, inbox, words):
        return self._sent(message(words, type="rich_media", rich_media={"Type": "rich_media"}), words)

    def forge(self, sent):
        return signed(sent.body, "another-token")

    def accept(self, asked):
        self._count = getattr(self, "_count", 0) + 1
        token = 5741311803571721000 + self._count
        told = {"status": 0, "status_message": "ok", "message_token": token, "chat_hostname": "SN-CHAT-01_"}
        return Reply(data=told)

    def refuse_for_good(self):
        return Reply(data={"status": 6, "status_message": "notSubscribed", "chat_hostname": "SN-CHAT-01_"})

    def sender_key(self, words):
        return f"viber:{words.sender}=="

    def sent_texts(self, asked):
        found = []
        for request in asked:
            assert (request.method, request.path) == ("POST", "/pa/send_message")
            assert request.headers["x-viber-auth-token"] == TOKEN
            assert request.data["sender"] == {"name": "Demo shop"}
            assert request.data["receiver"] == "p1=="
            assert request.data["type"] == "text"
            found.append(request.data["text"])
        return found


CONTRACT = ViberContract()
