"""Every write of the workflows room, by topic. Import the operations from here."""

from hospes.workflows.operations.calling import call_due
from hospes.workflows.operations.editing import (
    archive_workflow,
    create_workflow,
    import_workflow,
    publish,
    restore_workflow,
    save_draft,
)
from hospes.workflows.operations.running import (
    advance,
    ask_for_person,
    go_back,
    invite_customer,
    start_run,
    stop_run,
)
from hospes.workflows.operations.waking import answer_arrived, wake_due

__all__ = [
    "advance",
    "answer_arrived",
    "archive_workflow",
    "ask_for_person",
    "call_due",
    "create_workflow",
    "go_back",
    "import_workflow",
    "invite_customer",
    "publish",
    "restore_workflow",
    "save_draft",
    "start_run",
    "stop_run",
    "wake_due",
]
