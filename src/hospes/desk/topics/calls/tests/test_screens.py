"""The desk's calls over HTTP: what rings, the window, recordings by parts, links; how many queries the panel takes."""

import pytest
from django.test import Client
from django.urls import reverse

from hospes.calls.models import Recording, Transcript
from hospes.calls.operations import browser, links
from hospes.core import clock, files
from hospes.testing.people import desk_actor, make_agent, receive

pytestmark = pytest.mark.django_db
FRAGMENT = {"headers": {"Hospes-Fragment": "1"}}
SOUND = bytes(range(256)) * 40


@pytest.fixture
def call(settings, tmp_path):
    """Anna calls by a link of Ivo's; a recording of an earlier part can be heard."""
    settings.MEDIA_ROOT = tmp_path
    ivo = make_agent("Ivo")
    _link, token = links.make_link(ticket=receive().ticket, medium="video", actor=desk_actor(ivo), now=clock.now())
    made = links.use_link(token=token, now=clock.now(), consent=True).part.call
    Recording.objects.create(
        call=made, token="tok", state="ready", content_type="audio/webm", file_key=files.store(SOUND),
        size=len(SOUND), seconds=12, created_at=clock.now(),
    )  # fmt: skip
    return made


def signed_in(name="Ivo", **more):
    from hospes.staff.models import Agent

    client = Client()
    agent = Agent.objects.filter(name=name).first() or make_agent(name, **more)
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_what_rings_says_who_and_what_about(call):
    told = signed_in().get(reverse("desk:my_calls")).json()
    (ringing,) = told["ringing"]
    assert (ringing["customer"], ringing["subject"]) == ("Anna Kalniņa", "Kettle leaks")
    assert told["in"] == []


def test_row_22_only_the_calls_window_may_ask_for_microphone_and_camera(call):
    client = signed_in()
    window = client.get(reverse("desk:call_window", args=[call.pk]))
    assert "microphone=(self)" in window["Permissions-Policy"]
    assert "frame-ancestors 'none'" in window["Content-Security-Policy"]
    assert "microphone=()" in client.get(reverse("desk:home"), follow=True)["Permissions-Policy"]


def test_answering_holding_and_leaving_are_posted(call):
    client, address = signed_in(), reverse("desk:call_window", args=[call.pk])
    assert client.post(address, {"do": "answer"}).json()["state"] == "talking"
    assert client.post(address, {"do": "hold"}).json()["state"] == "held"
    assert client.post(address, {"do": "resume"}).json()["state"] == "talking"
    assert client.post(address, {"do": "note", "outcome": "solved", "notes": "New lid"}).json()["saved"]
    assert client.post(address, {"do": "fly"}).status_code == 422
    assert client.post(address, {"do": "hangup"}).json()["state"] == "ended"


@pytest.mark.parametrize(
    ("asked", "status", "first", "length"),
    [
        ("", 200, 0, 10240), ("bytes=0-", 206, 0, 10240), ("bytes=100-199", 206, 100, 100),
        ("bytes=-10", 206, 10230, 10),
        ("bytes=10000-99999", 206, 10000, 240), ("bytes=10240-", 416, 0, 0), ("bytes=5-2", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)  # fmt: skip
def test_players_get_the_part_that_they_ask_for(call, asked, status, first, length):
    headers = {"Range": asked} if asked else {}
    answer = signed_in().get(reverse("desk:recording", args=["tok"]), headers=headers)
    assert answer.status_code == status
    if status < 300:
        assert b"".join(answer.streaming_content) == SOUND[first : first + length]
        assert answer["Content-Type"] == "audio/webm"
        assert "sandbox" in answer["Content-Security-Policy"]


def test_row_03_a_recording_of_another_kind_is_only_ever_downloaded(call):
    Recording.objects.update(content_type="text/html")
    answer = signed_in().get(reverse("desk:recording", args=["tok"]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_light_agents_may_not_hear(call):
    assert signed_in("Lia", role="light").get(reverse("desk:recording", args=["tok"])).status_code == 403


def test_what_was_said_is_read_with_its_seconds(call):
    said = [{"start": 0, "end": 2, "text": "Hello"}]
    Transcript.objects.create(recording=Recording.objects.get(), state="ready", text="Hello", segments=said)
    told = signed_in().get(reverse("desk:recording_text", args=["tok"])).json()
    assert told["segments"] == said


def test_a_link_is_made_to_be_copied_and_stopped(call):
    client, address = signed_in(), reverse("desk:call_link", args=[call.ticket.number])
    assert "/portal/call/" in client.post(address, {"do": "copy", "medium": "browser"}, **FRAGMENT).json()["copy"]
    assert b"Send the link" in client.get(address, **FRAGMENT).content
    made = links.CallLink.objects.latest("pk")
    assert client.post(address, {"do": "stop", "link": made.pk}).status_code == 200
    assert client.post(address, {"do": "stop", "link": made.pk}).status_code == 404


def test_the_panel_takes_as_many_queries_for_many_calls_as_for_one(call, django_assert_max_num_queries):
    from hospes.desk.topics.calls.panel import panel_of

    class Asked:
        actor = desk_actor(call.agent or make_agent("Eva"))

    ivo = desk_actor(make_agent("Zoe"))
    for _more in range(6):
        _link, token = links.make_link(ticket=call.ticket, medium="browser", actor=ivo, now=clock.now())
        browser.decline(call=links.use_link(token=token, now=clock.now()).part.call, actor=ivo, now=clock.now())
    with django_assert_max_num_queries(5):
        shown = panel_of(Asked(), call.ticket)
    assert len(shown["calls"]) == 7
