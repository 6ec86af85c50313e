"""`make bench`: one table, each line beside its floor, written to benchmarks/results/."""

import argparse
import sys
from collections.abc import Iterator

from benchmarks import live, mail, pages, scratch, searching
from benchmarks.report import Line, keep, show


def lines(*, million: int, quick: bool) -> Iterator[Line]:
    """All measurements, the small table first."""
    with scratch.database():
        facts = scratch.company()
        scratch.fill(2_500, facts)
        scratch.settle()
        yield mail.mail_in(facts)
        yield pages.api_list(facts, name="ticket list, 50 rows, API, 2,500 tickets")[0]
        yield pages.desk_list(facts)
        yield pages.ticket_screen(facts)
        yield pages.api_create(facts)
        if not quick:
            yield from large(facts, million)
    yield from live.lines(desks=(500,) if quick else (500, 2000))


def large(facts: dict[str, object], million: int) -> Iterator[Line]:
    """The same list at 50,000, a tenth of a million and a million tickets, and search."""
    rate = {}
    have = 2_500
    for size in (50_000, million // 10, million):
        print(f"… making {size:,} tickets", flush=True)
        scratch.fill(size - have, facts, start=have)
        have = size
        scratch.settle()
        line, rate[size] = pages.api_list(facts, name=f"ticket list, 50 rows, API, {size:,} tickets")
        yield line
    ratio = rate[million] / rate[million // 10]
    yield Line(
        f"list at {million:,} against {million // 10:,}", rate[million], "/s", "at a tenth", rate[million // 10], ratio,
        "≥ 0.7 ×", ratio >= 0.7,
    )  # fmt: skip
    yield from searching.search_lines(facts)


def main() -> int:
    """Run, print, keep; peers with --peers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="the small table only")
    parser.add_argument("--peers", action="store_true", help="also django-helpdesk, in an environment of its own")
    parser.add_argument("--million", type=int, default=1_000_000, help="how many tickets the large table has")
    options = parser.parse_args()
    found = []
    for line in lines(million=options.million, quick=options.quick):
        show(line)
        found.append(line)
    if options.peers:
        from benchmarks import peers

        for line in peers.lines(found):
            show(line)
            found.append(line)
    print(f"kept in {keep(found, 'peers' if options.peers else 'latest')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
