"""The conditions editor: what the form takes, what the script asks for."""

import json

import pytest
from django import forms
from django.urls import reverse

from hospes.core.conditions import Field
from hospes.desk.conditions_field import ConditionsField
from hospes.desk.tests.conftest import change, company, desk, ticket  # noqa: F401

URGENT = {"all": [{"field": "ticket.priority", "is": "at_least", "value": 3}]}


class Form(forms.Form):
    when = ConditionsField(namespaces=("ticket", "form"), more=lambda: [Field("form.reason", "the reason", "text")])


@pytest.mark.django_db
def test_the_field_gives_back_a_checked_condition():
    form = Form({"when": json.dumps(URGENT)})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["when"] == URGENT
    assert Form({"when": ""}).fields["when"].clean("") == {}


@pytest.mark.django_db
def test_each_fault_names_its_place():
    wrong = {"any": [{"field": "ticket.gone", "is": "is", "value": 1}, {"field": "form.reason", "is": "is"}]}
    form = Form({"when": json.dumps(wrong)})
    assert not form.is_valid()
    first, second = form.errors["when"]
    assert first.startswith("conditions.any.0.field: ")
    assert second.startswith("conditions.any.1.value: ")
    assert not Form({"when": "{nonsense"}).is_valid()


@pytest.mark.django_db
def test_without_script_it_is_a_text_area_with_the_reading_below():
    page = Form(initial={"when": URGENT}).as_p()
    assert "<textarea" in page
    assert "the priority is at least High" in page
    assert "the reason" in page


def test_the_script_gets_fields_and_questions(desk):  # noqa: F811
    found = desk.get(reverse("desk:conditions"), {"namespaces": "ticket,time"}).json()
    fields = {field["name"]: field for field in found["fields"]}
    assert [4, "Urgent"] in fields["ticket.priority"]["choices"]
    assert "customer.vip" not in fields
    takes = {one["is"]: one["takes"] for one in found["questions"]["moment"]}
    assert takes == {
        "ago_more_than": "span", "ago_less_than": "span", "within": "span", "past": "none", "before": "one",
        "after": "one", "empty": "none", "filled": "none",
    }  # fmt: skip


def test_a_condition_is_read_aloud_with_its_faults_in_place(desk):  # noqa: F811
    ask = lambda value, **more: desk.post(  # noqa: E731
        reverse("desk:conditions_reading"), {"conditions": json.dumps(value), **more}
    ).json()
    assert ask(URGENT) == {"reading": "the priority is at least High", "faults": []}
    assert ask({}) == {"reading": "always", "faults": []}
    [[place, words]] = ask({"all": [{"field": "ticket.subject", "is": "pattern", "value": "("}]})["faults"]
    assert place == "conditions.all.0.value"
    assert "not understood" in words
    own = json.dumps([{"name": "form.a", "label": "the colour", "kind": "choice", "choices": [["r", "Red"]]}])
    assert ask({"field": "form.a", "is": "is", "value": "r"}, more=own)["reading"] == "the colour is Red"
    assert ask({"field": "form.a", "is": "is", "value": "r"}, more="[[")["faults"]
