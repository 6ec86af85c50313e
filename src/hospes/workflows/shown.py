"""A run's step as pages show it: texts in the reader's language, a form of what is asked, what is known already.
The desk's and the portal's pages, and the editor's preview, print the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _

from hospes.workflows.models import WorkflowRun
from hospes.workflows.operations.knowing import Knowledge
from hospes.workflows.policies.answers import is_blank
from hospes.workflows.policies.definition import Plan, Raw, Step
from hospes.workflows.policies.texts import Said, fill_in, say
from hospes.workflows.queries import plan_of_version

MOST_RADIOS = 8
AUTOCOMPLETE = {"email": "email", "phone": "tel"}


class ManyFiles(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class StepForm(forms.Form):
    """Draws a step's questions. It checks nothing: the engine does, and its words are put in by add_error."""

    def full_clean(self) -> None:
        """Without faults of its own."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}


@dataclass(slots=True)
class Shown:
    """A step as it is printed. `known` are fields that are filled in already and need no answer, `asked` the rest."""

    run: WorkflowRun
    step: Step
    name: Said
    title: Said
    text: Said
    hint: Said
    form: forms.Form
    prefix: str
    asked: list[Any] = field(default_factory=list)
    known: list[Any] = field(default_factory=list)
    has_files: bool = False
    can_go_back: bool = False
    passed: int = 0
    most: int = 0
    label: str = ""

    @property
    def missing(self) -> bool:
        """Whether something is shown in another language, for want of a translation."""
        return any(said.missing for said in (self.title, self.text))


def show(
    run: WorkflowRun,
    *,
    language: str,
    now: datetime,
    data: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    plan: Plan | None = None,
) -> Shown | None:
    """The step at which a run stands, for a reader of a language; None when its definition has no such step."""
    plan = plan or plan_of_version(run.version_id)
    step = plan.steps.get(run.step)
    if step is None:
        return None
    knowledge = Knowledge(run, plan, now=now)

    def said(text: Any) -> Said:
        found = say(text, language, fallback=plan.language)
        return Said(fill_in(found.text, knowledge.value), found.language, found.missing)

    prefix = f"r{run.pk or 0}"
    form, known = _form(knowledge, step, language, prefix, data, errors or {})
    shown = Shown(
        run=run,
        step=step,
        name=said(plan.raw.get("name")),
        title=said(step.raw.get("title")),
        text=said(step.raw.get("text")),
        hint=said(step.raw.get("hint")),
        form=form,
        prefix=prefix,
        has_files=any(asked.get("kind") == "file" for asked in step.inputs),
        can_go_back=run.state == "running" and any(key in plan.steps for key in run.path),
        passed=min(len(run.path), len(plan.order) - 1),
        most=max(1, sum(1 for one in plan.steps.values() if one.kind in {"ask", "show"})),
        label=said(step.raw.get("label")).text,
    )
    for bound in form:
        (shown.known if bound.name in known and not bound.errors else shown.asked).append(bound)
    return shown


def _form(
    knowledge: Knowledge,
    step: Step,
    language: str,
    prefix: str,
    data: QueryDict | None,
    errors: Mapping[str, str],
) -> tuple[StepForm, set[str]]:
    fields: dict[str, forms.Field] = {}
    initial: dict[str, Any] = {}
    known: set[str] = set()
    for asked in step.inputs:
        key = str(asked.get("key"))
        fields[key] = _field(knowledge, asked, language)
        found = knowledge.known(asked)
        if found is not None:
            initial[key] = _as_shown(asked, found[0])
            if not is_blank(found[0]) and (found[1] != "run" or knowledge.run.answers[key].get("step") != step.key):
                known.add(key)
    kind = type("AskedForm", (StepForm,), dict(fields))  # a copy: Django takes the fields out of what it is given
    form: StepForm = kind(data, prefix=prefix, initial=initial, use_required_attribute=False)
    if errors:
        for key, words in errors.items():
            if key in fields:
                form.add_error(key, words)
    if len(known) == len(fields):  # to be confirmed: then it is what the step is about
        known = set()
    return form, known


def _as_shown(asked: Raw, value: Any) -> Any:
    if asked.get("kind") == "yes_no" and isinstance(value, bool):
        return "yes" if value else "no"
    return None if asked.get("kind") == "file" else value


def _field(knowledge: Knowledge, asked: Raw, language: str) -> forms.Field:
    """A field that draws an input; whether an answer will do is decided by policies.answers alone."""
    fallback, kind = knowledge.plan.language, str(asked.get("kind"))
    label = say(asked.get("label"), language, fallback=fallback).text or str(asked.get("key"))
    more: dict[str, Any] = {
        "label": label,
        "help_text": fill_in(say(asked.get("help"), language, fallback=fallback).text, knowledge.value),
        "required": False,
    }
    options = list(knowledge.options(asked, language))
    if kind == "yes_no":
        options = [("yes", _("Yes")), ("no", _("No"))]
    found: forms.Field
    if kind == "choices":
        found = forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **more)
    elif kind in {"yes_no", "choice"} or (kind == "order" and options):
        many = len(options) > MOST_RADIOS
        widget: Any = forms.Select if many else forms.RadioSelect
        found = forms.ChoiceField(choices=[("", "—"), *options] if many else options, widget=widget, **more)
    elif kind == "file":
        found = forms.FileField(widget=ManyFiles(attrs={"accept": "image/*,.pdf,.doc,.docx,.odt,.txt"}), **more)
    else:
        found = forms.CharField(widget=_text_widget(kind), **more)
    found.required = bool(asked.get("required", True))  # shown as optional or not; nothing is checked by it
    return found


def _text_widget(kind: str) -> forms.Widget:
    if kind == "long":
        return forms.Textarea(attrs={"rows": 4, "dir": "auto"})
    if kind == "date":
        return forms.DateInput(attrs={"type": "date"})
    if kind in {"number", "money"}:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "dir": "ltr", "class": "short"})
    if kind in {"email", "phone"}:
        types = {"email": "email", "phone": "tel"}
        return forms.TextInput(attrs={"type": types[kind], "autocomplete": AUTOCOMPLETE[kind], "dir": "ltr"})
    if kind == "order":
        return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"})
    return forms.TextInput(attrs={"dir": "auto"})


def answers_in(step: Step, data: QueryDict, prefix: str) -> dict[str, Any]:
    """What a sent form says, by answer key; files are not in it."""
    found: dict[str, Any] = {}
    for asked in step.inputs:
        key, name = str(asked.get("key")), f"{prefix}-{asked.get('key')}"
        if asked.get("kind") != "file" and name in data:
            found[key] = data.getlist(name) if asked.get("kind") == "choices" else data.get(name)
    return found


def summary_of(run: WorkflowRun, *, language: str, now: datetime) -> list[tuple[str, str]]:
    """(question, answer) of everything answered in a run."""
    return Knowledge(run, plan_of_version(run.version_id), now=now).summary(language)


def label_of(run: WorkflowRun, asked: Raw) -> str:
    """What a question is called, in the run's language."""
    fallback = plan_of_version(run.version_id).language
    return say(asked.get("label"), run.language, fallback=fallback).text or str(asked.get("key"))
