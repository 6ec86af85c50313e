"""Addresses of calls, below /channels/."""

from django.urls import URLPattern, path, re_path

from hospes.channels.voice import views

ID = r"\d{1,18}"
HOOKS = "menu|wait|number|recorded|after|now|conference|recording"

urlpatterns: list[URLPattern] = [
    path("voice/music.wav", views.wait_music, name="voice_music"),
    re_path(rf"^voice/(?P<inbox_id>{ID})/$", views.ring, name="voice_ring"),
    re_path(
        rf"^voice/(?P<inbox_id>{ID})/(?P<call_id>{ID})/(?P<step>{ID})/(?P<hook>{HOOKS})/$",
        views.caller,
        name="voice_caller",
    ),
    re_path(
        rf"^voice/(?P<inbox_id>{ID})/part/(?P<part_id>{ID})/(?P<step>{ID})/(?P<hook>answered|key|after|status)/$",
        views.part,
        name="voice_part",
    ),
    re_path(rf"^voice/(?P<inbox_id>{ID})/sound/(?P<token>[0-9a-f]{{64}})/$", views.sound, name="voice_sound"),
]
