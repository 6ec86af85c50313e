"""Addresses of the live chat, below channels/."""

from django.urls import URLPattern, path

from hospes.channels.chat import script, views

HERE = "chat/<int:inbox_id>/"

urlpatterns: list[URLPattern] = [
    *script.urlpatterns,
    path(f"{HERE}boot/", views.boot, name="chat_boot"),
    path(f"{HERE}start/", views.start, name="chat_start"),
    path(f"{HERE}talk/", views.talk, name="chat_talk"),
    path(f"{HERE}message/", views.message, name="chat_message"),
    path(f"{HERE}upload/", views.upload, name="chat_upload"),
    path(f"{HERE}read/", views.read, name="chat_read"),
    path(f"{HERE}rate/", views.rate, name="chat_rate"),
    path(f"{HERE}transcript/", views.transcript, name="chat_transcript"),
    path(f"{HERE}end/", views.end, name="chat_end"),
    path(f"{HERE}invited/", views.invited, name="chat_invited"),
    path(f"{HERE}file/<str:token>/", views.file, name="chat_file"),
]
