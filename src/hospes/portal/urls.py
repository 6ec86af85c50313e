"""Addresses of the customer's side."""

from django.urls import path

from hospes.portal.views import callback, calls, contact, files, requests, signin, status, ways, work, workflows

app_name = "portal"

urlpatterns = [
    path("", contact.home, name="home"),
    path("contact/", contact.contact, name="contact"),
    path("contact/sent/", contact.sent, name="sent"),
    path("sign-in/", signin.address, name="sign-in"),
    path("sign-in/code/", signin.code, name="code"),
    path("sign-in/link/<str:token>/", signin.link, name="link"),
    path("sign-out/", signin.leave, name="sign-out"),
    path("requests/", requests.listing, name="requests"),
    path("requests/<str:number>/", requests.one, name="request"),
    path("requests/<str:number>/settle/", requests.settle, name="settle"),
    path("requests/<str:number>/messages/<int:message_id>/", files.body, name="body"),
    path("files/<str:token>/", files.file, name="file"),
    path("do/", workflows.listing, name="workflows"),
    path("do/<slug:key>/", workflows.begin, name="begin"),
    path("do/run/<str:token>/", workflows.run, name="workflow"),
    path("call-back/", callback.callback, name="call-back"),
    path("call-back/kept/", callback.kept, name="call-back-kept"),
    path("call/", calls.begin, name="call-begin"),
    path("call/<str:token>/", calls.call, name="call"),
    path("call/<str:token>/picture/", calls.picture, name="call-picture"),
    path("details/", requests.details, name="details"),
    path("work/<str:number>/", work.without_link, name="work-without-link"),
    path("work/<str:number>/<str:token>/", work.work, name="work"),
    path("ways/", ways.page, name="ways"),
    path("ways.json", ways.as_json, name="ways-json"),
    path("ways.js", ways.script, name="ways-js"),
    path("status/", status.overview, name="status"),
    path("status/history/", status.history, name="status-history"),
    path("status/feed.rss", status.rss, name="status-rss"),
    path("status/feed.atom", status.atom, name="status-atom"),
    path("status/status.json", status.as_json, name="status-json"),
    path("status/subscribe/", status.subscribe, name="status-subscribe"),
    path("status/confirm/<str:token>/", status.confirm, name="status-confirm"),
    path("status/unsubscribe/<str:token>/", status.unsubscribe, name="status-unsubscribe"),
    path("status/<int:incident_id>/", status.incident, name="status-incident"),
]
