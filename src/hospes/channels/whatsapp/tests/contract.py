"""WhatsApp's contract: calls as the Cloud API documents them, signed with the app secret."""

import itertools
import json
from dataclasses import replace

from hospes.channels import meta
from hospes.testing.channels import Contract, Sent
from hospes.testing.standin import Reply

NUMBER_ID = "106540352242922"
ACCOUNT = "102290129340398"
SECRET = "app-secret-of-tests"
TOKEN = "token-of-tests"


def signed(value):
    """A call as Meta signs it."""
    body = json.dumps(value).encode()
    return Sent(body, {"X-Hub-Signature-256": meta.signature(body, SECRET)})


def envelope(value, *, number=NUMBER_ID):
    """The documented wrapping of a change."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}


class WhatsAppContract(Contract):
    kind = "whatsapp"

    def __init__(self):
        self._ids = itertools.count(1)
        self._files = {}

    def credential(self, standin):
        return {
            "phone_number_id": NUMBER_ID,
            "waba_id": ACCOUNT,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "verify_token": "verify-me-please",
            "api_base": standin.url,
            "api_version": "v23.0",
        }

    def sender_key(self, words):
        return f"+1650555123{words.sender[-1]}"

    def _message(self, words, content):
        number = self.sender_key(words)[1:]
        message = {"from": number, "id": f"wamid.{words.message_id}", "timestamp": str(words.at), **content}
        value = {"contacts": [{"profile": {"name": words.name}, "wa_id": number}], "messages": [message]}
        wrapped = envelope(value)
        if words.nonce:  # repeated together with something else
            wrapped["entry"].append({"id": ACCOUNT, "changes": [], "time": words.nonce})
        return signed(wrapped)

    def call(self, inbox, words):
        return self._message(words, {"type": "text", "text": {"body": words.text}})

    def file_call(self, inbox, words, standin, size):
        self._files["1013859600285441"] = (standin.url, size)
        media = {"caption": words.text, "mime_type": "image/jpeg", "sha256": "SfInY0gGKTsJ=", "id": "1013859600285441"}
        return self._message(words, {"type": "image", "image": media})

    def unknown_call(self, inbox, words):
        errors = [{"code": 131051, "title": "Message type unknown"}]
        return self._message(words, {"type": "unsupported", "errors": errors})

    def forge(self, sent):
        return replace(sent, headers={"X-Hub-Signature-256": meta.signature(sent.body, "another secret")})

    def accept(self, asked):
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        if asked.method == "GET" and asked.path.startswith("/v23.0/"):
            media_id = asked.path.rsplit("/", 1)[1]
            url, size = self._files[media_id]
            told = {"messaging_product": "whatsapp", "url": f"{url}/attachments/?mid={media_id}", "id": media_id}
            return Reply(data={**told, "mime_type": "image/jpeg", "sha256": "0af1", "file_size": size})
        if asked.method == "GET":
            return Reply(body=b"x" * self._files[asked.params["mid"]][1], headers={"Content-Type": "image/jpeg"})
        if asked.path.endswith("/media"):
            return Reply(data={"id": "4490709327384033"})
        if asked.data.get("status") == "read":
            return Reply(data={"success": True})
        contacts = [{"input": asked.data.get("to", ""), "wa_id": asked.data.get("to", "")}]
        messages = [{"id": f"wamid.sent-{next(self._ids)}"}]
        return Reply(data={"messaging_product": "whatsapp", "contacts": contacts, "messages": messages})

    def refuse_for_good(self):
        error = {
            "message": "(#131026) Message undeliverable", "type": "OAuthException", "code": 131026,
            "error_data": {"messaging_product": "whatsapp", "details": "Message Undeliverable."}, "fbtrace_id": "A1",
        }  # fmt: skip
        return Reply(status=400, data={"error": error})

    def sent_texts(self, asked):
        found = []
        for one in asked:
            if one.method != "POST" or one.data.get("type") != "text":
                continue
            assert one.path == f"/v23.0/{NUMBER_ID}/messages"
            assert one.headers["content-type"] == "application/json"
            body = one.data
            assert {k: body[k] for k in ("messaging_product", "recipient_type", "type")} == {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "type": "text",
            }
            assert body["to"].startswith("+1650555123")
            assert set(body) <= {"messaging_product", "recipient_type", "to", "type", "text", "context"}
            found.append(body["text"]["body"])
        return found


CONTRACT = WhatsAppContract()
