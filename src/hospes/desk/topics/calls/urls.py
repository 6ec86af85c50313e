"""Addresses of the topic calls, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.calls.views import links, recordings, room

urlpatterns: list[URLPattern] = [
    path("calls/mine/", room.mine, name="my_calls"),
    path("calls/<int:call_id>/", room.call, name="call_window"),
    path("calls/<int:call_id>/state/", room.state, name="call_state"),
    path("calls/<int:call_id>/picture/", room.picture, name="call_picture"),
    path("calls/<int:call_id>/recording/", recordings.start, name="start_recording"),
    path("recordings/<str:token>/", recordings.sound, name="recording"),
    path("recordings/<str:token>/text/", recordings.text, name="recording_text"),
    path("recordings/<str:token>/piece/<int:place>/", recordings.piece, name="recording_piece"),
    path("recordings/<str:token>/finish/", recordings.finish, name="finish_recording"),
    path("t/<str:number>/call-link/", links.link, name="call_link"),
]
