"""Customers, their contact points, blocks, and signing in to the portal by mailed codes."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from hospes.core import ids, limits
from hospes.core.actors import Actor
from hospes.core.clock import time_zones
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.events import emit
from hospes.core.text import digits, storable, storable_json
from hospes.customers import events, queries
from hospes.customers.models import BlockedSender, Company, ContactPoint, Customer, PortalCode
from hospes.customers.policies import contact_key, email_key, search_text

CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
WRONG_CODES_A_DAY = 30
DAY = 86_400
PHONE = re.compile(r"\+\d{6,15}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-zA-Z]{2,4})?")  # customers speak more languages than our screens


def _refresh_search(customer: Customer) -> None:
    company = customer.company.name if customer.company else ""
    points = list(customer.contact_points.values_list("value", flat=True))
    customer.search = search_text(customer.name, company, points)


@transaction.atomic(savepoint=False)
def recognise(
    *,
    kind: str,
    value: str,
    name: str,
    actor: Actor,
    now: datetime,
    language: str = "",
    verified: bool = False,
) -> Customer:
    """The customer behind a contact point, made when unknown. An empty name or language is filled in, not replaced."""
    name, value = " ".join(storable(name).split())[:200], storable(value).strip()[:320]
    language = storable(language)[:8]
    found = queries.find_by_contact(kind, value)
    if found is not None:
        if (name and not found.name) or (language and not found.language):
            found = _fill_in(found, name=name, language=language)
        if verified:
            known = ContactPoint.objects.filter(kind=kind, key=contact_key(kind, value), verified_at=None)
            known.update(verified_at=now)
        return found
    customer = Customer.objects.create(
        name=name,
        language=language,
        search=search_text(name, "", [value]),
        created_at=now,
        updated_at=now,
    )
    if not _claim_point(customer, kind, value, verified=verified, now=now):
        # Somebody recognised the same newcomer at the same moment.
        customer.delete()
        other = queries.find_by_contact(kind, value)
        assert other is not None
        return other
    emit(events.CustomerCreated(customer_id=customer.pk), actor=actor, now=now)
    return customer


def _claim_point(customer: Customer, kind: str, value: str, *, verified: bool, now: datetime) -> bool:
    """Give a contact point to a newcomer in one statement; False when it has an owner already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_contactpoint (customer_id, kind, value, key, verified_at, bounce_reason, created_at)"
            " VALUES (%s, %s, %s, %s, %s, '', %s) ON CONFLICT (kind, key) DO NOTHING RETURNING id",
            [customer.pk, kind, value, contact_key(kind, value), now if verified else None, now],
        )
        return cursor.fetchone() is not None


def add_proven_point(*, customer: Customer, kind: str, value: str, now: datetime) -> bool:
    """Give a proven contact point to a customer; False when somebody else has it. Part of recognising: no event."""
    value = storable(value).strip()[:320]
    made = _claim_point(customer, kind, value, verified=True, now=now)
    people = queries.same_person(customer.pk)
    own = ContactPoint.objects.filter(kind=kind, key=contact_key(kind, value), customer_id__in=people)
    own.filter(verified_at=None).update(verified_at=now)
    if made:
        fresh = _lock(customer)
        _refresh_search(fresh)
        fresh.save(update_fields=["search"])
    return own.exists()


def _fill_in(customer: Customer, *, name: str, language: str) -> Customer:
    """Under the row's lock: somebody may be changing the customer at this moment."""
    fresh = _lock(customer)
    fresh.name = fresh.name or name
    fresh.language = fresh.language or language
    _refresh_search(fresh)
    fresh.save(update_fields=["name", "language", "search"])
    return fresh


@transaction.atomic
def create_customer(
    *,
    name: str,
    actor: Actor,
    now: datetime,
    email: str = "",
    phone: str = "",
    language: str = "",
    company: str = "",
) -> Customer:
    """Make a customer by hand. Raises InvalidInput, or Conflict when a contact point already has an owner."""
    actor.require("customer.change")
    if not (name.strip() or email.strip() or phone.strip()):
        raise InvalidInput(_("Write a name, an address or a phone number."), field="name")
    customer = Customer.objects.create(
        name=" ".join(storable(name).split())[:200],
        language=_checked("language", language),
        created_at=now,
        updated_at=now,
        company=_company(company, now),
    )
    for kind, value in (("email", email), ("phone", phone)):
        if value.strip():
            _add_point(customer, kind, value, now)
    _refresh_search(customer)
    customer.save()
    emit(events.CustomerCreated(customer_id=customer.pk), actor=actor, now=now)
    return customer


def _company(name: str, now: datetime) -> Company | None:
    name = " ".join(storable(name).split())[:200]
    if not name:
        return None
    return Company.objects.filter(name=name).first() or Company.objects.create(name=name, created_at=now)


def _add_point(customer: Customer, kind: str, value: str, now: datetime) -> ContactPoint:
    value = storable(value).strip()
    if kind not in ContactPoint.Kind.values:
        raise InvalidInput(_("Choose email, phone or handle."), field="kind")
    if kind == "email":
        try:
            validate_email(value)
        except ValidationError:
            raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    if len(value) > 320 or sum(c.isalnum() for c in contact_key(kind, value)) < 3:
        raise InvalidInput(_("This cannot be used to reach somebody."), field=kind)
    point, made = ContactPoint.objects.get_or_create(
        kind=kind,
        key=contact_key(kind, value),
        defaults={"customer": customer, "value": value, "created_at": now},
    )
    if not made and customer.pk not in {point.customer_id, point.customer.merged_into_id}:
        raise Conflict(
            _("This belongs to another customer. Merge the two instead."), field=kind, other=point.customer_id
        )
    return point


@transaction.atomic
def change_customer(*, customer: Customer, actor: Actor, now: datetime, **changes: Any) -> Customer:
    """Change name, language, time_zone, vip, notes, fields or company (its name). Raises InvalidInput on others."""
    actor.require("customer.change")
    allowed = {"name", "language", "time_zone", "vip", "notes", "fields", "company", "preferred_channel"}
    if unknown := set(changes) - allowed:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    changes = {field: _checked(field, value) for field, value in changes.items()}
    customer = _lock(customer)
    what = ", ".join(sorted(changes))
    if "company" in changes:
        customer.company = _company(changes.pop("company") or "", now)
    for field, value in changes.items():
        setattr(customer, field, value)
    if "preferred_channel" in changes:
        customer.preferred_by = "agent" if customer.preferred_channel else ""
    customer.updated_at = now
    _refresh_search(customer)
    customer.save()
    emit(events.CustomerChanged(customer_id=customer.pk, what=what), actor=actor, now=now)
    return customer


def _lock(customer: Customer) -> Customer:
    return Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)


def _checked(field: str, value: Any) -> Any:
    """A field's value as it may be kept. Raises InvalidInput."""
    if field in {"name", "company"}:
        return " ".join(storable(str(value or "")).split())[:200]
    if field == "notes":
        return storable(str(value))[:100_000]
    if field == "language" and value and not (isinstance(value, str) and LANGUAGE.fullmatch(value)):
        raise InvalidInput(_("Choose one of the languages."), field=field)
    if field == "time_zone" and value and value not in time_zones():
        raise InvalidInput(_("Choose one of the time zones."), field=field)
    if field == "preferred_channel":
        return storable(str(value or "")).strip()[:20]
    if field == "vip" and not isinstance(value, bool):
        raise InvalidInput(_("Say yes or no."), field=field)
    if field == "fields":
        if not isinstance(value, dict):
            raise InvalidInput(_("Give the fields by name."), field=field)
        return storable_json(value)
    return value


@transaction.atomic
def change_own_details(*, customer: Customer, actor: Actor, now: datetime, **changes: str) -> Customer:
    """A customer's own name, language, time_zone and preferred_channel, said by themselves. Raises InvalidInput on
    others."""
    if actor.kind != "customer" or actor.id != customer.pk:
        raise NotAllowed
    if unknown := set(changes) - {"name", "language", "time_zone", "preferred_channel"}:
        raise InvalidInput(_("This cannot be changed here."), field=min(unknown))
    changes = {field: _checked(field, value) for field, value in changes.items()}
    customer = _lock(customer)
    before = {field: getattr(customer, field) for field in changes}
    for field, value in changes.items():
        setattr(customer, field, value)
    changed = sorted(field for field in changes if getattr(customer, field) != before[field])
    if "preferred_channel" in changes and changes["preferred_channel"] and customer.preferred_by != "customer":
        changed = sorted({*changed, "preferred_channel"})  # what was learned or noted is their own word now
    if not changed:
        return customer
    if "preferred_channel" in changed:
        customer.preferred_by = "customer" if customer.preferred_channel else ""
    customer.updated_at = now
    _refresh_search(customer)
    customer.save()
    emit(events.CustomerChanged(customer_id=customer.pk, what=", ".join(changed)), actor=actor, now=now)
    return customer


@transaction.atomic
def add_contact_point(*, customer: Customer, kind: str, value: str, actor: Actor, now: datetime) -> ContactPoint:
    """Add a way to reach somebody. Raises Conflict when it belongs to another customer."""
    actor.require("customer.change")
    customer = _lock(customer)
    point = _add_point(customer, kind, value, now)
    _refresh_search(customer)
    customer.save(update_fields=["search"])
    emit(events.CustomerChanged(customer_id=customer.pk, what=kind), actor=actor, now=now)
    return point


@transaction.atomic
def remove_contact_point(*, point: ContactPoint, actor: Actor, now: datetime) -> None:
    """Take a contact point away."""
    actor.require("customer.change")
    customer = _lock(point.customer)
    point.delete()
    _refresh_search(customer)
    customer.save(update_fields=["search"])
    emit(events.CustomerChanged(customer_id=customer.pk, what=point.kind), actor=actor, now=now)


@transaction.atomic
def mark_bounced(*, email: str, reason: str, actor: Actor, now: datetime) -> None:
    """Note that mail to an address comes back for good, so that screens can warn."""
    point = ContactPoint.objects.filter(kind="email", key=email_key(email)).first()
    if point is None:
        return
    point.bounced_at = now
    point.bounce_reason = reason[:500]
    point.save(update_fields=["bounced_at", "bounce_reason"])
    emit(
        events.ContactPointBounced(customer_id=point.customer_id, address=point.value, reason=reason[:200]),
        actor=actor,
        now=now,
    )


@transaction.atomic
def block_sender(*, pattern: str, reason: str, actor: Actor, now: datetime) -> BlockedSender:
    """Send future mail of an address, or of a domain written as @example.com, to spam."""
    actor.require("sender.block")
    pattern = email_key(pattern)
    try:
        if not PHONE.fullmatch(pattern):  # a caller's number, in E.164, is blocked as it is
            validate_email(f"anybody{pattern}" if pattern.startswith("@") else pattern)
    except ValidationError:
        raise InvalidInput(
            _("Write an address (anna@example.com) or a domain (@example.com)."), field="pattern"
        ) from None
    block, made = BlockedSender.objects.get_or_create(
        pattern=pattern, defaults={"reason": storable(reason)[:300], "created_at": now}
    )
    if made:
        emit(events.SenderBlocked(block_id=block.pk, pattern=pattern), actor=actor, now=now)
    return block


@transaction.atomic
def unblock_sender(*, block: BlockedSender, actor: Actor, now: datetime) -> None:
    """Let a sender's mail in again."""
    actor.require("sender.block")
    pk, pattern = block.pk, block.pattern
    block.delete()
    emit(events.SenderUnblocked(block_id=pk, pattern=pattern), actor=actor, now=now)


@transaction.atomic
def make_portal_code(*, email: str, now: datetime) -> tuple[str, str]:
    """A sign-in for the portal: (code to type, token for the link). Made for any address, so nothing is given away.

    Raises InvalidInput for what is no address and RateLimited after five in a quarter of an hour.
    """
    try:
        validate_email(email.strip())
    except ValidationError:
        raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    limits.require(f"portal-code:{email_key(email)}", limit=5, seconds=900, now=now)
    code, token = ids.digit_code(), ids.token()
    PortalCode.objects.create(
        email=email_key(email),
        code_hash=ids.keyed_digest("portal-code", f"{email_key(email)}:{code}"),
        token_hash=ids.token_hash(token),
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    return code, token


def use_portal_code(*, now: datetime, email: str = "", code: str = "", token: str = "") -> Customer:
    """Sign a customer in by code (with address) or by link token, once. Raises NotAllowed.

    Wrong codes are counted outside the refusal's transaction, so that a failed try cannot undo its own count.
    """
    with transaction.atomic():
        found = _find_code(email=email, code=code, token=token, now=now)
        if found is not None:
            found.used_at = now
            found.save(update_fields=["used_at"])
            PortalCode.objects.filter(email=found.email, used_at=None).update(used_at=now)
            actor = Actor(kind="customer", name=found.email, via="portal")
            customer = recognise(kind="email", value=found.email, name="", actor=actor, now=now, verified=True)
            emit(events.PortalSignedIn(customer_id=customer.pk), actor=actor, now=now)
            return customer
    raise NotAllowed(_("This code is wrong or too old. Ask for a new one."), field="code")


def _find_code(*, email: str, code: str, token: str, now: datetime) -> PortalCode | None:
    good = PortalCode.objects.select_for_update().filter(used_at=None, expires_at__gt=now)
    if token:
        return good.filter(token_hash=ids.token_hash(token)).first()
    latest = good.filter(email=email_key(storable(email)), tries__lt=CODE_TRIES).order_by("-id").first()
    wrong = f"portal-wrong:{ids.keyed_digest('portal-wrong', email_key(email))}"
    # Fresh codes must not give a guesser fresh tries for ever; the mailed link works all the same.
    if latest is None or limits.used(wrong, seconds=DAY, now=now) >= WRONG_CODES_A_DAY:
        return None
    if ids.same(latest.code_hash, ids.keyed_digest("portal-code", f"{latest.email}:{digits(code)}")):
        return latest
    latest.tries += 1
    latest.save(update_fields=["tries"])
    limits.count(wrong, limit=WRONG_CODES_A_DAY, seconds=DAY, now=now)
    return None


@transaction.atomic
def forget_old_codes(*, now: datetime) -> int:
    """Delete sign-ins older than a day."""
    deleted, _by_table = PortalCode.objects.filter(created_at__lt=now - timedelta(days=1)).delete()
    return deleted
