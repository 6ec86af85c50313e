"""What tests of Meta's channels share: signing calls, answering after a while, what the provider was asked."""

import itertools
import json
from dataclasses import replace

from django.db.models import F

from hospes.channels import meta
from hospes.core import clock
from hospes.testing.channels import Contract, Sent, Words, work
from hospes.testing.standin import Reply
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

SECRET = "app-secret-of-tests"
TOKEN = "token-of-tests"


def sign(value, secret=SECRET):
    """A call as Meta signs it."""
    body = json.dumps(value).encode()
    return Sent(body, {"X-Hub-Signature-256": meta.signature(body, secret)})


def forge(sent):
    """The same call, signed by somebody else."""
    return replace(sent, headers={"X-Hub-Signature-256": meta.signature(sent.body, "another secret")})


def app_credential(standin, **more):
    """Settings of an inbox behind a Meta app."""
    app = {"access_token": TOKEN, "app_secret": SECRET, "verify_token": "verify-me-please"}
    return {**app, "api_base": standin.url, "api_version": "v23.0", **more}


class PageContract(Contract):
    """What Messenger and Instagram document alike: an entry of private events, files at open addresses, names asked
    for. Each says what its own ids, fields and addresses look like."""

    thing = ""  # what a call is about
    account_field = account = ""  # the setting with the account's id, and that id
    people = ""  # how ids of people begin
    mids = ""  # how ids of messages begin
    files = ""  # where files lie
    names = ""  # what is asked of somebody unknown
    stops = "stopped"

    def __init__(self):
        self._ids = itertools.count(1)
        self._size = 0

    def credential(self, standin):
        return app_credential(standin, **{self.account_field: self.account})

    def sender_key(self, words):
        return f"{self.kind}:{self.people}{words.sender[-1]}"

    def event(self, words, message):
        person = self.sender_key(words).partition(":")[2]
        event = {
            "sender": {"id": person},
            "recipient": {"id": self.account},
            "timestamp": words.at * 1000,
            "message": {"mid": f"{self.mids}{words.message_id}", **message},
        }
        entry = {"id": self.account, "time": words.at * 1000 + words.nonce, "messaging": [event]}
        return sign({"object": self.thing, "entry": [entry]})

    def call(self, inbox, words):
        return self.event(words, {"text": words.text})

    def file_call(self, inbox, words, standin, size):
        self._size = size
        url = f"{standin.url}{self.files}scratch.jpg?oh=1"
        return self.event(words, {"attachments": [{"type": "image", "payload": {"url": url}}]})

    def forge(self, sent):
        return forge(sent)

    def accept(self, asked):
        if asked.path.startswith(self.files):
            assert "authorization" not in asked.headers
            return Reply(body=b"x" * self._size, headers={"Content-Type": "image/jpeg"})
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        person = asked.path.rsplit("/", 1)[1]
        if asked.method == "GET":
            assert asked.params == {"fields": self.names}
            return Reply(data={"name": "Anna Kalniņa", "username": "anna.k", "id": person})
        if "sender_action" in asked.data:
            return Reply(data={"recipient_id": asked.data["recipient"]["id"]})
        return Reply(data={"recipient_id": self.people, "message_id": f"{self.mids}sent-{next(self._ids)}"})

    def sent_texts(self, asked):
        found = []
        for one in asked:
            if one.method == "POST" and not self.told(one):
                assert one.path == f"/v23.0/{self.account}/messages"
                assert set(one.data["recipient"]) == {"id"}
                self.look_at(one.data)
                found.append(one.data["message"]["text"])
        return found

    def told(self, asked):
        if asked.method != "POST" or "sender_action" not in asked.data:
            return ""
        assert asked.path == f"/v23.0/{self.account}/messages"
        assert set(asked.data) == {"recipient", "sender_action"}
        assert asked.data["recipient"] == {"id": self.sender_key(Words()).partition(":")[2]}
        return {"mark_seen": "seen", "typing_on": "typing", "typing_off": "stopped"}[asked.data["sender_action"]]

    def look_at(self, body):
        """Make sure that a request is as the channel's own documentation has it."""
        raise NotImplementedError


def answer(agent, text="It left today.", *, later=None, **more):
    """The only ticket is answered, `later` after all that was said."""
    if later:
        Message.objects.update(created_at=F("created_at") - later)
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text=text, **more)
    work()
    reply.refresh_from_db()
    return reply


def posted(provider):
    """(path, body) of what the provider was asked to pass on; signs of reading and writing are test_telling.py's."""
    asked = [one for one in provider.asked if one.method == "POST"]
    return [(one.path, one.data) for one in asked if "sender_action" not in one.data]
