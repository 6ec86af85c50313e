"""The chat's contract: its door is our own HTTP addresses, its signature is the visitor's token."""

import json
import uuid

from django.test import Client

from hospes.channels.models import ChatSite, ChatVisitor
from hospes.testing.channels import Contract
from hospes.testing.people import NOON
from hospes.tickets.models import Inbox

ORIGIN = "https://shop.example"


class ChatContract(Contract):
    """Visitors are made by start/, their messages come by message/."""

    kind = "chat"
    address = "chat-demo"
    unsigned = "visitors bear tokens; forged ones, replays and unknown kinds have their own tests in test_door.py"
    no_files = "files are uploaded by the visitor; row 16 has its own tests in test_door.py"
    own_faults = "an answer is sent by being there: no provider can fail"

    def __init__(self):
        self.tokens = {}

    def end(self):
        self.tokens.clear()

    def inbox(self, standin):
        inbox = Inbox.objects.create(
            name="Demo shop", kind="chat", address=self.address, created_at=NOON, acknowledge=False
        )
        ChatSite.objects.create(inbox=inbox, origins=[ORIGIN], needs_people=False)
        return inbox

    def ask(self, inbox, path, body=None, *, token=""):
        headers = {"Origin": ORIGIN, **({"Authorization": f"Bearer {token}"} if token else {})}
        address = f"/channels/chat/{inbox.pk}/{path}"
        if body is None:
            return Client().get(address, headers=headers)
        return Client().post(address, json.dumps(body), content_type="application/json", headers=headers)

    def token_of(self, inbox, words):
        if words.sender not in self.tokens:
            begun = self.ask(inbox, "start/", {"lang": "en", "fields": {"name": words.name}})
            assert begun.status_code == 200, begun.content
            self.tokens[words.sender] = begun.json()
        return self.tokens[words.sender]["token"]

    def sender_key(self, words):
        return f"chat:{self.tokens[words.sender]['visitor']}"

    def deliver(self, inbox, words):
        token = self.token_of(inbox, words)
        said = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, words.message_id)), "text": words.text}
        response = self.ask(inbox, "message/", said, token=token)
        assert response.status_code == 202, response.content
        return 200

    def sent_texts(self, asked):
        found = []
        for visitor in ChatVisitor.objects.all():
            token = next(t["token"] for t in self.tokens.values() if t["visitor"] == visitor.key)
            talk = self.ask(visitor.inbox, "talk/", token=token).json()
            found += [message["text"] for message in talk["messages"] if message["from"] != "visitor"]
        return found


CONTRACT = ChatContract()
