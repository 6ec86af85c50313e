"""How workflows are used: started, finished, where people drop out, and how long each step takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from hospes.workflows.models import Workflow
from hospes.workflows.policies.definition import plan_of

DROPPED_AFTER = timedelta(days=1)  # without a move, a run that only waits for somebody counts as left
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Use:
    """The use of one workflow. `dropped` are runs that nobody moved for a day."""

    started: int
    finished: int
    dropped: int

    @property
    def finished_percent(self) -> int:
        """How many of a hundred were finished."""
        return round(100 * self.finished / self.started) if self.started else 0


@dataclass(frozen=True, slots=True)
class StepUse:
    """The use of one step. `median` is the time that people stay there."""

    step: str
    kind: str
    came: int
    dropped: int
    median: timedelta | None

    @property
    def dropped_percent(self) -> int:
        """How many of a hundred who came here went no further."""
        return round(100 * self.dropped / self.came) if self.came else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about one workflow in a span of time."""

    use: Use
    outcomes: Mapping[str, int]
    channels: Mapping[str, int]
    steps: list[StepUse]
    median: timedelta | None


_USE = """
SELECT workflow_id, count(*), count(*) FILTER (WHERE state = 'ended' AND outcome <> 'stopped'),
       count(*) FILTER (WHERE outcome = 'stopped' OR (state = 'running' AND changed_at < %s))
FROM workflows_workflowrun WHERE started_at >= %s GROUP BY workflow_id
"""


def by_workflow(*, now: datetime) -> dict[int, Use]:
    """The use of every workflow in the last thirty days."""
    with connection.cursor() as cursor:
        cursor.execute(_USE, [now - DROPPED_AFTER, now - RECENT])
        return {row[0]: Use(*row[1:]) for row in cursor.fetchall()}


_STEPS = """
SELECT l.step, min(l.kind), count(DISTINCT l.run_id),
       count(DISTINCT l.run_id) FILTER (WHERE l.left_at IS NULL AND r.state = 'running' AND r.changed_at < %s
                                        OR l.how = 'stopped'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.left_at - l.came_at))
           FILTER (WHERE l.how IN ('answered', 'read'))
FROM workflows_steplog l JOIN workflows_workflowrun r ON r.id = l.run_id
WHERE l.workflow_id = %s AND l.came_at >= %s GROUP BY l.step
"""
_WHOLE = """
SELECT count(*), count(*) FILTER (WHERE state = 'ended' AND outcome <> 'stopped'),
       count(*) FILTER (WHERE outcome = 'stopped' OR (state = 'running' AND changed_at < %s)),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - started_at))
FROM workflows_workflowrun WHERE workflow_id = %s AND started_at >= %s
"""
_GROUPED = """
SELECT {column}, count(*) FROM workflows_workflowrun
WHERE workflow_id = %s AND started_at >= %s AND {column} <> '' GROUP BY 1 ORDER BY 2 DESC
"""


def of_workflow(workflow: Workflow, *, now: datetime, days: int) -> Figures:
    """The figures of one workflow, its steps in the order of its newest version."""
    since, dropped = now - timedelta(days=days), now - DROPPED_AFTER
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, [dropped, workflow.pk, since])
        started, finished, left, median = cursor.fetchone() or (0, 0, 0, None)
        grouped = []
        for column in ("outcome", "channel"):
            cursor.execute(_GROUPED.format(column=column), [workflow.pk, since])
            grouped.append(dict(cursor.fetchall()))
        cursor.execute(_STEPS, [dropped, workflow.pk, since])
        rows = cursor.fetchall()
    definition = workflow.published.definition if workflow.published else workflow.draft
    order = {key: place for place, key in enumerate(plan_of(definition).order)}
    steps = [StepUse(row[0], row[1], row[2], row[3], _span(row[4])) for row in rows]
    steps.sort(key=lambda line: (order.get(line.step, 10**6), line.step))
    return Figures(Use(started, finished, left), grouped[0], grouped[1], steps, _span(median))


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))


def step_of(definition: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """A step of a definition, for its title."""
    found = plan_of(definition).steps.get(key)
    return found.raw if found else None
