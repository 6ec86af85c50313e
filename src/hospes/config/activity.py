"""Where and when a session was last used, noted at most once a minute: a write for every request would cost more
than the pages themselves."""

import time
from collections.abc import Callable
from typing import Final

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

EVERY_SECONDS: Final = 60
REMEMBERED: Final = 5000


class SessionActivity:
    """allauth's own middleware, asked once a minute for each session and address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.noting = UserSessionsMiddleware(get_response)
        self.noted: dict[tuple[str, str], float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = (request.session.session_key or "", request.META.get("REMOTE_ADDR", ""))
        now = time.monotonic()
        if not key[0] or now - self.noted.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
            return self.get_response(request)
        if len(self.noted) >= REMEMBERED:
            self.noted.clear()
        self.noted[key] = now
        response: HttpResponseBase = self.noting(request)
        return response
