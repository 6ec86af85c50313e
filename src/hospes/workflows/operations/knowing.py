"""What a run knows: its answers with who gave them, facts for conditions, and where a known answer comes from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hospes.commerce.facts import facts_of
from hospes.commerce.models import Order
from hospes.commerce.queries import find_order, orders_of
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.facts import About, LazyFacts
from hospes.core.text import storable
from hospes.workflows.models import WorkflowRun
from hospes.workflows.policies.answers import Options, as_fact, clean, in_words, is_blank
from hospes.workflows.policies.definition import Plan, Raw, Step
from hospes.workflows.policies.texts import fill_in, say
from hospes.workflows.queries import earlier_answers

HIDDEN = "•••"  # what is kept of an answer that must not be kept
OF_CUSTOMER = {"email": "email", "phone": "phone"}


class Knowledge:
    """Everything that is known in a run, read once and kept up to date while it moves."""

    def __init__(self, run: WorkflowRun, plan: Plan, *, now: datetime) -> None:
        self.run, self.plan, self.now = run, plan, now
        self._earlier: list[dict[str, Any]] | None = None
        self._order: tuple[str, Order | None] = ("", None)
        self._inputs = {str(asked.get("key")): asked for _step, asked in plan.inputs()}

    def order(self) -> Order | None:
        """The order that a look-up found."""
        number = str(self.run.facts.get("order_number") or "")
        if self._order[0] != number:
            self._order = (number, find_order(number))
        return self._order[1]

    def facts(self) -> LazyFacts:
        """For conditions: the run's own, then ticket, customer, order and time, read when asked for."""
        extra: dict[str, Any] = {f"run.{name}": value for name, value in self.run.facts.items() if name[:1] != "_"}
        for key, kept in self.run.answers.items():
            extra[f"run.{key}"] = as_fact(self._inputs.get(key, {}), kept.get("value"))
        order = self.order()
        if order is not None:
            extra |= facts_of(order)
        about = About(now=self.now, ticket=self.run.ticket, customer=self.run.customer, extra=extra)
        return LazyFacts(about)

    def value(self, name: str) -> Any:
        """One fact for a text: an answer in words where it is one."""
        key = name.removeprefix("run.")
        if name.startswith("run.") and key in self.run.answers and key in self._inputs:
            return self.words(self._inputs[key], self.run.answers[key].get("value"))
        if name == "ticket.number" and self.run.ticket is not None:
            return self.run.ticket.shown_number
        if name == "customer.first_name":
            return (self.run.customer.name.split() or [""])[0] if self.run.customer else ""
        try:
            return self.facts()[name]
        except KeyError:
            return None

    def text(self, text: Any, language: str = "") -> str:
        """A text of the definition in the run's language, filled in."""
        said = say(text, language or self.run.language, fallback=self.plan.language).text
        return fill_in(said, self.value)

    def options(self, asked: Raw, language: str = "") -> Options:
        """What may be chosen, in the run's language."""
        source = asked.get("options")
        if source == "order.lines":
            return [(str(i), str(line)) for i, line in enumerate(self.run.facts.get("order_lines") or (), start=1)]
        if source == "orders" and self.run.customer is not None and self.run.trusted:
            return [(order.number, order.number) for order in orders_of(self.run.customer)[:20]]
        code = language or self.run.language
        return [
            (str(c.get("value")), say(c.get("label"), code, fallback=self.plan.language).text or str(c.get("value")))
            for c in asked.get("choices") or ()
        ]

    def words(self, asked: Raw, value: Any, language: str = "") -> str:
        """An answer as people read it."""
        return in_words(asked, value, self.options(asked, language))

    def answer(self, asked: Raw, value: Any, *, step: str, actor: Actor, source: str = "") -> None:
        """Note down a checked answer with who gave it, when and where."""
        kept = {
            "value": HIDDEN if asked.get("keep") == "no" and not is_blank(value) else value,
            "by": {"kind": actor.kind, "id": actor.id, "name": storable(actor.name)[:200]},
            "at": self.now.isoformat(),
            "where": actor.via or self.run.channel,
            "step": step,
        }
        self.run.answers[str(asked.get("key"))] = kept | ({"from": source} if source else {})

    def known(self, asked: Raw) -> tuple[Any, str] | None:
        """(value, where from) of an answer that need not be asked for; None for one that is not known."""
        key = str(asked.get("key"))
        if key in self.run.answers:
            kept = self.run.answers[key].get("value")
            return (kept, "run") if self._fits(asked, kept) else None
        for value, source in self._elsewhere(asked, key) if not asked.get("keep") else ():
            if not is_blank(value) and self._fits(asked, value):
                return value, source
        return None

    def _fits(self, asked: Raw, value: Any) -> bool:
        try:
            clean(asked, value, self.options(asked))
        except InvalidInput:
            return False
        return True

    def _elsewhere(self, asked: Raw, key: str) -> list[tuple[Any, str]]:
        if self._earlier is None:
            self._earlier = earlier_answers(self.run)
        found = [(answers[key].get("value"), "earlier") for answers in self._earlier if key in answers]
        ticket = self.run.ticket
        if ticket is not None and key in (ticket.fields or {}):
            found.append((ticket.fields[key], "ticket"))
        customer = self.run.customer
        if customer is not None and self.run.trusted:
            name = str(asked.get("from") or "").removeprefix("customer.") or OF_CUSTOMER.get(str(asked.get("kind")), "")
            if name in {"email", "phone"}:
                found += [(p.value, "customer") for p in customer.contact_points.all() if p.kind == name]
            elif name in {"name", "language"}:
                found.append((getattr(customer, name), "customer"))
            elif name in (customer.fields or {}):
                found.append((customer.fields[name], "customer"))
        return found

    def knows(self, step: Step, actor: Actor) -> bool:
        """Whether a step asks for nothing new; what is known is then noted down as answered."""
        found = [(asked, self.known(asked)) for asked in step.inputs]
        if step.raw.get("known") == "confirm" or any(known is None for _asked, known in found):
            return False
        for asked, known in found:
            if known is not None and known[1] != "run":
                value = clean(asked, known[0], self.options(asked))
                self.answer(asked, value, step=step.key, actor=actor, source=known[1])
        return True

    def summary(self, language: str = "") -> list[tuple[str, str]]:
        """(question, answer) of everything answered, in the order of the definition."""
        lines, told = [], set()
        for _step, asked in self.plan.inputs():
            key = str(asked.get("key"))
            if key in told or key not in self.run.answers:
                continue
            told.add(key)
            words = self.words(asked, self.run.answers[key].get("value"), language)
            if words:
                label = say(asked.get("label"), language or self.run.language, fallback=self.plan.language).text
                lines.append((label or key, words))
        return lines


def facts_to_keep(knowledge: Knowledge) -> dict[str, Any]:
    """Answers as a ticket's own fields: plain values; files by name. What has its meaning only in this workflow is kept
    under the workflow's name, what must not be kept not at all."""
    found: dict[str, Any] = {}
    inputs = {str(asked.get("key")): asked for _step, asked in knowledge.plan.inputs()}
    for name, kept in knowledge.run.answers.items():
        value, keep = kept.get("value"), inputs.get(name, {}).get("keep")
        if is_blank(value) or keep == "no":
            continue
        key = f"{knowledge.run.workflow.key}.{name}" if keep == "run" else name
        if isinstance(value, list):
            value = [one.get("name") if isinstance(one, Mapping) else one for one in value]
        found[key] = value
    return found
