"""Requests straight into a WSGI application: what the server adds is left out on both sides."""

import io
from collections.abc import Callable
from typing import Any


def request(
    application: Any, path: str, *, query: str = "", method: str = "GET", body: bytes = b"", **headers: str
) -> bytes:
    """Call a WSGI application once; returns the body. Raises AssertionError for anything but 2xx."""
    said: list[str] = []

    def start(status: str, _headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda piece: None

    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    answer = application(environ, start)
    content = b"".join(answer)
    answer.close()
    assert said[0].startswith("2"), (path, said[0], content[:500])
    return content


def bare_application(view: Callable[[Any], Any]) -> Any:
    """Django with one view and no middleware: the floor under any page."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings
    from django.urls import path

    module = type("Addresses", (), {"urlpatterns": [path("bare", view)]})
    settings = override_settings(MIDDLEWARE=[])
    settings.enable()
    handler = WSGIHandler()
    settings.disable()

    def application(environ: dict[str, Any], start: Any) -> Any:
        from django.urls import set_urlconf

        try:
            return handler(environ, start)
        finally:
            set_urlconf(None)

    original = handler.get_response

    def get_response(asked: Any) -> Any:
        asked.urlconf = module
        return original(asked)

    handler.get_response = get_response  # type: ignore[method-assign]
    return application
