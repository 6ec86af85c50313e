"""What the portal's tests share: a customer signed in, and a form as a browser sends it."""

import hashlib
from datetime import timedelta
from itertools import count
from typing import Any

from django.core import mail
from django.test import Client

from hospes.core import clock
from hospes.portal import guard

ANNA = "anna@customer.example"


def proof_of(token: str) -> str:
    """The small work that a browser's script does."""
    for number in count():
        digest = hashlib.sha256(f"{token}:{number}".encode()).digest()
        if int.from_bytes(digest[:4], "big") >> (32 - guard.WORK_BITS) == 0:
            return str(number)
    raise AssertionError


def filled(seconds: int = 30, *, worked: bool = True, **changes: Any) -> dict[str, Any]:
    """A contact form filled in for that many seconds."""
    token = guard.new_token(now=clock.now() - timedelta(seconds=seconds))
    fields = {
        "name": "Anna Kalniņa",
        "email": ANNA,
        "subject": "Kettle leaks",
        "message": "My kettle leaks since yesterday.",
        "token": token,
        "proof": proof_of(token) if worked else "",
        "website": "",
    }
    return fields | changes


def signed_in(email: str = ANNA, **more: Any) -> Client:
    """A browser in which this customer signed in by the mailed code."""
    client = Client(**more)
    client.post("/portal/sign-in/", {"email": email})
    code = mail.outbox[-1].subject.split()[0]
    answer = client.post("/portal/sign-in/code/", {"code": code})
    assert answer.status_code == 302, answer.content
    return client
