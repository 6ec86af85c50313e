"""Customers: the list, one customer with all of their tickets, changes, merges."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.posted import posted_id, posted_number
from hospes.customers import operations
from hospes.customers import queries as customers
from hospes.customers.models import Customer
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import CustomerForm, NewCustomerForm
from hospes.desk.shapes.rows import rows_html
from hospes.desk.views.changes import answering
from hospes.desk.views.frame import page
from hospes.desk.views.ticket import language_name
from hospes.tickets.queries import TicketFilter, screen
from hospes.tickets.queries.listed import list_page

PAGE = 50


@desk_view("customer.see")
def customer_list(request: DeskRequest) -> HttpResponse:
    """Customers by words in their name, company or addresses; without words the newest."""
    text = request.GET.get("q", "").strip()[:200]
    before = request.GET.get("before", "")
    if text:
        found = customers.search_customers(request.actor, text, limit=PAGE)
    else:
        listed = customers.customers(request.actor)
        if (last := posted_number(before)) is not None:
            listed = listed.filter(pk__lt=last)
        found = list(listed[:PAGE])
    more = not text and len(found) == PAGE
    context: dict[str, Any] = {"people": found, "q": text}
    if more:
        context["next_url"] = f"{reverse('desk:customers')}?{urlencode({'before': found[-1].pk})}"
    if request.headers.get("HX-Request"):
        return render(request, "desk/customer_rows.html", context)
    return page(request, "desk/customers.html", "customers", context)


@desk_view("customer.see", methods=("GET", "HEAD", "POST"))
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    """One customer: what is known, ways to reach them, every ticket."""
    found = customers.get_customer(request.actor, customer_id)
    if found.pk != customer_id:
        return redirect("desk:customer", found.pk)
    names = ("name", "language", "time_zone", "vip", "notes")
    first = {**{n: getattr(found, n) for n in names}, "company": found.company.name if found.company else ""}
    form = CustomerForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        operations.change_customer(customer=found, actor=request.actor, now=clock.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("desk:customer", found.pk)
    return page(request, "desk/customer.html", "customers", {"form": form, **_about(request, found)})


def _about(request: DeskRequest, found: Customer) -> dict[str, Any]:
    listed = list_page(request.actor, TicketFilter(customer=found.pk, order="-created_at"), limit=PAGE)
    marks = screen.read_marks(request.actor, [t.pk for t in listed.items])
    return {
        "person": found,
        "contact_points": customers.points_of_person(found),
        "person_language": language_name(found.language),
        "rows": rows_html(
            listed.items, now=clock.now(), seen=marks, me=request.actor.id, view_key="all", order="-created_at"
        ),
        "view_key": "all",
        "absorbed": list(found.merged.all()),
    }


@desk_view("customer.change", methods=("GET", "HEAD", "POST"))
def new_customer(request: DeskRequest) -> HttpResponse:
    """Make a customer by hand."""
    form = NewCustomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.create_customer(actor=request.actor, now=clock.now(), **form.cleaned_data)
            return redirect("desk:customer", made.pk)
        except HospesError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    return page(request, "desk/customer_new.html", "customers", {"form": form})


@desk_view("customer.change", methods=("POST",))
@answering
def customer_note(request: DeskRequest, customer_id: int) -> HttpResponse:
    """What colleagues should know, typed beside a talk."""
    found = customers.get_customer(request.actor, customer_id)
    notes = request.POST.get("notes", "")[:5000]
    operations.change_customer(customer=found, actor=request.actor, now=clock.now(), notes=notes)
    return HttpResponse(status=204)


@desk_view("customer.change", methods=("POST",))
def contact_point(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Add a way to reach somebody, or take one away."""
    found = customers.get_customer(request.actor, customer_id)
    now = clock.now()
    try:
        if gone := request.POST.get("remove", ""):
            point = next((p for p in customers.points_of_person(found) if p.pk == posted_id(gone)), None)
            if point is None:
                raise NotFound
            operations.remove_contact_point(point=point, actor=request.actor, now=now)
        else:
            value = request.POST.get("value", "").strip()
            kind = "email" if "@" in value[1:] else "handle" if value.startswith("@") else "phone"
            if not value:
                raise InvalidInput(_("Write an address or a number."), field="value")
            operations.add_contact_point(customer=found, kind=kind, value=value, actor=request.actor, now=now)
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:customer", found.pk)


@desk_view("customer.merge", methods=("POST",))
def merge_customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Merge another customer, named by an address, into this one; or with `undo` part them again."""
    keep = customers.get_customer(request.actor, customer_id)
    now = clock.now()
    try:
        if undo := request.POST.get("undo", ""):
            other = keep.merged.filter(pk=posted_id(undo)).first()
            if other is None:
                raise NotFound
            operations.unmerge_customer(other=other, actor=request.actor, now=now)
        else:
            address = request.POST.get("address", "")
            other = customers.find_by_contact("email" if "@" in address else "phone", address)
            if other is None or other.pk == keep.pk:
                raise InvalidInput(_("No other customer has this address."), field="address")
            operations.merge_customers(keep=keep, other=other, actor=request.actor, now=now)
            messages.success(request, _("Merged. It can be undone below."))
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:customer", keep.pk)
