"""Where other systems call in about a ticket: signed as Standard Webhooks has it, each call once."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hospes.automation import operations
from hospes.automation.operations.calls import MAX_BODY
from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.posted import posted_number

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@csrf_exempt  # machines call here; the signature is the proof
@require_POST
def call(request: HttpRequest, key: str) -> JsonResponse:
    """202 when it is taken, also when it was taken before; 401 unsigned, 404 unknown, 422 not understood."""
    length = posted_number(request.headers.get("Content-Length", ""))
    if length is None or length > MAX_BODY:
        return JsonResponse({"code": "too-large"}, status=413)
    headers = {name: request.headers.get(name, "") for name in HEADERS}
    try:
        new = operations.take_call(key=key, headers=headers, body=request.body, now=clock.now())
    except HospesError as error:
        return JsonResponse({"code": error.code, "message": str(error.message)}, status=error.status)
    return JsonResponse({"taken": True, "new": new}, status=202)
