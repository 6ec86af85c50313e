"""What the company is called towards its customers: the name of its first inbox, asked for at set-up."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hospes.tickets.queries.setup import active_inboxes


def company_name() -> str:
    """The first inbox's name, or the product's own before there is one."""
    first = active_inboxes().order_by("pk").values_list("name", flat=True).first()
    return str(first or "Hospes")


def guest(request: HttpRequest) -> dict[str, Any]:
    """Context for pages outside of the desk: the company's name, asked for only where it is printed; languages."""
    return {"company_name": SimpleLazyObject(company_name), "languages": settings.LANGUAGES}
