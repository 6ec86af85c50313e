"""Every write of the customers room, by topic. Import the operations from here."""

from hospes.customers.operations.merging import merge_customers, unmerge_customer
from hospes.customers.operations.people import (
    CODE_LIFE,
    CODE_TRIES,
    WRONG_CODES_A_DAY,
    add_contact_point,
    add_proven_point,
    block_sender,
    change_customer,
    change_own_details,
    create_customer,
    forget_old_codes,
    make_portal_code,
    mark_bounced,
    recognise,
    remove_contact_point,
    unblock_sender,
    use_portal_code,
)
from hospes.customers.operations.preferring import note_learned_channel

__all__ = [
    "CODE_LIFE",
    "CODE_TRIES",
    "WRONG_CODES_A_DAY",
    "add_contact_point",
    "add_proven_point",
    "block_sender",
    "change_customer",
    "change_own_details",
    "create_customer",
    "forget_old_codes",
    "make_portal_code",
    "mark_bounced",
    "merge_customers",
    "note_learned_channel",
    "recognise",
    "remove_contact_point",
    "unblock_sender",
    "unmerge_customer",
    "use_portal_code",
]
