"""E-mail's contract: its doors are SMTP, IMAP and providers' own webhooks, so it comes in by `accept`."""

from contextlib import ExitStack
from email import message_from_bytes, policy

from hospes.channels import operations
from hospes.channels.email.receive import accept
from hospes.channels.email.tests.mails import mail
from hospes.channels.email.tests.servers import smtp_sink
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.testing.channels import Contract
from hospes.testing.people import NOON, make_inbox


class EmailContract(Contract):
    kind = "email"
    unsigned = "mail has no signed door of this kind; providers' mail webhooks have their own tests"
    no_files = "files are in the mail itself; row 16 has its own tests"
    own_faults = "the faults of mail servers are row 27, with a mail server of its own"

    def __init__(self):
        self._open = ExitStack()

    def end(self):
        self._open.close()

    def inbox(self, standin):
        self.sink, url = self._open.enter_context(smtp_sink())
        inbox = make_inbox()
        operations.save_credential(inbox=inbox, values={"smtp": url}, actor=SYSTEM, now=NOON)
        return inbox

    def sender_key(self, words):
        return f"{words.sender}@customer.example"

    def deliver(self, inbox, words):
        sender = f"{words.name.translate({60: None, 62: None})} <{self.sender_key(words)}>"
        body = mail(words.text, sender=sender, message_id=f"{words.message_id}@customer.example")
        head = f"Received: from relay{words.nonce}.example; Mon, 04 May 2026 12:00:00 +0000\r\n".encode()
        accept(head + body, mail_from="", rcpt_to=[inbox.address], via="smtp", now=clock.now())
        return 200

    def sent_texts(self, asked):
        found = []
        for _sender, _recipients, body in self.sink.mails:
            plain = message_from_bytes(body, policy=policy.default).get_body(("plain",))
            found.append(plain.get_content() if plain else "")
        return found


CONTRACT = EmailContract()
