"""Refusals as RFC 9457 problem details: one place turns every error of the API into one shape."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import iri_to_uri
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.errors import HttpError, ValidationError

from hospes.core.errors import HospesError, InvalidInput, NotFound, RateLimited, TooLarge

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail", "code", "field", "errors", "instance"})
TITLES: Mapping[int, Promise] = {
    400: gettext_lazy("The request cannot be read"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("Conflict"),
    412: gettext_lazy("It was changed meanwhile"),
    413: gettext_lazy("Too large"),
    422: gettext_lazy("The input cannot be used"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Something went wrong on our side"),
}


class Unauthorized(HospesError):
    """No token, or one that is wrong, revoked or too old."""

    code = "unauthorized"
    status = 401

    def default_message(self) -> Promise:
        """What to send."""
        return gettext_lazy("Send a valid token as “Authorization: Bearer …”.")


class Unreadable(HospesError):
    """The request is not JSON, or not a form where a form is wanted."""

    code = "unreadable"
    status = 400


class PreconditionFailed(HospesError):
    """If-Match named another version (RFC 9110, 13.1.1)."""

    code = "precondition-failed"
    status = 412


def problem(
    status: int,
    *,
    code: str,
    detail: str = "",
    field: str = "",
    errors: Iterable[Mapping[str, str]] = (),
    details: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A problem document. `details` become extension members beside the standard ones."""
    body: dict[str, Any] = {
        "type": f"/api/v1/docs#problem-{code}",
        "title": str(TITLES.get(status) or TITLES[400]),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if field:
        body["field"] = field
    if listed := list(errors):
        body["errors"] = listed
    body |= {name: value for name, value in (details or {}).items() if name not in RESERVED}
    response = HttpResponse(json.dumps(body, ensure_ascii=False, default=str), status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The problem document of any exception. What we did not foresee is logged and told as 500, without internals."""
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, HttpError):
        cause = error.__cause__
        return answer(request, cause if isinstance(cause, HospesError) else _unreadable())
    known = _known(error)
    if known is None:
        log.error("API %s %s failed", request.method, iri_to_uri(request.path), exc_info=error)
        detail = _("It was noted. Please try again; with an Idempotency-Key nothing is done twice.")
        return problem(500, code="internal", detail=detail)
    response = problem(
        known.status, code=known.code, detail=str(known.message), field=known.field, details=known.details
    )
    if isinstance(known, Unauthorized):
        response["WWW-Authenticate"] = 'Bearer realm="Hospes"'
    if isinstance(known, RateLimited):
        response["Retry-After"] = str(known.details.get("retry_after", 60))
    elif known.code == "in-progress":
        response["Retry-After"] = "1"
    return response


def _known(error: Exception) -> HospesError | None:
    if isinstance(error, HospesError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, RequestDataTooBig):
        return TooLarge(_("The request is too large."))
    if isinstance(error, SuspiciousOperation | MultiPartParserError):
        return _unreadable()
    return None


def _unreadable() -> Unreadable:
    return Unreadable(_("Send the body as valid JSON (or as a form, where files are sent)."))


def _of_validation(error: ValidationError) -> HttpResponse:
    errors = [{"field": _field(found["loc"]), "message": _message(found)} for found in error.errors]
    first = errors[0]
    return problem(422, code=InvalidInput.code, detail=first["message"], field=first["field"], errors=errors)


def _field(place: tuple[Any, ...]) -> str:
    """("body", "data", "tags", 0) → "tags.0": what the client called it, not where our code keeps it."""
    source, *rest = place
    if source in {"body", "query"} and rest[:1] in (["data"], ["wanted"]):
        rest = rest[1:]
    return ".".join(str(part) for part in rest if not str(part).startswith("function-")) or str(source)


def _message(found: Mapping[str, Any]) -> str:
    kind, context = found["type"], found.get("ctx") or {}
    if kind == "extra_forbidden":
        return _("There is no such field.")
    if kind == "missing":
        return _("This field is needed.")
    if kind == "literal_error":
        return _("Choose one of: %(names)s.") % {"names": context.get("expected", "")}
    return str(found["msg"])
