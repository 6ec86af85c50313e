"""Who may open what: one table with a decision for every address, and the means to try every cell of it.

A new address without a line here fails tests/test_access_matrix.py. Add it to the table of its house below: the
least role that may use each method, and `thing` when what the address shows belongs to somebody.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver

from hospes.testing.decisions import all_rules
from hospes.testing.rules import Rule

ROLES: Final = ("light", "agent", "lead", "manager", "admin")
VISITORS: Final = ("anonymous", "customer_a", "customer_b")
STAFF: Final = ("light", "other_team", "agent", "lead", "manager", "admin")
EVERYBODY: Final = (*VISITORS, *STAFF)
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What an answer amounts to. "in" is every answer that was let through, also one that finds fault with the input.
IN, DOOR, REFUSED, MISSING, METHOD = "in", "door", "refused", "missing", "method"


def addresses() -> Iterator[tuple[str, Callable[..., Any]]]:
    """(route, view) of every address of the whole project, as Django's resolver knows them."""
    yield from _below(get_resolver(), "")


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def house_of(route: str) -> str:
    """desk, portal, account, api or rest: who is asked at the door."""
    for prefix, house in (("desk/", "desk"), ("portal/", "portal"), ("account/", "account"), ("api/", "api")):
        if route.startswith(prefix):
            return house
    return "rest"


def expected(rule: Rule, house: str, method: str, who: str) -> str:
    """What an answer must amount to, by the table."""
    least = rule.who(method)
    if (method, who) in rule.but:
        return rule.but[method, who]
    if not least:
        return METHOD
    if who in rule.but:
        return rule.but[who]
    if least == "nobody":
        return MISSING
    if least == "anyone":
        return IN
    if least == "customer":
        if who not in {"customer_a", "customer_b"}:
            return DOOR
        return MISSING if rule.thing and who == "customer_b" else IN
    if who in VISITORS:
        return DOOR
    role = "agent" if who == "other_team" else who
    if ROLES.index(role) < ROLES.index(least):
        return REFUSED
    if (rule.thing == "ticket" and who == "other_team") or (rule.thing == "own" and who != "agent"):
        return MISSING
    return IN


def outcome(status: int, location: str = "") -> str:
    """What an answer amounts to."""
    known = {401: DOOR, 403: REFUSED, 404: MISSING, 405: METHOD}
    if status in known:
        return known[status]
    if 300 <= status < 400 and location.partition("?")[0] in {"/account/login/", "/portal/sign-in/"}:
        return DOOR
    return IN if status < 500 else f"fault {status}"


TICKET: Final = {"thing": "ticket", "args": ("number",)}
MESSAGE: Final = {"thing": "ticket", "args": ("message_id",)}

DESK: dict[str, Rule] = {
    "desk/": Rule(get="light"),
    "desk/v/<slug:key>/": Rule(get="light", args=("key",)),
    "desk/v/<slug:key>/rows/": Rule(get="light", args=("key",)),
    "desk/counts/": Rule(get="light"),
    "desk/views/": Rule(post="agent", body={"name": "Mine", "view": "mine"}),
    "desk/views/<int:view_id>/delete/": Rule(post="agent", thing="own", args=("view_id",)),
    "desk/t/<str:number>/": Rule(get="light", **TICKET),
    "desk/t/<str:number>/panels/": Rule(get="light", **TICKET),
    "desk/t/<str:number>/seen/": Rule(post="light", **TICKET, body={"message": "message_id"}),
    "desk/t/<str:number>/change/": Rule(post="agent", **TICKET, body={"field": "priority", "value": "3"}),
    "desk/t/<str:number>/merge/": Rule(post="agent", **TICKET, body={"into": "second_number"}),
    "desk/t/<str:number>/unmerge/": Rule(post="agent", thing="ticket", args=("merged_number",)),
    "desk/t/<str:number>/link/": Rule(post="agent", **TICKET, body={"other": "second_number"}),
    "desk/t/<str:number>/block/": Rule(post="lead", **TICKET),
    "desk/t/<str:number>/reply/": Rule(post="agent", **TICKET, body={"html": "<p>Yes</p>"}),
    "desk/t/<str:number>/note/": Rule(post="light", **TICKET, body={"html": "<p>Note</p>"}),
    "desk/t/<str:number>/forward/": Rule(
        post="agent", **TICKET, body={"html": "<p>Look</p>", "to": "courier@partner.example", "subject": "Parcel"}
    ),
    "desk/t/<str:number>/draft/": Rule(post="light", **TICKET, body={"kind": "note", "html": "<p>so</p>"}),
    "desk/t/<str:number>/macro/": Rule(post="light", **TICKET, body={"macro": "macro_id"}),
    "desk/bulk/": Rule(post="agent", body={"numbers": "number", "field": "priority", "value": "3"}),
    "desk/m/<int:message_id>/body/": Rule(get="light", **MESSAGE),
    # Without a signed address there is no picture for anybody.
    "desk/m/<int:message_id>/picture/": Rule(get="light", **MESSAGE, but=dict.fromkeys(STAFF, MISSING)),
    "desk/m/<int:message_id>/original/": Rule(get="light", **MESSAGE),
    "desk/m/<int:message_id>/undo/": Rule(
        post="light",
        thing="ticket",
        args=("held_id",),
        but=dict.fromkeys(("light", "lead", "manager", "admin"), REFUSED),
    ),
    "desk/m/<int:message_id>/retry/": Rule(post="agent", thing="ticket", args=("failed_id",)),
    "desk/m/<int:message_id>/split/": Rule(post="agent", **MESSAGE, body={"subject": "Another matter"}),
    "desk/a/<str:token>/": Rule(get="light", thing="ticket", args=("file_token",)),
    "desk/a/<str:token>/small/": Rule(get="light", thing="ticket", args=("file_token",)),
    "desk/upload/": Rule(post="light"),
    "desk/new/": Rule(get="agent", post="agent"),
    "desk/search/": Rule(get="light", query={"q": "kettle"}),
    "desk/palette/": Rule(get="light", query={"q": "kettle"}),
    "desk/colleagues/": Rule(get="light"),
    "desk/addresses/": Rule(get="light", query={"q": "anna"}),
    "desk/customers/": Rule(get="light"),
    "desk/customers/new/": Rule(get="agent", post="agent", body={"name": "Zoe"}),
    "desk/customers/<int:customer_id>/": Rule(get="light", post="light", args=("customer_id",)),
    "desk/customers/<int:customer_id>/note/": Rule(post="agent", args=("customer_id",), body={"notes": "Kind"}),
    "desk/customers/<int:customer_id>/contact/": Rule(
        post="agent", args=("customer_id",), body={"kind": "email", "value": "zoe@c.example"}
    ),
    "desk/customers/<int:customer_id>/merge/": Rule(
        post="lead", args=("customer_id",), body={"other": "other_customer"}
    ),
    "desk/notifications/": Rule(get="light", post="light"),
    "desk/news/": Rule(get="light"),
    "desk/settings/": Rule(get="light"),
    "desk/settings/preferences/": Rule(get="light", post="light"),
    "desk/settings/inboxes/": Rule(get="admin"),
    "desk/settings/inboxes/new/": Rule(get="admin", post="admin"),
    "desk/settings/inboxes/<int:inbox_id>/": Rule(get="admin", post="admin", args=("inbox_id",)),
    "desk/settings/inboxes/<int:inbox_id>/servers/": Rule(get="admin", post="admin", args=("inbox_id",)),
    "desk/settings/tags/": Rule(get="lead", post="lead", body={"tag": "tag_id", "name": "pot"}),
    "desk/settings/statuses/": Rule(get="admin", post="admin"),
    "desk/settings/macros/": Rule(get="agent"),
    "desk/settings/macros/new/": Rule(get="agent", post="agent"),
    "desk/settings/macros/<int:macro_id>/": Rule(get="agent", post="agent", args=("macro_id",)),
    "desk/settings/teams/": Rule(get="admin", post="admin"),
    "desk/settings/agents/": Rule(get="admin"),
    "desk/settings/agents/invite/": Rule(get="admin", post="admin"),
    "desk/settings/agents/<int:agent_id>/": Rule(get="admin", post="admin", args=("agent_id",)),
    "desk/settings/invitations/<int:invitation_id>/withdraw/": Rule(post="admin", args=("invitation_id",)),
    "desk/settings/attention/": Rule(get="lead", post="lead"),
    "desk/settings/attention/<int:raw_id>/original/": Rule(get="lead", args=("raw_id",)),
    "desk/settings/blocked/": Rule(get="lead", post="lead"),
    "desk/settings/audit/": Rule(get="manager"),
}

PORTAL: dict[str, Rule] = {
    "portal/": Rule(get="anyone"),
    "portal/contact/": Rule(get="anyone", post="anyone"),
    "portal/contact/sent/": Rule(get="anyone"),
    "portal/sign-in/": Rule(get="anyone", post="anyone", body={"email": ""}),
    "portal/sign-in/code/": Rule(
        get="anyone",
        post="anyone",
        but=dict.fromkeys(("anonymous", *STAFF), DOOR),  # no address was given yet
    ),
    "portal/sign-in/link/<str:token>/": Rule(
        get="anyone", post="anyone", args=("bad_token",), but={("POST", who): REFUSED for who in EVERYBODY}
    ),
    "portal/sign-out/": Rule(post="anyone"),
    "portal/requests/": Rule(get="customer"),
    "portal/requests/<str:number>/": Rule(
        get="customer", post="customer", **TICKET, body={"message": "One more thing"}
    ),
    "portal/requests/<str:number>/settle/": Rule(post="customer", **TICKET),
    "portal/requests/<str:number>/messages/<int:message_id>/": Rule(
        get="customer", thing="ticket", args=("number", "message_id")
    ),
    "portal/files/<str:token>/": Rule(get="customer", thing="ticket", args=("file_token",)),
    "portal/details/": Rule(get="customer", post="customer", body={"name": "Anna", "language": "en"}),
}

API: dict[str, Rule] = {
    "api/v1/openapi.json": Rule(get="anyone"),
    "api/v1/docs": Rule(get="anyone"),
    "^api/": Rule(get="nobody", post="nobody", put="nobody", patch="nobody", delete="nobody"),
    "api/v1/": Rule(get="nobody", post="nobody", put="nobody", patch="nobody", delete="nobody"),
    "api/v1/tickets": Rule(
        get="light",
        post="agent",
        body={"subject": "Call", "text": "Hm", "customer": {"email": "zoe@c.example"}, "assignee": "me"},
    ),
    "api/v1/tickets/<number>": Rule(get="light", patch="agent", **TICKET, body={"priority": "high"}),
    "api/v1/tickets/<number>/messages": Rule(get="light", **TICKET),
    "api/v1/tickets/<number>/events": Rule(get="light", **TICKET),
    "api/v1/tickets/<number>/reply": Rule(post="agent", **TICKET, body={"text": "Yes"}),
    "api/v1/tickets/<number>/note": Rule(post="light", **TICKET, body={"text": "Note"}),
    "api/v1/tickets/<number>/forward": Rule(
        post="agent", **TICKET, body={"text": "Look", "to": "courier@partner.example", "subject": "Parcel"}
    ),
    "api/v1/tickets/<number>/merge": Rule(post="agent", **TICKET, body={"into": "second_number"}),
    "api/v1/tickets/<number>/unmerge": Rule(post="agent", thing="ticket", args=("merged_number",)),
    "api/v1/tickets/<number>/split": Rule(post="agent", **TICKET, body={"message_id": "message_id"}),
    "api/v1/tickets/<number>/links": Rule(post="agent", **TICKET, body={"number": "second_number"}),
    "api/v1/tickets/<number>/links/<int:link_id>": Rule(delete="agent", thing="ticket", args=("number", "link_id")),
    "api/v1/messages/<int:message_id>/retry": Rule(post="agent", thing="ticket", args=("failed_id",)),
    "api/v1/customers": Rule(get="light", post="agent", body={"name": "Zoe"}),
    "api/v1/customers/<int:customer_id>": Rule(get="light", patch="agent", args=("customer_id",), body={"vip": True}),
    "api/v1/customers/<int:customer_id>/contact-points": Rule(
        post="agent", args=("customer_id",), body={"kind": "email", "value": "zoe@c.example"}
    ),
    "api/v1/customers/<int:customer_id>/contact-points/<int:point_id>": Rule(
        delete="agent", args=("customer_id", "point_id")
    ),
    "api/v1/customers/<int:customer_id>/merge": Rule(
        post="lead", args=("customer_id",), body={"into": "other_customer"}
    ),
    "api/v1/customers/<int:customer_id>/unmerge": Rule(post="lead", args=("merged_customer",)),
    "api/v1/agents": Rule(get="light"),
    "api/v1/agents/me": Rule(get="light"),
    "api/v1/agents/<int:agent_id>": Rule(get="light", args=("agent_id",)),
    "api/v1/teams": Rule(get="light"),
    "api/v1/attachments": Rule(post="light"),
    "api/v1/attachments/<token>": Rule(get="light", thing="ticket", args=("file_token",)),
    "api/v1/attachments/<token>/content": Rule(get="light", thing="ticket", args=("file_token",)),
    "api/v1/tags": Rule(get="light"),
    "api/v1/inboxes": Rule(get="light"),
    "api/v1/statuses": Rule(get="light"),
    "api/v1/macros": Rule(get="light"),
}

SHUT: Final = Rule(get="nobody", post="nobody", put="nobody", patch="nobody", delete="nobody")
# What somebody without that second factor asks for is not there.
WITHOUT_FACTOR: Final = dict.fromkeys(STAFF, MISSING)
# The view asks for the sign-in before it looks at the method.
SIGN_IN_FIRST: Final = {("GET", who): DOOR for who in VISITORS}
POST_SIGN_IN_FIRST: Final = {("POST", who): DOOR for who in VISITORS}
SIGNED_IN: Final = Rule(get="light", post="light")
ACCOUNT: dict[str, Rule] = {
    "account/": Rule(get="anyone", post="anyone"),
    "account/login/": Rule(get="anyone", post="anyone"),
    "account/logout/": Rule(
        get="anyone", post="anyone", but={**dict.fromkeys(VISITORS, DOOR), **{("POST", s): DOOR for s in STAFF}}
    ),
    "account/invitation/<str:token>/": Rule(get="nobody", post="nobody", args=("bad_token",)),
    "account/tokens/": SIGNED_IN,
    "account/tokens/<int:token_id>/revoke/": Rule(post="light", thing="own", args=("api_token_id",), but=SIGN_IN_FIRST),
    "account/sessions/": SIGNED_IN,
    "account/sessions/end/<int:session_id>/": Rule(post="light", thing="own", args=("session_id",), but=SIGN_IN_FIRST),
    "account/^(signup|email|confirm-email|password/set|login/code)/": SHUT,
    "account/inactive/": Rule(get="anyone"),
    "account/reauthenticate/": SIGNED_IN,
    "account/password/change/": SIGNED_IN,
    "account/password/reset/": Rule(get="anyone", post="anyone"),
    "account/password/reset/done/": Rule(get="anyone"),
    "account/password/reset/key/done/": Rule(get="anyone"),
    "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Rule(
        get="anyone", post="anyone", args=("bad_uid", "bad_token")
    ),
    "account/signup/": SHUT,
    "account/email/": SHUT,
    "account/confirm-email/": SHUT,
    "account/^confirm-email/(?P<key>[-:\\w]+)/$": Rule(get="nobody", post="nobody", args=("bad_token",)),
    "account/password/set/": SHUT,
    "account/login/code/confirm/": SHUT,
    "account/2fa/": Rule(get="light", but=POST_SIGN_IN_FIRST),
    "account/2fa/authenticate/": Rule(get="anyone", post="anyone", but=dict.fromkeys(VISITORS, DOOR)),
    "account/2fa/reauthenticate/": SIGNED_IN,
    "account/2fa/totp/activate/": SIGNED_IN,
    "account/2fa/totp/deactivate/": Rule(get="light", post="light", but=WITHOUT_FACTOR),
    "account/2fa/recovery-codes/": Rule(get="light", but=WITHOUT_FACTOR | POST_SIGN_IN_FIRST),
    "account/2fa/recovery-codes/generate/": SIGNED_IN,
    "account/2fa/recovery-codes/download/": Rule(get="light", post="light", but=WITHOUT_FACTOR),
    "account/2fa/webauthn/": Rule(get="light", but=POST_SIGN_IN_FIRST),
    "account/2fa/webauthn/add/": SIGNED_IN,
    "account/2fa/webauthn/reauthenticate/": Rule(get="light", post="light", but={("POST", "agent"): DOOR}),
    "account/2fa/webauthn/keys/<int:pk>/remove/": Rule(get="light", post="light", thing="own", args=("passkey_id",)),
    "account/2fa/webauthn/keys/<int:pk>/edit/": Rule(get="light", post="light", thing="own", args=("passkey_id",)),
    "account/2fa/webauthn/login/": Rule(get="anyone", post="anyone", but=dict.fromkeys(VISITORS, DOOR)),
}

REST: dict[str, Rule] = {
    # The secret in the address is wrong here.
    "channels/^email/(?P<inbox_id>\\d{1,18})/(?P<secret>[\\w-]{16,200})/(?P<provider>[a-z_]{2,20})/"
    "(?P<kind>inbound|inbound_mime|tracking)/$": Rule(
        post="nobody", args=("inbox_id", "bad_secret", "provider", "kind")
    ),
    "": Rule(get="anyone", post="anyone"),
    "healthz": Rule(get="anyone", post="anyone"),
    "readyz": Rule(get="anyone", post="anyone"),
    "contact": Rule(get="anyone", post="anyone"),
    "contact/": Rule(get="anyone", post="anyone"),
    # Set-up works once, while nobody is here; afterwards it leads to the sign-in.
    "setup/": Rule(get="anyone", post="anyone", but=dict.fromkeys(EVERYBODY, DOOR)),
}

TABLE: Final[dict[str, Rule]] = {**DESK, **PORTAL, **API, **ACCOUNT, **REST, **all_rules()}
