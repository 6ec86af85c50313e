"""Every write of the tickets room, by topic. Import the operations from here."""

from hospes.tickets.operations.arriving import Received
from hospes.tickets.operations.base import StoredFile
from hospes.tickets.operations.by_mail import mail_copy
from hospes.tickets.operations.calling import call_to
from hospes.tickets.operations.change import (
    block_ticket_sender,
    change_many,
    change_ticket,
    close_own_ticket,
    mark_read,
    mark_unread,
    remove_participant,
    wake_snoozed,
)
from hospes.tickets.operations.create import add_customer_message, create_ticket
from hospes.tickets.operations.delivery import mark_bounced, mark_delivery, retry_delivery
from hospes.tickets.operations.drafts import (
    discard_draft,
    discard_upload,
    forget_old_uploads,
    save_draft,
    upload,
)
from hospes.tickets.operations.due import BEFORE_PROMISING, set_due_times
from hospes.tickets.operations.elsewhere import note_answered_elsewhere
from hospes.tickets.operations.learning import learn_channel
from hospes.tickets.operations.macros import (
    apply_macro,
    archive_macro,
    fill_texts,
    preview_macro,
    render_macro,
    save_macro,
)
from hospes.tickets.operations.merge import (
    link_tickets,
    merge_tickets,
    unlink_tickets,
    unmerge_ticket,
)
from hospes.tickets.operations.news import (
    note_edited,
    note_reaction,
    note_read_until,
    note_receipt,
    note_withdrawn,
)
from hospes.tickets.operations.notices import (
    acknowledge,
    acknowledgement_text,
    answered_automatically,
    give_back_notice,
    mark_notifications_read,
    notify,
    take_notices_to_mail,
    wishes,
)
from hospes.tickets.operations.receive import open_ticket, receive_message
from hospes.tickets.operations.setup import (
    archive_status,
    change_inbox,
    create_inbox,
    delete_tag,
    delete_view,
    rename_tag,
    save_status,
    save_view,
)
from hospes.tickets.operations.side import start_side_conversation
from hospes.tickets.operations.split import split_ticket
from hospes.tickets.operations.undo import undo_send
from hospes.tickets.operations.work import (
    accept_work_order,
    answer_work_order,
    ask_again,
    close_work_order,
    open_work_order,
    set_work_order_due,
)
from hospes.tickets.operations.work_mail import accept_by_link, answer_by_link, take_mail_answer
from hospes.tickets.operations.work_templates import archive_work_template, save_work_template
from hospes.tickets.operations.work_timers import watch_work_orders
from hospes.tickets.operations.write import add_note, body_of, default_undo_seconds, reply

__all__ = [
    "BEFORE_PROMISING",
    "Received",
    "StoredFile",
    "accept_by_link",
    "accept_work_order",
    "acknowledge",
    "acknowledgement_text",
    "add_customer_message",
    "add_note",
    "answer_by_link",
    "answer_work_order",
    "answered_automatically",
    "apply_macro",
    "archive_macro",
    "archive_status",
    "archive_work_template",
    "ask_again",
    "block_ticket_sender",
    "body_of",
    "call_to",
    "change_inbox",
    "change_many",
    "change_ticket",
    "close_own_ticket",
    "close_work_order",
    "create_inbox",
    "create_ticket",
    "default_undo_seconds",
    "delete_tag",
    "delete_view",
    "discard_draft",
    "discard_upload",
    "fill_texts",
    "forget_old_uploads",
    "give_back_notice",
    "learn_channel",
    "link_tickets",
    "mail_copy",
    "mark_bounced",
    "mark_delivery",
    "mark_notifications_read",
    "mark_read",
    "mark_unread",
    "merge_tickets",
    "note_answered_elsewhere",
    "note_edited",
    "note_reaction",
    "note_read_until",
    "note_receipt",
    "note_withdrawn",
    "notify",
    "open_ticket",
    "open_work_order",
    "preview_macro",
    "receive_message",
    "remove_participant",
    "rename_tag",
    "render_macro",
    "reply",
    "retry_delivery",
    "save_draft",
    "save_macro",
    "save_status",
    "save_view",
    "save_work_template",
    "set_due_times",
    "set_work_order_due",
    "split_ticket",
    "start_side_conversation",
    "take_mail_answer",
    "take_notices_to_mail",
    "undo_send",
    "unlink_tickets",
    "unmerge_ticket",
    "upload",
    "wake_snoozed",
    "watch_work_orders",
    "wishes",
]
