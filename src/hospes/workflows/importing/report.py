"""What an import did, in lines to be read: what is new, how many branches were made, which sentences stayed text."""

from collections.abc import Iterable, Iterator

from hospes.workflows.importing.procedures import Imported


def lines(done: Iterable[tuple[Imported, str, int]]) -> Iterator[str]:
    """`done` are (procedure, "new", "changed" or "same", number of its version)."""
    counts = {"new": 0, "changed": 0, "same": 0}
    branches = judged = kept = 0
    for imported, what, number in done:
        counts[what] += 1
        branches += imported.branches
        judged += imported.judged
        kept += len(imported.kept_as_text)
        yield f"{what:<8} {imported.key} (version {number}): {imported.name}, {imported.branches} branches"
        for sentence in imported.kept_as_text:
            yield f"         stays text: {sentence}"
    yield (
        f"{sum(counts.values())} procedures: {counts['new']} new, {counts['changed']} changed, {counts['same']} as they"
        f" were. {branches} branches, {judged} questions for the agent's judgement, {kept} sentences that read like a"
        " branch and stay text."
    )
