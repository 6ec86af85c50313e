"""A step's forms together: filled from the draft, and read back into it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from hospes.desk.topics.workflows.step_forms import (
    KIND_FORMS,
    ActionForm,
    BaseStepForm,
    BranchForm,
    InputForm,
    Json,
    as_lines,
    in_language,
    pairs,
    put_language,
)
from hospes.workflows.policies.checking import facts_of_run
from hospes.workflows.policies.definition import plan_of
from hospes.workflows.policies.outline import keys

MOST = 40
UNSEEN = frozenset({"decide", "act", "look_up"})  # steps that pass without being shown to anybody


class StepEditor:
    """All forms of one step in one language; `data` is what was sent."""

    def __init__(self, definition: Json, step: Json, language: str, data: QueryDict | None = None) -> None:
        self.definition, self.step, self.language, self.data = definition, step, language, data
        self.fallback = str(definition.get("language") or "en")
        others = [key for key in keys(definition) if key != step.get("key")]
        self.targets = [("", "—"), *((key, key) for key in others)]
        self.more = list(facts_of_run(plan_of(definition)).values())
        self.kind = str(step.get("kind"))
        self.base = BaseStepForm(data, prefix="s", initial=self._base())
        choice = self.base.fields["next"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = self.targets
        if self.kind == "end":
            del self.base.fields["next"]
        if self.kind in UNSEEN:
            del self.base.fields["text"], self.base.fields["hint"]
        special = KIND_FORMS.get(self.kind)
        self.special = special(data, prefix="k", initial=self._special()) if special else None
        self.inputs = self._many("i", InputForm, self._inputs()) if self.kind == "ask" else []
        self.actions = self._many("a", ActionForm, self._actions()) if self.kind == "act" else []
        self.branches = [
            BranchForm(data, prefix=f"b{n}", initial=self._branch(b), more=self.more, targets=self.targets)
            for n, b in enumerate(step.get("branches") or ())
        ]

    def _many(self, letter: str, kind: type[forms.Form], initial: list[Json]) -> list[forms.Form]:
        """One form for each, and an empty one for the next."""
        return [kind(self.data, prefix=f"{letter}{n}", initial=one) for n, one in enumerate([*initial, {}][:MOST])]

    def _base(self) -> Json:
        texts = {name: in_language(self.step.get(name), self.language) for name in ("title", "text", "hint")}
        return {"key": self.step.get("key"), "next": self.step.get("next") or "", **texts}

    def _inputs(self) -> list[Json]:
        found = []
        for asked in self.step.get("inputs") or ():
            plain = {name: asked.get(name, "") for name in ("key", "kind", "min", "max", "pattern")}
            texts = {name: in_language(asked.get(name), self.language) for name in ("label", "help")}
            choices = asked.get("options") or "\n".join(
                f"{c.get('value')} = {in_language(c.get('label'), self.language)}" for c in asked.get("choices") or ()
            )
            found.append({**plain, **texts, "required": asked.get("required", True), "choices": choices})
        return found

    def _actions(self) -> list[Json]:
        return [{"do": one.get("do"), "value": self._given(one)} for one in self.step.get("actions") or ()]

    def _given(self, action: Json) -> str:
        kind = action.get("do")
        if kind == "field":
            return f"{action.get('name')} = {in_language(action.get('value'), self.language)}"
        if kind == "tags":
            return ", ".join([*(action.get("add") or ()), *(f"-{one}" for one in action.get("remove") or ())])
        if kind in {"note", "reply"}:
            return in_language(action.get("text"), self.language)
        if kind == "refund":
            return in_language(action.get("amount"), self.language)
        return str(action.get("name") or action.get("template") or action.get("value") or "")

    def _branch(self, branch: Json) -> Json:
        label = in_language(branch.get("label"), self.language)
        return {"label": label, "when": branch.get("when") or {}, "next": branch.get("next") or ""}

    def _special(self) -> Json:
        raw = dict(self.step)
        for name in ("verify", "into", "headers", "body"):
            if isinstance(raw.get(name), Mapping):
                raw[name] = as_lines(raw[name])
        if isinstance(raw.get("by"), Mapping):
            raw["by"] = as_lines(raw["by"])
        for name in ("reason", "label"):
            raw[name] = in_language(raw.get(name), self.language)
        return raw

    # Reading back

    def is_valid(self) -> bool:
        """Whether every form can be read."""
        several = [self.base, *([self.special] if self.special else []), *self.inputs, *self.actions, *self.branches]
        return not [form for form in several if not form.is_valid()]  # all of them, so that each shows its faults

    def result(self) -> Json:
        """The step as it was edited."""
        base = self.base.cleaned_data
        step: Json = {**self.step, "key": base["key"]}
        for name in ("title", "text", "hint"):
            if name in base:
                self._text(step, name, base[name])
        _set(step, "next", base.get("next"))
        if self.special:
            self._read_special(step, self.special.cleaned_data)
        if self.kind == "ask":
            before = {str(one.get("key")): one for one in self.step.get("inputs") or ()}
            step["inputs"] = [self._input(f.cleaned_data, before) for f in self.inputs if f.cleaned_data.get("key")]
        if self.kind == "act":
            old = self.step.get("actions") or []
            step["actions"] = [
                self._action(f.cleaned_data, old[n] if n < len(old) else {})
                for n, f in enumerate(self.actions)
                if f.cleaned_data.get("do")
            ]
        branches = []
        for number, form in enumerate(self.branches):
            before_branch = self.step["branches"][number]
            if self.data is not None and self.data.get(f"b{number}-remove"):
                continue
            branch = {**before_branch, "when": form.cleaned_data["when"] or {}}
            self._text(branch, "label", form.cleaned_data["label"])
            _set(branch, "next", form.cleaned_data["next"])
            branches.append(branch)
        _set(step, "branches", branches)
        return step

    def _text(self, holder: Json, name: str, words: str) -> None:
        words = words.replace("\r\n", "\n").strip()
        _set(holder, name, put_language(holder.get(name), self.language, words, self.fallback))

    def _input(self, data: Json, before: Mapping[str, Json]) -> Json:
        asked: Json = {**before.get(data["key"], {}), "key": data["key"], "kind": data["kind"]}
        for name in ("label", "help"):
            self._text(asked, name, data[name])
        asked.pop("required", None)
        if not data["required"]:
            asked["required"] = False
        for name in ("min", "max"):
            _set(asked, name, _number(data[name]) if data["kind"] != "date" else data[name])
        _set(asked, "pattern", data["pattern"])
        self._choices(asked, data["choices"])
        return asked

    def _choices(self, asked: Json, text: str) -> None:
        text = text.strip()
        kept = {str(c.get("value")): c.get("label") for c in asked.pop("choices", None) or ()}
        asked.pop("options", None)
        if text in {"order.lines", "orders"}:
            asked["options"] = text
        elif text and asked["kind"] in {"choice", "choices"}:
            asked["choices"] = [
                {"value": value, "label": put_language(kept.get(value), self.language, words, self.fallback)}
                for value, words in pairs(text).items()
            ]

    def _action(self, data: Json, before: Json) -> Json:
        kind, given = data["do"], data["value"].replace("\r\n", "\n").strip()
        same = before if before.get("do") == kind else {}
        if kind == "field":
            name, _mark, value = given.partition("=")
            return {"do": kind, "name": name.strip(), "value": value.strip()}
        if kind == "tags":
            words = [one.strip() for one in given.split(",") if one.strip()]
            add, gone = [w for w in words if w[0] != "-"], [w[1:].strip() for w in words if w[0] == "-"]
            return {"do": kind, **({"add": add} if add else {}), **({"remove": gone} if gone else {})}
        if kind in {"note", "reply"}:
            return {"do": kind, "text": put_language(same.get("text"), self.language, given, self.fallback)}
        if kind == "refund":
            return {**same, "do": kind, **({"amount": given} if given else {})}
        if kind == "work_order":
            return {**same, "do": kind, "template": given}
        if kind == "priority":
            return {"do": kind, "value": _number(given)}
        return {"do": kind, ("name" if kind in {"team", "macro"} else "value"): given}

    def _read_special(self, step: Json, data: Json) -> None:
        for name, value in data.items():
            if name in {"reason", "label"}:
                self._text(step, name, value)
            elif name in {"verify", "into", "headers", "body"}:
                _set(step, name, pairs(value))
            elif name == "by":
                _set(step, name, pairs(value) if "=" in value else value.strip())
            else:
                _set(step, name, value)


def _set(holder: Json, name: str, value: Any) -> None:
    """Keep a value, or nothing at all where it is empty."""
    if value in (None, "", {}, [], False):
        holder.pop(name, None)
    else:
        holder[name] = value


def _number(text: str) -> Any:
    try:
        found = float(text)
    except ValueError:
        return text.strip() or None
    return int(found) if found.is_integer() else found
