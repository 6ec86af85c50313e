"""Who somebody may be besides, decided; and by which channel they are answered best, chosen."""

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.customers import joining, operations
from hospes.customers import queries as customers
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.changes import answering
from hospes.tickets.ways import all_traits, channel_label


@desk_view("customer.change", methods=("POST",))
@answering
def preferred(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Note by which channel somebody wants to be answered; nothing chosen means that it is learned."""
    found = customers.get_customer(request.actor, customer_id)
    channel = request.POST.get("channel", "")
    if channel and channel not in all_traits():
        raise InvalidInput(_("Choose one of the channels."), field="channel")
    operations.change_customer(customer=found, actor=request.actor, now=clock.now(), preferred_channel=channel)
    words = _("Answers go by %(channel)s where they can.") % {"channel": channel_label(channel)} if channel else ""
    return JsonResponse({"message": words or _("Learned again from how they answer.")})


@desk_view("customer.merge", methods=("POST",))
@answering
def claim(request: DeskRequest, claim_id: int) -> HttpResponse:
    """Decide whether an address is theirs: `accept` makes the records one, or adds the address."""
    found = customers.get_claim(request.actor, claim_id)
    why, now = request.POST.get("why", ""), clock.now()
    if request.POST.get("decide") == "accept":
        joining.accept_claim(claim=found, actor=request.actor, now=now, why=why)
        return JsonResponse({"message": _("One person now. It can be undone on the customer's page.")})
    joining.dismiss_claim(claim=found, actor=request.actor, now=now, why=why)
    return JsonResponse({"message": _("Noted: another person.")})
