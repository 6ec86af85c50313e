"""Who gets into the desk's screens: signed-in agents with the right that a view names; others are sent to sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from hospes.core.actors import Actor
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of

P = ParamSpec("P")


class DeskRequest(HttpRequest):
    """A request of a signed-in agent; `actor` is who they are in operations."""

    user: Agent
    actor: Actor


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asked for a piece of a page, not somebody for a page."""
    return "Hospes-Fragment" in request.headers or "HX-Request" in request.headers


View = Callable[Concatenate[DeskRequest, P], HttpResponseBase]


def desk_view(
    right: str = "desk.enter", *, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Let a view be entered only by agents who hold `right`, by these methods. Sets `request.actor`."""

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sent_to_sign_in(request)
            desk_request = cast(DeskRequest, request)
            desk_request.actor = actor_of(desk_request.user, via="desk")
            desk_request.actor.require("desk.enter")
            desk_request.actor.require(right)
            return view(desk_request, *args, **kwargs)

        checked = require_http_methods(list(methods))(enter)
        checked.desk_right = right  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], checked)

    return wrap


def _sent_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page goes to the sign-in screen; a fragment's request is told so, and the script takes the page there."""
    if wants_fragment(request):
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path())
