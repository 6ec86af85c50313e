"""Which inbox a mail is for: by envelope recipients, else by the headers that name them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

from hospes.channels.models import Credential
from hospes.tickets import queries as tickets

HEADER_BYTES = 256 * 1024
_RECIPIENT_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "Resent-To")


@dataclass(frozen=True, slots=True)
class Routes:
    """All e-mail inboxes in use by folded address. A +detail behind the local part (RFC 5233) is no other mailbox."""

    inboxes: dict[str, int] = field(default_factory=dict)

    def of(self, address: str) -> int | None:
        """The id of the inbox that an address belongs to."""
        key = address.strip().strip("<>").casefold()
        found = self.inboxes.get(key)
        local, _at, domain = key.rpartition("@")
        while found is None and "+" in local:
            local = local.rpartition("+")[0]
            found = self.inboxes.get(f"{local}@{domain}")
        return found

    def of_all(self, addresses: Iterable[str]) -> list[int]:
        """The inboxes of several addresses, each once, in order."""
        return list(dict.fromkeys(found for address in addresses if (found := self.of(address)) is not None))

    @property
    def only(self) -> int | None:
        """The inbox that mail without any known recipient is for, where there is but one."""
        return next(iter(self.inboxes.values())) if len(set(self.inboxes.values())) == 1 else None


def load() -> Routes:
    """The inboxes as they are now."""
    known = tickets.active_inboxes("email").values_list("address", "pk")
    return Routes({address.strip().casefold(): pk for address, pk in known})


def named_in_headers(body: bytes) -> list[str]:
    """Addresses in the header fields that name recipients; never raises."""
    try:
        head = BytesHeaderParser(policy=compat32).parsebytes(body[:HEADER_BYTES])
        values = [str(value)[:20_000] for name in _RECIPIENT_FIELDS for value in head.get_all(name, [])]
        return [address for _name, address in getaddresses(values)[:500] if address]
    except Exception:  # a header that the parser chokes on names nobody
        return []


def watched() -> list[int]:
    """Ids of inboxes whose mail is fetched by IMAP."""
    from hospes.channels.queries import credential_of

    active = set(tickets.active_inboxes("email").values_list("pk", flat=True))
    ids = Credential.objects.filter(pk__in=active).exclude(sealed="").values_list("pk", flat=True)
    return [pk for pk in ids if credential_of(pk).get("imap_host")]
