"""What wraps every request: refusals become answers, security headers, language, the agent's preferences."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation

from hospes.core.errors import HospesError

GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class ErrorAnswers:
    """Turns a HospesError that a page's view let through into a page, a fragment or JSON that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer our own refusals; leave everything else to Django."""
        if not isinstance(exception, HospesError):
            return None
        if "Hospes-Fragment" in request.headers:  # a script of the desk asks, and reads this
            body = {"message": str(exception.message), "code": exception.code, "field": exception.field}
            response: HttpResponse = JsonResponse(body, status=exception.status)
            response["Hospes-Error"] = exception.code
            return response
        template = "hospes/error_fragment.html" if request.headers.get("HX-Request") else "hospes/error.html"
        response = render(request, template, {"error": exception}, status=exception.status)
        response["Hospes-Error"] = exception.code
        return response


class SecurityHeaders:
    """A strict Content-Security-Policy on everything; a view that needs a stricter or other one sets its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if "frame-ancestors 'self'" not in headers["Content-Security-Policy"]:
            headers.setdefault("X-Frame-Options", "DENY")
        if settings.HTTPS:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


class Language:
    """The reader's language: the address (?lang=), their cookie, then their browser."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.GET.get("lang", "")
        language = asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or language)
            # The chat on other sites asks for its language too, and sets no cookies.
            if asked and asked == language and not request.path_info.startswith("/channels/"):
                response.set_cookie(
                    settings.LANGUAGE_COOKIE_NAME,
                    language,
                    max_age=365 * 86400,
                    samesite="Lax",
                    httponly=True,
                )
        return response


class AgentPreferences:
    """A signed-in agent's own language and time zone win over the browser's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        agent = request.user
        if agent.language and not request.GET.get("lang"):
            translation.activate(agent.language)
            request.LANGUAGE_CODE = agent.language
        try:
            zone = zoneinfo.ZoneInfo(agent.time_zone) if agent.time_zone else None
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = None
        with timezone.override(zone):
            return self.get_response(request)
