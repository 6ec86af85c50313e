"""Tables of the channels room."""

from hospes.channels.models.chat import (
    ChatDevice,
    ChatFile,
    ChatInvitation,
    ChatRating,
    ChatSite,
    ChatTranscript,
    ChatVisitor,
)
from hospes.channels.models.doors import DoorCount, SeenCall
from hospes.channels.models.passing import Credential, Delivery, MailboxPosition, RawMessage
from hospes.channels.models.sending import OptOut, ReadyTemplate, SentPart
from hospes.channels.models.telling import Telling
from hospes.channels.models.ways import PublicWay

__all__ = [
    "ChatDevice",
    "ChatFile",
    "ChatInvitation",
    "ChatRating",
    "ChatSite",
    "ChatTranscript",
    "ChatVisitor",
    "Credential",
    "Delivery",
    "DoorCount",
    "MailboxPosition",
    "OptOut",
    "PublicWay",
    "RawMessage",
    "ReadyTemplate",
    "SeenCall",
    "SentPart",
    "Telling",
]
