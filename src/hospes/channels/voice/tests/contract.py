"""The voice channel's contract: an incoming call opens a ticket, its answer is read aloud by a call."""

import zlib
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

from django.conf import settings

from hospes.channels.voice import signature
from hospes.testing.channels import Contract, Sent
from hospes.testing.standin import Reply

TOKEN = "12345678901234567890123456789012"
ACCOUNT = "AC00000000000000000000000000000001"
FORM = "application/x-www-form-urlencoded"


def number_of(sender):
    """A Latvian number for each of the suite's senders."""
    return f"+3712{zlib.crc32(sender.encode()) % 10**7:07d}"


def sid_of(message_id):
    """A call's id, as the provider makes them."""
    return f"CA{zlib.crc32(message_id.encode()):032x}"


def signed(url, form):
    """(body, headers) of a request as the provider sends it."""
    headers = {"X-Twilio-Signature": signature.sign(url, list(form.items()), TOKEN)}
    return urlencode(form).encode(), headers


class VoiceContract(Contract):
    kind = "voice"
    address = "+37167000000"
    no_files = "a call brings no file with it; voicemails and recordings are fetched later (test_recordings.py)"

    def credential(self, standin):
        return {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_base": standin.url}

    def _form(self, words, **more):
        return {
            "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": sid_of(words.message_id),
            "CallStatus": "ringing", "CallerName": words.name, "Direction": "inbound",
            "From": number_of(words.sender), "To": self.address, "FromCountry": "LV",
            "SipHeader_X-Call-Reason": words.text, "Nonce": str(words.nonce), **more,
        }  # fmt: skip

    def _sent(self, inbox, form):
        body, headers = signed(f"{settings.PUBLIC_URL}/channels/voice/{inbox.pk}/", form)
        return Sent(body, headers, FORM)

    def call(self, inbox, words):
        return self._sent(inbox, self._form(words))

    def unknown_call(self, inbox, words):
        return self._sent(inbox, self._form(words, CallStatus="teleported"))

    def forge(self, sent):
        return Sent(sent.body, {"X-Twilio-Signature": "bm90IHRoZSBwcm92aWRlcg=="}, FORM)

    def accept(self, asked):
        return Reply(status=201, data={"sid": f"CA{len(asked.body):032x}", "status": "queued"})

    def refuse_for_good(self):
        return Reply(status=400, data={"code": 21211, "message": "The 'To' number is not a valid phone number."})

    def sender_key(self, words):
        return number_of(words.sender)

    def sent_texts(self, asked):
        found = []
        for one in asked:
            if not one.path.endswith("/Calls.json"):
                continue
            assert one.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
            assert one.headers["authorization"].startswith("Basic ")
            form = {name: values[0] for name, values in parse_qs(one.body.decode()).items()}
            assert form["From"] == self.address
            assert form["To"].startswith("+371")
            found.append(" ".join(say.text or "" for say in ET.fromstring(form["Twiml"]).iter("Say")))
        return found


CONTRACT = VoiceContract()
