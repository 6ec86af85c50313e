"""Tables for spreadsheets: CSV (RFC 4180) that no cell of can run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """A cell's text, with an apostrophe before what a spreadsheet would take for a formula."""
    text = "" if value is None else str(value)
    return (
        f"'{text}" if text.lstrip(" \n\v\f\u00a0").startswith(_FORMULA) or text.startswith(("\n", "\r", "\t")) else text
    )


class _Echo:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file, each ending in CRLF, after a byte order mark by which spreadsheets know UTF-8."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff"
    for row in rows:
        line: str = writer.writerow([safe_cell(cell) for cell in row])
        yield line
