"""A new ticket: written down for a customer, or begun by us."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.customers import operations as customer_operations
from hospes.customers import queries as customers
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import NewTicketForm
from hospes.desk.views.frame import page
from hospes.tickets import operations


@desk_view("ticket.create", methods=("GET", "HEAD", "POST"))
def new(request: DeskRequest) -> HttpResponse:
    """The form of a new ticket, and making it."""
    first = {"direction": "outgoing", "to": request.GET.get("to", "")}
    form = NewTicketForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk:ticket", _made(request, form))
        except HospesError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    status = 422 if request.method == "POST" else 200
    return page(request, "desk/new.html", "new", {"form": form}, status=status)


def _made(request: DeskRequest, form: NewTicketForm) -> str:
    now, data = clock.now(), form.cleaned_data
    address = data["to"].strip()
    customer = customers.find_by_contact("email", address)
    if customer is None:
        try:
            validate_email(address)
        except ValidationError:
            form.add_error("to", _("Write a full e-mail address, such as anna@example.com."))
            raise HospesError(_("Nothing was sent yet."), field="") from None
        customer = customer_operations.create_customer(name=data["name"], email=address, actor=request.actor, now=now)
    ticket = operations.create_ticket(
        inbox=data["inbox"],
        customer=customer,
        subject=data["subject"],
        html=data["html"],
        direction=data["direction"],
        address=address,
        priority=data["priority"],
        type=data["type"],
        assignee_id=request.actor.id,
        uploads=request.POST.getlist("upload"),
        undo_seconds=operations.default_undo_seconds() if data["direction"] == "outgoing" else 0,
        actor=request.actor,
        now=now,
    )
    return ticket.number
