"""Addresses of calls, below /channels/."""

from django.urls import URLPattern, path

from hospes.channels.voice import views

urlpatterns: list[URLPattern] = [
    path("voice/music.wav", views.wait_music, name="voice_music"),
    path("voice/<int:inbox_id>/", views.ring, name="voice_ring"),
    path("voice/<int:inbox_id>/<int:call_id>/<int:step>/<slug:hook>/", views.caller, name="voice_caller"),
    path("voice/<int:inbox_id>/part/<int:part_id>/<int:step>/<slug:hook>/", views.part, name="voice_part"),
    path("voice/<int:inbox_id>/sound/<slug:token>/", views.sound, name="voice_sound"),
]
