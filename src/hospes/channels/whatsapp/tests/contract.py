"""WhatsApp's contract: calls as the Cloud API documents them, signed with the app secret."""

import itertools

from hospes.channels.tests.meta_calls import TOKEN, app_credential, forge, sign
from hospes.testing.channels import Contract
from hospes.testing.standin import Reply

NUMBER_ID = "106540352242922"
ACCOUNT = "102290129340398"


def envelope(value, *, number=NUMBER_ID):
    """The documented wrapping of a change."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": number}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}


class WhatsAppContract(Contract):
    kind = "whatsapp"
    typing_reads = True

    def __init__(self):
        self._ids = itertools.count(1)
        self._files = {}

    def credential(self, standin):
        return app_credential(standin, phone_number_id=NUMBER_ID, waba_id=ACCOUNT)

    def sender_key(self, words):
        return f"+1650555123{words.sender[-1]}"

    def _message(self, words, content):
        number = self.sender_key(words)[1:]
        message = {"from": number, "id": f"wamid.{words.message_id}", "timestamp": str(words.at), **content}
        value = {"contacts": [{"profile": {"name": words.name}, "wa_id": number}], "messages": [message]}
        wrapped = envelope(value)
        if words.nonce:  # repeated together with something else
            wrapped["entry"].append({"id": ACCOUNT, "changes": [], "time": words.nonce})
        return sign(wrapped)

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
        return forge(sent)

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

    def told(self, asked):
        if asked.method != "POST" or asked.data.get("status") != "read":
            return ""
        assert asked.path == f"/v23.0/{NUMBER_ID}/messages"
        told = dict(asked.data)
        typing = told.pop("typing_indicator", None)
        assert typing in (None, {"type": "text"})
        assert told.pop("message_id").startswith("wamid.m-")
        assert told == {"messaging_product": "whatsapp", "status": "read"}
        return "typing" if typing else "seen"


CONTRACT = WhatsAppContract()
