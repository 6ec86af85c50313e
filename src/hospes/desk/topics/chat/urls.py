"""Addresses of the topic chat, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.chat.views import invitations, setup

urlpatterns: list[URLPattern] = [
    path("settings/chat/", setup.chats, name="chats"),
    path("settings/chat/new/", setup.new_chat, name="new_chat"),
    path("settings/chat/<int:inbox_id>/", setup.chat, name="chat"),
    path("settings/chat/<int:inbox_id>/secret/", setup.secret, name="chat_secret"),
    path("settings/chat/<int:inbox_id>/invitations/new/", invitations.invitation, name="new_invitation"),
    path(
        "settings/chat/<int:inbox_id>/invitations/<int:invitation_id>/", invitations.invitation, name="chat_invitation"
    ),
]
