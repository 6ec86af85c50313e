"""Where the bare address leads: staff to the desk, everybody else to the customer's side; set-up comes first."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hospes.staff.queries import anyone_at_all


def home(request: HttpRequest) -> HttpResponse:
    """Staff who are signed in work at the desk; a visitor is a customer."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/desk/")
    return HttpResponseRedirect(reverse("portal:home") if anyone_at_all() else reverse("setup"))


def contact(request: HttpRequest) -> HttpResponse:
    """The short address of the contact form, for print and for signs."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(reverse("portal:contact") + (f"?{query}" if query else ""))
