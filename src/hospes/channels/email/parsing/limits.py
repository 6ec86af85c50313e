"""How much of one mail is looked at. What lies beyond stays in the stored original and is named as a defect."""

from dataclasses import dataclass, field
from typing import Final

MAX_DEPTH: Final = 50  # levels of multipart
MAX_PARTS: Final = 1_000
MAX_HEADER_BYTES: Final = 1_000_000  # of one header section
MAX_FIELDS: Final = 2_000
MAX_FIELD_BYTES: Final = 16_000  # of a structured or displayed field
MAX_ADDRESS_BYTES: Final = 200_000  # of one list of addresses
MAX_ADDRESSES: Final = 1_000
MAX_TEXT_BYTES: Final = 2_000_000  # of encoded text; characters of text kept
MAX_HTML_CHARS: Final = 1_000_000
MAX_LINES: Final = 100_000  # of text kept
MAX_REFERENCES: Final = 200
MAX_DEFECTS: Final = 50


@dataclass(slots=True)
class Defects:
    """What could not be understood, in plain words, each said once."""

    found: list[str] = field(default_factory=list)

    def add(self, words: str) -> None:
        """Note one defect; repeated and excessive ones are dropped."""
        if len(self.found) < MAX_DEFECTS and words not in self.found:
            self.found.append(words)
