"""Sign-in and account pages: django-allauth's without its open sign-up, and our own."""

from django.urls import include, path, re_path

from hospes.config import account_views as views

urlpatterns = [
    path("", views.overview, name="account"),
    path("login/", views.sign_in, name="account_login"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("tokens/", views.tokens, name="api_tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke, name="revoke_api_token"),
    path("sessions/", views.Sessions.as_view(), name="usersessions_list"),
    path("sessions/end/<int:session_id>/", views.end_session, name="end_session"),
    # Doors of allauth that stay shut: sign-up, own change of address, and sign-in codes by mail.
    re_path(r"^(signup|email|confirm-email|password/set|login/code)/", views.shut),
    path("", include("allauth.urls")),
]
