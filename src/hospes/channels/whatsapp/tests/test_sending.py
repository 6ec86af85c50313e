"""What the Cloud API is asked, to the letter, and what its refusals mean."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage
from hospes.channels.whatsapp import sending, templates
from hospes.channels.whatsapp.adapter import WhatsAppAdapter
from hospes.channels.whatsapp.tests.contract import CONTRACT, NUMBER_ID
from hospes.testing.standin import Reply, standin
from hospes.tickets.incoming import RemoteFile

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ANNA = "+16505551234"
HEAD = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": ANNA}
PDF = OutgoingFile("invoice.pdf", "application/pdf", b"%PDF-1.7")
PICTURE = OutgoingFile("kettle.jpg", "image/jpeg", b"\xff\xd8")
VOICE = OutgoingFile("call.ogg", "audio/ogg", b"OggS")


@pytest.fixture
def provider(settings):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        running.usual = CONTRACT.accept
        yield running


def message(text="It left today.", *, to=ANNA, **more):
    return OutgoingMessage(
        message_id="m@hospes", number="4711", subject="", text=text, html="", sender=("Ivo", "us"), to=(("Anna", to),),
        cc=(), reply_to={}, in_reply_to="", references=(), automatic=more.pop("automatic", False), language="en",
        at=NOON, **more,
    )  # fmt: skip


def send(provider, outgoing):
    return WhatsAppAdapter().send(outgoing, CONTRACT.credential(provider))


def said(provider):
    return [one.data for one in provider.asked if one.path == f"/v23.0/{NUMBER_ID}/messages"]


def test_a_text_is_what_the_documentation_asks_for(provider):
    receipt = send(provider, message())
    assert said(provider) == [{**HEAD, "type": "text", "text": {"preview_url": False, "body": "It left today."}}]
    assert receipt.provider_id.startswith("wamid.sent-")


def test_a_text_with_a_link_shows_what_lies_there(provider):
    send(provider, message("See https://shop.example/kettle"))
    assert said(provider)[0]["text"]["preview_url"] is True


def test_who_shows_no_number_is_written_to_by_their_id(provider):
    send(provider, message(to="whatsapp:US.13491208655302741918"))
    assert said(provider)[0]["recipient"] == "US.13491208655302741918"
    assert "to" not in said(provider)[0]


def test_a_late_answer_quotes_what_it_answers_and_tells_of_no_reading_a_second_time(provider):
    send(provider, message(answered_id="wamid.asked", answered_at=NOON - timedelta(hours=3)))
    [answer] = said(provider)
    assert answer["context"] == {"message_id": "wamid.asked"}


def test_what_was_read_gets_its_ticks(provider):
    sending.mark_read("wamid.asked", CONTRACT.credential(provider))
    assert said(provider) == [{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.asked"}]


def test_a_quick_answer_does_not_quote_and_a_machine_has_read_nothing(provider):
    send(provider, message(answered_id="wamid.asked", answered_at=NOON - timedelta(minutes=3), automatic=True))
    [answer] = said(provider)
    assert "context" not in answer


def test_up_to_three_answers_are_buttons(provider):
    send(provider, message("Which colour?", extra={"buttons": ["Red", "Blue"]}))
    assert said(provider)[0]["interactive"] == {
        "type": "button",
        "body": {"text": "Which colour?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "choice-1", "title": "Red"}},
                {"type": "reply", "reply": {"id": "choice-2", "title": "Blue"}},
            ]
        },
    }


def test_more_answers_are_a_list(provider):
    send(provider, message("Which day?", extra={"buttons": ["Mo", "Tu", "We", "Th"]}))
    told = said(provider)[0]["interactive"]
    rows = [{"id": f"choice-{n}", "title": day} for n, day in enumerate(["Mo", "Tu", "We", "Th"], 1)]
    assert told["type"] == "list"
    assert told["action"] == {"button": "Choose", "sections": [{"rows": rows}]}


def test_answers_too_long_to_be_pressed_are_numbered(provider):
    long = "The one with the very long name in red"
    send(provider, message("Which?", extra={"buttons": [long, "Blue"]}))
    assert said(provider)[0]["text"]["body"] == f"Which?\n\n1. {long}\n2. Blue"


def test_a_picture_is_uploaded_and_carries_the_words(provider):
    send(provider, message("Like this", files=(PICTURE,)))
    upload, sent = provider.asked
    assert (upload.path, upload.headers["content-type"][:20]) == (f"/v23.0/{NUMBER_ID}/media", "multipart/form-data;")
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in upload.body
    assert b'name="type"\r\n\r\nimage/jpeg' in upload.body
    assert b'name="file"; filename="kettle.jpg"' in upload.body
    assert sent.data == {**HEAD, "type": "image", "image": {"id": "4490709327384033", "caption": "Like this"}}


def test_files_follow_the_words_when_they_cannot_carry_them(provider):
    send(provider, message("Two things", files=(PDF, VOICE)))
    text, document, voice = said(provider)
    assert text["text"]["body"] == "Two things"
    assert document["document"] == {"id": "4490709327384033", "filename": "invoice.pdf"}
    assert voice["audio"] == {"id": "4490709327384033"}


@pytest.mark.parametrize(
    "file",
    [OutgoingFile("x.zip", "application/zip", b"PK"), OutgoingFile("x.jpg", "image/jpeg", b"x" * (5 * 2**20 + 1))],
    ids=["kind", "size"],
)
def test_a_file_that_whatsapp_does_not_take_is_named_before_anything_is_sent(provider, file):
    with pytest.raises(ChannelError, match=file.name) as caught:
        send(provider, message(files=(PDF, file)))
    assert caught.value.permanent
    assert provider.asked == []


def test_a_long_text_goes_on_where_it_was_cut_off_and_no_part_comes_twice(provider):
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 300 for n in range(8))
    provider.answers[:] = [Reply(data={"messages": [{"id": "wamid.one"}]}), Reply(status=503)]
    with pytest.raises(ChannelError) as caught:
        send(provider, message(text))
    assert caught.value.recipients_done == ("0=wamid.one",)
    assert not caught.value.permanent
    before = len(provider.asked) - 1
    receipt = send(provider, message(text, done_recipients=caught.value.recipients_done))
    bodies = [one["text"]["body"] for one in said(provider)]
    arrived = [bodies[0], *bodies[before + 1 :]]
    assert "".join("".join(arrived).split()) == "".join(text.split())
    assert receipt.provider_id.split()[0] == "wamid.one"
    assert len(receipt.provider_id.split()) == len(arrived)


NAMED = [
    {"type": "NAMED"},
    {"type": "HEADER", "format": "TEXT", "text": "Order {{order_id}}"},
    {"type": "BODY", "text": "Hello {{name}}, order {{order_id}} is on its way."},
    {"type": "FOOTER", "text": "Demo shop"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}"}]},
]


def test_a_template_shows_its_gaps_numbered_through():
    assert templates.shown(NAMED) == (
        "Order {{1}}\n\nHello {{2}}, order {{3}} is on its way.\n\nDemo shop\n\n[Track] https://shop.example/t/{{4}}"
    )


def test_a_template_is_filled_in_as_documented(provider):
    wanted = {"name": "sent", "language": "en_US", "values": ["4711", "Anna\nK", "4711", "x9"], "parts": NAMED}
    send(provider, message(extra={"template": wanted}))
    assert said(provider) == [
        {
            **HEAD,
            "type": "template",
            "template": {
                "name": "sent",
                "language": {"code": "en_US"},
                "components": [
                    {"type": "header", "parameters": [{"type": "text", "parameter_name": "order_id", "text": "4711"}]},
                    {
                        "type": "body",
                        "parameters": [
                            {"type": "text", "parameter_name": "name", "text": "Anna K"},
                            {"type": "text", "parameter_name": "order_id", "text": "4711"},
                        ],
                    },
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": "0",
                        "parameters": [{"type": "text", "text": "x9"}],
                    },
                ],
            },
        }
    ]


def test_a_template_with_a_document_takes_the_messages_file(provider):
    parts = [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Your invoice, {{1}}"}]
    wanted = {"name": "invoice", "language": "lv", "values": ["Anna"], "parts": parts}
    send(provider, message(extra={"template": wanted}, files=(PDF,)))
    header, body = said(provider)[0]["template"]["components"]
    assert header == {"type": "header", "parameters": [{"type": "document", "document": {"id": "4490709327384033"}}]}
    assert body == {"type": "body", "parameters": [{"type": "text", "text": "Anna"}]}


def test_values_that_do_not_fit_a_template_are_not_sent(provider):
    wanted = {"name": "sent", "language": "en_US", "values": ["4711"], "parts": NAMED}
    with pytest.raises(ChannelError, match="4 gaps and got 1"):
        send(provider, message(extra={"template": wanted}))
    assert provider.asked == []


@pytest.mark.parametrize(
    ("code", "status", "permanent", "set_up"),
    [
        (4, 400, False, True),
        (80007, 400, False, True),
        (130429, 400, False, True),
        (131056, 400, False, True),
        (131000, 500, False, True),
        (131016, 500, False, True),
        (190, 401, False, False),
        (10, 403, False, False),
        (200, 403, False, False),
        (131042, 400, False, False),
        (133010, 400, False, False),
        (100, 400, True, True),
        (131026, 400, True, True),
        (131047, 400, True, True),
        (131051, 400, True, True),
        (132000, 400, True, True),
    ],
)
def test_a_refusal_means_what_its_code_says(provider, code, status, permanent, set_up):
    error = {"message": f"(#{code}) No", "code": code, "error_data": {"details": "The details"}}
    provider.answers[:] = [Reply(status=status, data={"error": error})]
    with pytest.raises(ChannelError) as caught:
        send(provider, message())
    assert (caught.value.permanent, caught.value.set_up) == (permanent, set_up)
    assert caught.value.words == f"{code}: The details"


def test_the_pause_is_the_providers_own(provider):
    usage = '{"102290129340398": [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 19}]}'
    error = {"error": {"message": "Too many", "code": 80007}}
    provider.answers[:] = [Reply(status=400, data=error, headers={"X-Business-Use-Case-Usage": usage})]
    with pytest.raises(ChannelError) as caught:
        send(provider, message())
    assert caught.value.retry_after == 19 * 60


def test_somebody_writing_is_shown_with_the_ticks(provider):
    sending.mark_read("wamid.asked", CONTRACT.credential(provider), typing=True)
    assert said(provider)[0]["typing_indicator"] == {"type": "text"}


@given(text=st.text(alphabet="ab ā\n.😀", max_size=400), limit=st.integers(5, 60), in_bytes=st.booleans())
def test_parts_of_a_text_fit_and_lose_nothing(text, limit, in_bytes):
    found = meta.parts(text, limit, in_bytes=in_bytes)
    assert all(0 < (len(part.encode()) if in_bytes else len(part)) <= limit for part in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_row_04_a_told_id_leads_nowhere_else_and_takes_no_token_along(provider):
    remote = RemoteFile("http://169.254.169.254/latest?x=../y", "x.jpg")
    provider.answers[:] = [Reply(status=400, data={"error": {"code": 100, "message": "No such thing"}})]
    with pytest.raises(ChannelError) as caught:
        WhatsAppAdapter().fetch(remote, CONTRACT.credential(provider))
    assert caught.value.permanent
    [asked] = provider.asked
    assert asked.path == "/v23.0/http%3A%2F%2F169.254.169.254%2Flatest%3Fx%3D..%2Fy"
