"""SMPP's contract: messages come over a bound line of an SMSC that was written against the specification."""

from hospes.channels import operations, segments
from hospes.channels.smpp.listening import Session
from hospes.channels.smpp.sending import LINES
from hospes.channels.smpp.tests.smsc import Smsc
from hospes.core.actors import SYSTEM
from hospes.testing.channels import Contract
from hospes.testing.people import NOON
from hospes.tickets.models import Inbox

NUMBERS = {"p1": "37120000001", "p2": "37120000002"}


def encoded(text):
    """A text as a phone sends it: (data_coding, octets)."""
    if segments.alphabet_of(text) == segments.GSM:
        return 0, segments.encode(text)
    return 8, text.encode("utf-16-be")


class SmppContract(Contract):
    kind = "smpp"
    address = "+37129999999"
    unsigned = "who may deliver is who we have bound to with our password; test_lines.py tries wrong ones"
    no_files = "SMPP carries no files"
    own_faults = "an SMSC's faults are statuses and cut lines; test_sending.py has them all"

    def __init__(self):
        self._smsc = None
        self._session = None

    def credential(self, standin=None):
        return {"host": "127.0.0.1", "port": str(self._smsc.port), "system_id": "hospes", "password": "secret"}

    def use(self, smsc):
        """Take this centre."""
        self._smsc = smsc

    def inbox(self, standin=None):
        self.use(Smsc())
        inbox = Inbox.objects.create(name="Demo shop", kind=self.kind, address=self.address, created_at=NOON)
        operations.save_credential(inbox=inbox, values=self.credential(), actor=SYSTEM, now=NOON)
        return inbox

    def sender_key(self, words):
        return f"+{NUMBERS[words.sender]}"

    def deliver(self, inbox, words):
        if self._session is None:
            self._session = Session(inbox, self.credential())
        coding, message = encoded(words.text)
        sequence = self._smsc.push(source=NUMBERS[words.sender].encode(), coding=coding, message=message)
        assert self._session.step(20)
        return 200 if self._smsc.answer_to(sequence) == 0 else 500

    def sent_texts(self, asked):
        found = []
        for one in self._smsc.submitted:
            assert (one.source_ton, one.source_npi, one.source) == (1, 1, "37129999999")
            assert (one.dest_ton, one.dest_npi) == (1, 1)
            assert one.destination in NUMBERS.values()
            assert one.registered == 1
            found.append(segments.decode(one.message) if one.coding == 0 else one.message.decode("utf-16-be"))
        return found

    def end(self):
        LINES.close_all()
        if self._session is not None:
            self._session.line.close()
        if self._smsc is not None:
            self._smsc.close()
        self._session = self._smsc = None


CONTRACT = SmppContract()
