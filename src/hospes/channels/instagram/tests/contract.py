"""Instagram's contract: calls as the Instagram messaging documentation has them, signed with the app secret."""

from hospes.channels.tests.meta_calls import PageContract
from hospes.testing.standin import Reply


class InstagramContract(PageContract):
    kind = "instagram"
    thing = "instagram"
    account_field, account = "account_id", "17841405309211844"
    people, mids = "63700000", "aWdfZAG"
    files = "/ig_messaging_cdn/"
    names = "name,username"

    def unknown_call(self, inbox, words):
        return self.event(words, {"is_unsupported": True})

    def refuse_for_good(self):
        error = {
            "message": "(#100) No matching user found", "type": "OAuthException", "code": 100,
            "error_subcode": 2018001, "fbtrace_id": "A1",
        }  # fmt: skip
        return Reply(status=400, data={"error": error})

    def look_at(self, body):
        assert set(body) == {"recipient", "message"}
        assert set(body["message"]) == {"text"}


CONTRACT = InstagramContract()
