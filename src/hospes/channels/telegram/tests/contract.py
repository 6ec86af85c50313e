"""Telegram's contract: updates as the Bot API's documentation shows them."""

import json
import zlib

from hospes.channels.telegram.adapter import HEADER
from hospes.testing.channels import Contract, Sent, Words
from hospes.testing.standin import Reply

TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
SECRET = "a-secret-that-only-Telegram-knows_1"


def number(name):
    """A number for a name, always the same; Telegram's ids are numbers."""
    return 1_111_111 + zlib.crc32(name.encode()) % 1_000_000


def update(words, **held):
    """A private message as an update (Marvin's Marvellous Guide to All Things Webhook: Message with text)."""
    person = {
        "last_name": "",
        "id": number(words.sender),
        "is_bot": False,
        "first_name": words.name,
        "username": "Testusername",
    }
    return {
        "update_id": 10_000 + number(words.message_id),
        "message": {
            "date": words.at,
            "chat": {**person, "type": "private"},
            "message_id": number(words.message_id),
            "from": person,
            **(held or {"text": words.text}),
        },
    }


class TelegramContract(Contract):
    kind = "telegram"
    address = "@demoshop_bot"

    def credential(self, standin):
        return {"token": TOKEN, "secret_token": SECRET, "mode": "webhook", "api": standin.url}

    def _sent(self, told, words):
        return Sent(json.dumps(told).encode() + b" " * words.nonce, {HEADER: SECRET})

    def call(self, inbox, words):
        return self._sent(update(words), words)

    def file_call(self, inbox, words, standin, size):
        document = {"file_id": "BQADBAADaQ", "file_unique_id": "AgADaQ", "file_name": "proof.pdf"}
        document |= {"mime_type": "application/pdf", "file_size": size}
        held = {"document": document, "caption": words.text}

        def usual(asked):
            if asked.path == f"/bot{TOKEN}/getFile":
                assert asked.data == {"file_id": "BQADBAADaQ"}
                path = {"file_id": "BQADBAADaQ", "file_size": size, "file_path": "documents/file_0.pdf"}
                return Reply(data={"ok": True, "result": path})
            if asked.path == f"/file/bot{TOKEN}/documents/file_0.pdf":
                return Reply(body=b"%" * size, headers={"Content-Type": "application/octet-stream"})
            return self.accept(asked)

        standin.usual = usual
        return self._sent(update(words, **held), words)

    def unknown_call(self, inbox, words):
        return self._sent(update(words, paid_media={"star_count": 3}), words)

    def forge(self, sent):
        return Sent(sent.body, {HEADER: "wrong"})

    def accept(self, asked):
        if asked.path.endswith("/sendChatAction"):
            return Reply(data={"ok": True, "result": True})
        self._sent_count = getattr(self, "_sent_count", 0) + 1
        return Reply(data={"ok": True, "result": {"message_id": 50_000 + self._sent_count, "date": 1441645532}})

    def refuse_for_good(self):
        told = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
        return Reply(status=400, data=told)

    def sender_key(self, words):
        return f"telegram:{number(words.sender)}"

    def sent_texts(self, asked):
        found = []
        for request in asked:
            if self.told(request):
                continue
            assert request.method == "POST"
            assert request.path == f"/bot{TOKEN}/sendMessage"
            assert request.headers["content-type"] == "application/json"
            assert isinstance(request.data["chat_id"], int)
            found.append(request.data["text"])
        return found

    def told(self, asked):
        if asked.path != f"/bot{TOKEN}/sendChatAction":
            return ""
        assert asked.method == "POST"
        assert asked.data == {"chat_id": number(Words().sender), "action": "typing"}
        return "typing"


CONTRACT = TelegramContract()
