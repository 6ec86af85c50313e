"""One company with something of everything, and everybody who might want to look at it, for the access matrix."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from hospes.channels.models import RawMessage
from hospes.channels.operations import store_raw
from hospes.core import clock
from hospes.core.actors import SYSTEM, Actor
from hospes.customers import operations as customers
from hospes.customers.models import Customer
from hospes.staff import operations as staff
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of
from hospes.testing.decisions import all_things
from hospes.testing.people import desk_actor, make_agent, make_inbox, make_team, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Attachment, Message

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class World:
    """`things` are the values that a Rule's args and body name."""

    agents: dict[str, Agent]
    customers: dict[str, Customer]
    tokens: dict[str, str]
    things: dict[str, Any]

    def actor(self, who: str) -> Actor:
        """The actor that somebody is."""
        if who in self.agents:
            return actor_of(self.agents[who], via="test")
        if who in self.customers:
            return Actor(kind="customer", id=self.customers[who].pk, via="portal")
        return Actor(kind="customer", via="portal")

    def browser(self, who: str) -> Client:
        """A browser in which somebody is signed in, just now."""
        client = Client(raise_request_exception=False)
        if who in self.agents:
            client.force_login(self.agents[who], backend=BACKEND)
            session = client.session
            session["account_authentication_methods"] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]
            session["account_authentication_methods_user"] = str(self.agents[who].pk)
            session.save()
        elif who in self.customers:
            client.get("/portal/")
            session = client.session
            customer = self.customers[who]
            session["portal"] = {"customer": customer.pk, "address": "", "at": int(time.time())}
            session.save()
            client.cookies["hospes_session"] = session.session_key
        return client

    def program(self, who: str) -> Client:
        """An API client; visitors bring their browser's cookies, which must count for nothing."""
        if who not in self.agents:
            return self.browser(who)
        return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {self.tokens[who]}"})


def make_world() -> World:
    """Build it all through the operations."""
    now = clock.now()
    ours, theirs = make_team("First line"), make_team("Second line")
    agents = {role: make_agent(role.title(), role=role) for role in ("light", "agent", "lead", "manager", "admin")}
    agents["other_team"] = make_agent("Other", teams=(theirs,), only_own_teams=True)
    inbox = make_inbox(team=ours)
    things: dict[str, Any] = {
        "key": "open",
        "bad_token": "nothing-such",
        "bad_uid": "zz",
        "bad_secret": "x" * 32,
        "provider": "mailgun",
        "kind": "inbound",
        "inbox_id": inbox.pk,
    }
    received = receive(now=now)
    ticket, message = received.ticket, received.message
    second = receive("Another", sender="carl@customer.example", name="Carl", subject="Second", now=now).ticket
    foreign = receive("Mine", sender="bert@customer.example", name="Bert", subject="Bert's", now=now).ticket
    outside = {"customer_a": ticket.customer, "customer_b": foreign.customer}
    things |= {"number": ticket.number, "second_number": second.number, "message_id": message.pk}
    things |= {"customer_id": ticket.customer_id, "other_customer": second.customer_id}
    things["point_id"] = ticket.customer.contact_points.get().pk
    things |= _writings(desk_actor(agents["agent"]), ticket, message)
    things |= _belongings(agents["agent"])
    things["link_id"] = tickets.link_tickets(ticket=ticket, other=second, actor=desk_actor(agents["agent"]), now=now).pk
    things |= _merged(desk_actor(agents["lead"]), second)
    things |= _set_up(agents["admin"], inbox, message)
    things |= all_things({**things, "ticket": ticket, "team": ours}, agents, now)
    tokens = {
        who: staff.create_api_token(agent=agent, name="matrix", actor=SYSTEM, now=now)[1]
        for who, agent in agents.items()
    }
    return World(agents, outside, tokens, things)


def _writings(actor: Actor, ticket: Any, message: Message) -> dict[str, Any]:
    """What an agent wrote: a reply still held, one that failed; a file on the customer's message."""
    now = clock.now()
    held = tickets.reply(ticket=ticket, actor=actor, now=now, text="One moment.", undo_seconds=3600)
    failed = tickets.reply(ticket=ticket, actor=actor, now=now, text="Never arrived.")
    tickets.mark_delivery(message_id=failed.pk, state="failed", words="no such user", actor=SYSTEM, now=now)
    uploaded = tickets.upload(name="leak.png", content_type="image/png", content=PIXEL, actor=actor, now=now)
    Attachment.objects.filter(pk=uploaded.pk).update(message=message)
    return {"held_id": held.pk, "failed_id": failed.pk, "file_token": uploaded.token}


def _belongings(agent: Agent) -> dict[str, Any]:
    """What is one agent's own: a view, a token, a second session, a passkey."""
    now, actor = clock.now(), desk_actor(agent)
    view = tickets.save_view(name="My own", filters={"priority": 4}, actor=actor, now=now)
    token, _text = staff.create_api_token(agent=agent, name="mine", actor=actor, now=now)
    session = UserSession.objects.create(user=agent, session_key="elsewhere", ip="127.0.0.1", user_agent="x")
    passkey = Authenticator.objects.create(user=agent, type=Authenticator.Type.WEBAUTHN, data=_passkey())
    return {"view_id": view.pk, "api_token_id": token.pk, "session_id": session.pk, "passkey_id": passkey.pk}


def _merged(actor: Actor, into: Any) -> dict[str, Any]:
    """A ticket and a customer that were merged into others, and a tag."""
    now = clock.now()
    dora = receive("Third", sender="dora@customer.example", name="Dora", subject="Third", now=now).ticket
    tickets.merge_tickets(ticket=dora, into=into, actor=actor, now=now)
    erik = customers.create_customer(name="Erik", email="erik@customer.example", actor=actor, now=now)
    customers.merge_customers(keep=into.customer, other=erik, actor=actor, now=now)
    tickets.change_ticket(ticket=into, actor=actor, now=now, add_tags=["kettle"])
    return {"merged_number": dora.number, "merged_customer": erik.pk, "tag_id": into.tags.get().pk}


def _passkey() -> dict[str, Any]:
    """What a browser hands over when it made a passkey, as allauth keeps it."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    name = b"a passkey's name"
    made = AuthenticatorData.create(
        hashlib.sha256(b"testserver").digest(), 0x45, 0, AttestedCredentialData.create(Aaguid.NONE, name, public)
    )
    said = CollectedClientData.create("webauthn.create", b"challenge-of-16b", "http://testserver")
    answer = {
        "clientDataJSON": websafe_encode(said),
        "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
    }
    plain = websafe_encode(name)
    return {"name": "Key", "credential": {"id": plain, "rawId": plain, "type": "public-key", "response": answer}}


def _set_up(admin: Agent, inbox: Any, message: Message) -> dict[str, Any]:
    now, actor = clock.now(), desk_actor(admin)
    macro = tickets.save_macro(name="Thanks", body_html="<p>Thank you</p>", actor=actor, now=now, sharing="all")
    invitation, _token = staff.invite(email="new@demo.example", name="New", role="agent", actor=actor, now=now)
    body = b"From: anna@customer.example\r\nSubject: Kettle leaks\r\n\r\nMy kettle leaks.\r\n"
    raw_id, _new = store_raw(inbox=inbox, external_id="raw-1", body=body, envelope={}, now=now)
    RawMessage.objects.filter(pk=raw_id).update(state="attention", message_id=message.pk)
    Message.objects.filter(pk=message.pk).update(source_id=raw_id)
    return {"macro_id": macro.pk, "invitation_id": invitation.pk, "raw_id": raw_id, "agent_id": admin.pk}


PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
