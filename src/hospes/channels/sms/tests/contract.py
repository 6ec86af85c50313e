"""How Twilio speaks, for the contract that every channel keeps."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from hospes.channels.sms.tests.calls import TOKEN, incoming, signed
from hospes.testing.channels import Contract
from hospes.testing.standin import Reply

NUMBERS = {"p1": "+37120000001", "p2": "+37120000002"}
SID = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


class SmsContract(Contract):
    kind = "sms"
    address = "+15557122661"

    def __init__(self):
        self._count = 0

    def credential(self, standin):
        return {"account_sid": SID, "auth_token": TOKEN, "api_base": standin.url}

    def sender_key(self, words):
        return NUMBERS[words.sender]

    def _form(self, words, **more):
        form = incoming(sender=NUMBERS[words.sender], text=words.text, sid=f"SM{words.message_id}")
        form["ProfileName"] = words.name
        if words.nonce:  # a repetition comes with parameters that changed meanwhile
            form["NumSegments"] = str(words.nonce + 1)
        return form | more

    def call(self, inbox, words):
        return signed(self.url(inbox), self._form(words))

    def file_call(self, inbox, words, standin, size):
        def usual(asked, before=standin.usual):
            if asked.path == "/media/ME1":
                assert asked.headers["authorization"].startswith("Basic ")
                kept = {"Content-Type": "image/png"}
                return Reply(body=b"\x89PNG" + b"0" * (size - 4), headers=kept)
            return before(asked)

        standin.usual = usual
        media = {"NumMedia": "1", "MediaUrl0": f"{standin.url}/media/ME1", "MediaContentType0": "image/png"}
        return signed(self.url(inbox), self._form(words, **media))

    def unknown_call(self, inbox, words):
        return signed(self.url(inbox), self._form(words, Body="", HologramData="{}"))

    def forge(self, sent):
        changed = dict(parse_qsl(sent.body.decode(), keep_blank_values=True)) | {"Body": "Another text"}
        return replace(sent, body=urlencode(changed).encode())

    def accept(self, asked):
        self._count += 1
        return Reply(status=201, data={"sid": f"SMout{self._count}", "status": "queued"})

    def refuse_for_good(self):
        return Reply(
            status=400,
            data={"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400},
        )

    def sent_texts(self, asked):
        found = []
        for one in asked:
            if one.method != "POST":
                continue
            assert one.path == f"/2010-04-01/Accounts/{SID}/Messages.json"
            assert one.headers["content-type"] == "application/x-www-form-urlencoded"
            assert one.form["From"] == self.address
            assert one.form["To"] in NUMBERS.values()
            assert one.form["StatusCallback"].endswith("/")
            found.append(one.form["Body"])
        return found


CONTRACT = SmsContract()
