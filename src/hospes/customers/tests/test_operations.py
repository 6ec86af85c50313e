"""Customers: recognised once, merged and unmerged, and signed in to the portal by what they were mailed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, RateLimited
from hospes.core.models import EventRow
from hospes.customers import operations, queries
from hospes.customers.models import ContactPoint, Customer, PortalCode
from hospes.customers.policies import block_candidates, block_matches, contact_key
from hospes.testing.people import NOON, desk_actor, make_agent


@pytest.fixture
def lead(db) -> Actor:
    return desk_actor(make_agent("Lea", role="lead"))


def known(address: str = "anna@x.example", name: str = "Anna", **more) -> Customer:
    return operations.recognise(kind="email", value=address, name=name, actor=SYSTEM, now=NOON, **more)


@pytest.mark.django_db
def test_somebody_is_recognised_by_their_address_whatever_its_case():
    first = known(name="")
    again = known("ANNA@X.example", name="Anna K.", language="lv")
    assert again.pk == first.pk
    assert (again.name, again.language) == ("Anna K.", "lv")
    third = known(name="Eve", language="en")
    assert (third.name, third.language) == ("Anna K.", "lv")
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_strange_input_is_kept_as_far_as_it_can_be():
    odd = known("x" * 400 + "@x.example", name="A\x00nna\ud800 " * 60, language="xx-very-long")
    assert len(odd.name) <= 200
    assert "\x00" not in odd.name


@pytest.mark.django_db(transaction=True)
def test_one_newcomer_recognised_by_many_at_once_is_one_customer():
    together, found = threading.Barrier(5), []

    def meet():
        together.wait(10)
        found.append(known().pk)
        connection.close()

    threads = [threading.Thread(target=meet) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert Customer.objects.count() == ContactPoint.objects.count() == 1


@pytest.mark.parametrize("role", ["light", "agent", "lead"])
def test_who_may_change_customers(role, db):
    actor = desk_actor(make_agent("Ivo", role=role))
    customer = known()
    attempts = {
        "agent": [
            lambda: operations.create_customer(name="B", actor=actor, now=NOON),
            lambda: operations.change_customer(customer=customer, vip=True, actor=actor, now=NOON),
            lambda: operations.add_contact_point(
                customer=customer, kind="phone", value="+371 2612 3456", actor=actor, now=NOON
            ),
        ],
        "lead": [
            lambda: operations.block_sender(pattern="@spam.example", reason="", actor=actor, now=NOON),
            lambda: operations.merge_customers(keep=customer, other=known("b@x.example"), actor=actor, now=NOON),
        ],
    }
    for needed, tries in attempts.items():
        may = role == "lead" or role == needed
        for attempt in tries:
            if may:
                attempt()
            else:
                with pytest.raises(NotAllowed):
                    attempt()


@pytest.mark.parametrize(
    ("field", "value"),
    [("language", "much too long"), ("time_zone", "Mars"), ("vip", "yes"), ("fields", []), ("merged_into", 1)],
)
def test_a_customer_is_changed_by_good_input_only(field, value, lead):
    with pytest.raises(InvalidInput) as refused:
        operations.change_customer(customer=known(), actor=lead, now=NOON, **{field: value})
    assert refused.value.field == field


def test_a_changed_customer_is_found_by_what_is_new(lead):
    customer = known()
    operations.change_customer(customer=customer, name="Šķūnis", company="Ķirsis SIA", actor=lead, now=NOON)
    operations.add_contact_point(customer=customer, kind="phone", value="+371 2612-3456", actor=lead, now=NOON)
    for words in ("skun", "kirsis sia", "2612-3456", "ANNA@X"):
        assert queries.search_customers(lead, words) == [customer]
    assert queries.search_customers(lead, "skun\x00 nobody") == []
    event = EventRow.objects.filter(name="CustomerChanged").order_by("id").first()
    assert event.data["what"] == "company, name"


def test_a_contact_point_has_one_owner(lead):
    anna, bert = known(), known("bert@x.example", "Bert")
    for kind, value in [("email", "no address"), ("phone", "no number"), ("pigeon", "x123"), ("handle", "")]:
        with pytest.raises(InvalidInput):
            operations.add_contact_point(customer=anna, kind=kind, value=value, actor=lead, now=NOON)
    with pytest.raises(Conflict) as refused:
        operations.add_contact_point(customer=anna, kind="email", value="BERT@x.example", actor=lead, now=NOON)
    assert refused.value.details["other"] == bert.pk
    operations.merge_customers(keep=anna, other=bert, actor=lead, now=NOON)
    operations.add_contact_point(customer=anna, kind="email", value="bert@x.example", actor=lead, now=NOON)
    point = anna.contact_points.get(kind="email")
    operations.remove_contact_point(point=point, actor=lead, now=NOON)
    assert queries.find_by_contact("email", "anna@x.example") is None


def test_a_merged_customer_is_found_as_the_one_they_are_now_and_can_be_unmerged(lead):
    anna, bert = known(), known("bert@x.example", "Bert")
    operations.merge_customers(keep=anna, other=bert, actor=lead, now=NOON)
    assert queries.find_by_contact("email", "bert@x.example") == anna
    assert queries.get_customer(lead, bert.pk) == anna
    assert sorted(queries.same_person(bert.pk)) == sorted(queries.same_person(anna.pk)) == [anna.pk, bert.pk]
    assert list(queries.customers(lead)) == [anna]
    operations.unmerge_customer(other=bert, actor=lead, now=NOON)
    assert queries.find_by_contact("email", "bert@x.example") == bert
    with pytest.raises(InvalidInput):
        operations.unmerge_customer(other=bert, actor=lead, now=NOON)


def test_a_merge_of_merges_comes_apart_as_it_was_made(lead):
    a, b, c, d = (known(f"{n}@x.example", n) for n in "abcd")

    def merge(other, keep):
        operations.merge_customers(keep=keep, other=other, actor=lead, now=NOON)

    merge(a, b)
    merge(b, c)
    merge(c, d)
    assert {queries.find_by_contact("email", f"{n}@x.example") for n in "abcd"} == {d}
    operations.unmerge_customer(other=c, actor=lead, now=NOON)
    assert queries.find_by_contact("email", "a@x.example") == c == queries.find_by_contact("email", "b@x.example")
    operations.unmerge_customer(other=b, actor=lead, now=NOON)
    assert queries.find_by_contact("email", "a@x.example") == b
    operations.unmerge_customer(other=a, actor=lead, now=NOON)
    assert not Customer.objects.exclude(merged_into=None, merged_via=None).exists()


def test_merges_that_would_make_a_ring_are_refused(lead):
    anna, bert = known(), known("bert@x.example", "Bert")
    stale = Customer.objects.get(pk=bert.pk)
    operations.merge_customers(keep=anna, other=bert, actor=lead, now=NOON)
    for keep, other in ((stale, anna), (anna, stale), (anna, anna)):
        with pytest.raises(InvalidInput):
            operations.merge_customers(keep=keep, other=other, actor=lead, now=NOON)


def test_nobody_is_found_for_a_number_that_does_not_exist(lead):
    with pytest.raises(NotFound):
        queries.get_customer(lead, 10**15)


@pytest.mark.django_db
def test_customers_change_their_own_details_alone():
    anna, bert = known(), known("bert@x.example", "Bert")
    own = Actor(kind="customer", id=anna.pk)
    assert operations.change_own_details(customer=anna, actor=own, now=NOON, name=" Anna  K ").name == "Anna K"
    with pytest.raises(NotAllowed):
        operations.change_own_details(customer=bert, actor=own, now=NOON, name="X")
    for field, value in [("vip", "1"), ("time_zone", "Mars"), ("language", "l" * 30)]:
        with pytest.raises(InvalidInput):
            operations.change_own_details(customer=anna, actor=own, now=NOON, **{field: value})


# Blocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "address", "covered"),
    [
        ("eve@spam.example", "EVE@spam.example", True),
        ("eve@spam.example", "steve@spam.example", False),
        ("@spam.example", "a@spam.example", True),
        ("@spam.example", "a@deep.mail.spam.example", True),
        ("@spam.example", "a@notspam.example", False),
        ("@spam.example", "spam.example@good.example", False),
    ],
)
def test_a_block_covers_an_address_or_a_domain_with_all_below_it(pattern, address, covered):
    assert block_matches(pattern, address) is covered
    assert (pattern in block_candidates(address)) is covered


@given(st.emails(), st.emails())
def test_looking_up_blocks_finds_just_those_that_match(address, other):
    for pattern in (other.casefold(), "@" + other.casefold().rpartition("@")[2]):
        assert (pattern in block_candidates(address)) == block_matches(pattern, address)


def test_blocking_twice_is_blocking_once_and_can_be_undone(lead):
    for bad in ("", "@", "spam.example", "a@@b.example", "@nodots", "a b@c.example", "@x.example\x00"):
        with pytest.raises(InvalidInput):
            operations.block_sender(pattern=bad, reason="", actor=lead, now=NOON)
    block = operations.block_sender(pattern=" Eve@Spam.example ", reason="", actor=lead, now=NOON)
    operations.block_sender(pattern="eve@spam.example", reason="", actor=lead, now=NOON)
    assert EventRow.objects.filter(name="SenderBlocked").count() == 1
    assert queries.is_blocked("EVE@spam.example")
    operations.unblock_sender(block=block, actor=lead, now=NOON)
    assert not queries.is_blocked("eve@spam.example")


# The portal's sign-in ------------------------------------------------------------------------------


def code_for(email="anna@x.example", now=NOON):
    return operations.make_portal_code(email=email, now=now)


@pytest.mark.django_db
def test_a_mailed_code_signs_in_once_also_in_persian_digits():
    anna = known()
    code, token = code_for()
    assert code not in str(list(PortalCode.objects.values()))
    persian = code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert operations.use_portal_code(now=NOON, email="ANNA@x.example", code=f" {persian} ") == anna
    assert ContactPoint.objects.get().verified_at == NOON
    for again in ({"email": "anna@x.example", "code": code}, {"token": token}):
        with pytest.raises(NotAllowed):
            operations.use_portal_code(now=NOON, **again)


@pytest.mark.django_db
def test_row_11_a_link_works_once_and_not_when_it_is_old():
    _code, token = code_for("new@x.example")
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=NOON + operations.CODE_LIFE, token=token)
    customer = operations.use_portal_code(now=NOON, token=token)
    assert queries.find_by_contact("email", "new@x.example") == customer
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=NOON, token=token)


@pytest.mark.django_db
def test_row_11_a_code_of_one_address_signs_nobody_else_in():
    code, _token = code_for("eve@x.example")
    known()
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=NOON, email="anna@x.example", code=code)
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=NOON, email="", code="", token="")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.django_db
def test_five_wrong_tries_spoil_a_code_but_not_the_link():
    code, token = code_for()
    for _try in range(operations.CODE_TRIES):
        with pytest.raises(NotAllowed):
            operations.use_portal_code(now=NOON, email="anna@x.example", code=wrong(code))
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=NOON, email="anna@x.example", code=code)
    operations.use_portal_code(now=NOON, token=token)


@pytest.mark.django_db
def test_fresh_codes_give_a_guesser_no_fresh_tries_for_ever():
    now = NOON
    for _round in range(10):
        code, token = code_for(now=now)
        for _try in range(operations.CODE_TRIES):
            with pytest.raises(NotAllowed):
                operations.use_portal_code(now=now, email="anna@x.example", code=wrong(code))
        now += timedelta(minutes=16)
    code, token = code_for(now=now)
    with pytest.raises(NotAllowed):
        operations.use_portal_code(now=now, email="anna@x.example", code=code)
    assert operations.use_portal_code(now=now, token=token)


@pytest.mark.django_db
def test_codes_are_mailed_five_times_in_a_quarter_of_an_hour():
    for _each in range(5):
        code_for()
    with pytest.raises(RateLimited):
        code_for()
    with pytest.raises(InvalidInput):
        code_for("no address")
    assert PortalCode.objects.count() == 5
    assert operations.forget_old_codes(now=NOON + timedelta(days=2)) == 5


def test_the_portal_of_a_merged_customer_is_that_of_the_one_they_are(lead):
    anna, bert = known(), known("bert@x.example", "Bert")
    operations.merge_customers(keep=anna, other=bert, actor=lead, now=NOON)
    _code, token = code_for("bert@x.example")
    assert operations.use_portal_code(now=NOON, token=token) == anna
    assert ContactPoint.objects.get(key="bert@x.example").verified_at == NOON


@given(st.text(max_size=40), st.sampled_from(["email", "phone", "handle"]))
def test_a_contact_key_of_a_key_is_itself(value, kind):
    key = contact_key(kind, value)
    assert contact_key(kind, key) == key
