"""Messenger's contract: calls as the Messenger Platform documents them, signed with the app secret."""

from hospes.channels.tests.meta_calls import PageContract
from hospes.testing.standin import Reply

PAGE = "682498302938465"


class MessengerContract(PageContract):
    kind = "messenger"
    thing = "page"
    account_field, account = "page_id", PAGE
    people, mids = "10158000", "m_"
    files = "/v/t59/"
    names = "name"

    def unknown_call(self, inbox, words):
        return self.event(words, {"attachments": [{"type": "appointment_booking", "payload": {}}]})

    def refuse_for_good(self):
        error = {
            "message": "(#551) This person isn't available right now.", "type": "OAuthException", "code": 551,
            "error_subcode": 1545041, "fbtrace_id": "A1",
        }  # fmt: skip
        return Reply(status=400, data={"error": error})

    def look_at(self, body):
        assert set(body) == {"recipient", "messaging_type", "message"}
        assert body["messaging_type"] == "RESPONSE"
        assert set(body["message"]) == {"text", "metadata"}


CONTRACT = MessengerContract()
