"""Public comments on Facebook and Instagram: answered where anybody can read it, or taken to private."""

from datetime import timedelta

import pytest

from hospes.channels.instagram.tests.contract import CONTRACT as INSTAGRAM
from hospes.channels.messenger.tests.contract import CONTRACT as MESSENGER
from hospes.channels.messenger.tests.contract import PAGE
from hospes.channels.tests.meta_calls import answer, posted, sign
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.testing.channels import work
from hospes.testing.people import desk_actor, make_agent
from hospes.testing.standin import Reply, standin
from hospes.tickets.models import Message, Ticket
from hospes.tickets.queries.ways import ways_of

PSID = "10158000111222333"
IGSID = "637000001112223"
POST = f"{PAGE}_1044444444"
COMMENT = "1044444444_2002222222"


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


def comment(inbox, *, comment_id=COMMENT, text="Where is my kettle?", **more):
    value = {
        "item": "comment", "verb": "add", "comment_id": comment_id, "post_id": POST, "parent_id": POST,
        "created_time": 1520544814, "message": text, "from": {"id": PSID, "name": "Anna Kalniņa"}, **more,
    }  # fmt: skip
    entry = {"id": PAGE, "time": 1520544816, "changes": [{"field": "feed", "value": value}]}
    assert MESSENGER.post(inbox, sign({"object": "page", "entry": [entry]})) == 200
    work()


def private(inbox, text):
    event = {
        "sender": {"id": PSID},
        "recipient": {"id": PAGE},
        "timestamp": 1,
        "message": {"mid": f"m_{text}", "text": text},
    }
    assert MESSENGER.post(inbox, sign({"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]})) == 200
    work()


def modes():
    return [(w.mode, w.open, w.spent) for w in ways_of(Ticket.objects.get(), now=clock.now())]


def test_a_comment_is_answered_in_public_by_default(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox)
    assert modes() == [("public", True, False), ("private", True, False)]
    reply = answer(agent)
    assert reply.extra["public"] is True
    assert posted(provider) == [(f"/v23.0/{COMMENT}/comments", {"message": "It left today."})]
    comment(inbox, comment_id="1044444444_3", text="And when does it arrive?")
    assert Ticket.objects.get().message_count == 3


def test_a_comment_is_taken_to_private_once_and_goes_on_there(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox)
    answer(agent, "What is your number?", via=inbox.pk, private=True)
    [(path, sent)] = posted(provider)
    assert path == f"/v23.0/{PAGE}/messages"
    assert sent["recipient"] == {"comment_id": COMMENT}
    assert "tag" not in sent
    assert modes() == [("public", True, False), ("private", False, True)]
    with pytest.raises(InvalidInput, match="privately already"):
        answer(agent, "Hello?", via=inbox.pk, private=True)
    private(inbox, "It is 4711")
    assert modes() == [("private", True, False), ("public", True, False)]
    answer(agent, "Thank you.")
    assert posted(provider)[-1][1]["recipient"] == {"id": PSID}
    answer(agent, "All is well now.", via=inbox.pk, private=False)
    assert posted(provider)[-1][0] == f"/v23.0/{COMMENT}/comments"


def test_a_private_answer_must_fit_one_message_and_be_in_time(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox)
    with pytest.raises(InvalidInput, match="one short message"):
        answer(agent, "word " * 900, via=inbox.pk, private=True)
    assert answer(agent, via=inbox.pk, private=True).delivery == Message.Delivery.SENT
    comment(inbox, comment_id="1044444444_5", text="Anybody there?")
    with pytest.raises(InvalidInput, match="until the customer writes again"):
        answer(agent, via=inbox.pk, private=True, later=timedelta(days=8))
    assert answer(agent, via=inbox.pk, private=False).delivery == Message.Delivery.SENT


def test_a_visitors_post_is_answered_below_it_and_in_private_by_its_id(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox, item="status", comment_id="", post_id=f"{PAGE}_3003")
    answer(agent)
    answer(agent, "In private", via=inbox.pk, private=True)
    public, secret = posted(provider)
    assert public[0] == f"/v23.0/{PAGE}_3003/comments"
    assert secret[1]["recipient"] == {"post_id": f"{PAGE}_3003"}


def test_what_was_changed_or_removed_in_public_is_seen(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox)
    comment(inbox, verb="edited", text="Where is my red kettle?")
    assert Message.objects.get().text == "Where is my red kettle?"
    comment(inbox, verb="remove")
    assert Message.objects.get().withdrawn_at


def test_two_people_below_one_post_have_two_tickets(provider, agent):
    inbox = MESSENGER.inbox(provider)
    comment(inbox)
    comment(inbox, comment_id="1044444444_4", **{"from": {"id": "9", "name": "Anna Kalniņa"}})
    assert Ticket.objects.count() == 2


def instagram(inbox, field, value):
    entry = {"id": "17841405309211844", "time": 1520622968, "changes": [{"field": field, "value": value}]}
    assert INSTAGRAM.post(inbox, sign({"object": "instagram", "entry": [entry]})) == 200
    work()


def test_an_instagram_comment_is_answered_below_it_or_in_private(provider, agent):
    inbox = INSTAGRAM.inbox(provider)
    provider.usual = lambda asked: (
        Reply(data={"permalink": "https://www.instagram.com/p/Cabc/", "id": "1"})
        if asked.params.get("fields") == "permalink"
        else Reply(data={"id": "17900", "message_id": "aWdf_1"})
    )
    media = {"id": "17887498072083520", "media_product_type": "FEED"}
    person = {"id": IGSID, "username": "anna.k"}
    instagram(inbox, "comments", {"from": person, "media": media, "id": "17865799348089039", "text": "When?"})
    assert Message.objects.get().extra["permalink"] == "https://www.instagram.com/p/Cabc/"
    answer(agent, "On Friday.")
    answer(agent, "Shall I keep one for you?", via=inbox.pk, private=True)
    assert posted(provider) == [
        ("/v23.0/17865799348089039/replies", {"message": "On Friday."}),
        (
            "/v23.0/17841405309211844/messages",
            {"recipient": {"comment_id": "17865799348089039"}, "message": {"text": "Shall I keep one for you?"}},
        ),
    ]


def test_a_mention_says_what_was_asked_for_and_is_answered_in_public_only(provider, agent):
    inbox = INSTAGRAM.inbox(provider)
    told = {
        "text": "@kettles is it you?",
        "username": "anna.k",
        "media": {"permalink": "https://www.instagram.com/p/x/"},
    }
    provider.answers[:] = [Reply(status=500)]
    provider.usual = lambda asked: Reply(data={"mentioned_comment": told, "id": "17900"})
    instagram(inbox, "mentions", {"comment_id": "17894227972186120", "media_id": "17918195224117851"})
    work(later=30)
    said = Message.objects.get()
    assert (said.text, said.author_name, said.author_address) == (
        "@kettles is it you?",
        "anna.k",
        "instagram:name=anna.k",
    )
    assert modes() == [("public", True, False)]
    answer(agent, "It is.")
    body = {"media_id": "17918195224117851", "comment_id": "17894227972186120", "message": "It is."}
    assert posted(provider) == [("/v23.0/17841405309211844/mentions", body)]
