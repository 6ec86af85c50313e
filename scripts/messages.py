"""Translations: `update` brings the catalogues up to date with the code, `compile` makes them usable, `check` fails on
anything untranslated, fuzzy, out of date or with wrong placeholders, `missing LANG` lists what a language lacks.

Uses Babel alone, so that neither running nor testing needs GNU gettext. Templates are read through Django's own
`templatize`, so what is extracted is what Django looks up.
"""

import io
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "hospes"
LOCALE = SOURCE / "locale"
LANGUAGES = ("uz", "lv", "fa", "tr", "hy")
# CLDR's plural rules as gettext formulas; Uzbek, Persian, Turkish and Armenian tell one from many, Latvian has a zero.
PLURALS = {
    "uz": "nplurals=2; plural=(n != 1);",
    "lv": "nplurals=3; plural=(n % 10 == 0 || n % 100 >= 11 && n % 100 <= 19 ? 0 "
    ": n % 10 == 1 && n % 100 != 11 ? 1 : 2);",
    "fa": "nplurals=2; plural=(n > 1);",
    "tr": "nplurals=2; plural=(n != 1);",
    "hy": "nplurals=2; plural=(n > 1);",
}
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|%[sd]")


def main(arguments: list[str]) -> int:
    """Run one of the four commands."""
    warnings.simplefilter("ignore")
    settings.configure(USE_I18N=True)
    django.setup()
    command = arguments[0] if arguments else "check"
    if command == "update":
        return update()
    if command == "compile":
        return compile_all()
    if command == "missing":
        return missing(arguments[1])
    return check()


def from_code() -> Catalog:
    """All messages that the code and the templates hold now."""
    catalog = Catalog(project="Hospes", charset="utf-8", fuzzy=False)
    for path in sorted(SOURCE.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if "/tests/" in name or "/testing/" in name or "/migrations/" in name or "/locale/" in name:
            continue
        if path.suffix == ".py":
            found = extract("python", io.BytesIO(path.read_bytes()), KEYWORDS, ["Translators:"])
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            found = from_template(path)
        else:
            continue
        for line, message, comments, context in found:
            catalog.add(message, None, [(name, line)], auto_comments=comments, context=context, flags=flags(message))
    return catalog


def flags(message: object) -> list[str]:
    """Mark messages with named placeholders, so that tools check them."""
    text = message[0] if isinstance(message, tuple) else message
    return ["python-format"] if re.search(r"%\(\w+\)[sd]|%[sd]", str(text)) else []


CALL = re.compile(
    r"\b(?:n?p?gettext|_)\((?:[^()\"']|u?'(?:\\.|[^'\\])*'|u?\"(?:\\.|[^\"\\])*\")*\)",
)


def from_template(path: Path) -> Iterator[tuple[int, object, list[str], str | None]]:
    """Messages of a Django template, as Django itself would look them up."""
    from django.utils.translation.template import templatize

    # templatize writes each message as a Python call among runs of X, S and the like that stand for the rest.
    for number, line in enumerate(templatize(path.read_text(encoding="utf-8"), origin=str(path)).split("\n"), 1):
        for call in CALL.finditer(line):
            for _line, message, comments, context in extract_python(
                io.BytesIO(call.group().encode()), list(KEYWORDS), [], {"encoding": "utf-8"}
            ):
                yield from _one(number, message, comments, context)


def _one(
    number: int, function: object, messages: object, comments: object
) -> Iterator[tuple[int, object, list[str], str | None]]:
    """Shape what Babel's extractor yields (function name, arguments) as (message, comments, context)."""
    parts = [m for m in (messages if isinstance(messages, tuple) else (messages,)) if m]
    name, context = str(function), None
    if not parts:
        return
    if "p" in name.removesuffix("gettext") and len(parts) > 1:
        context, parts = parts[0], parts[1:]
    message: object = tuple(parts[:2]) if name.startswith("n") and len(parts) > 1 else parts[0]
    yield number, message, [], context


def catalog_path(language: str) -> Path:
    """Where a language's catalogue is kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def empty(language: str) -> Catalog:
    """A new catalogue with our plural rule; Babel's own has another number of forms for some languages."""
    catalog = Catalog(locale=language, charset="utf-8", fuzzy=False)
    catalog.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", PLURALS[language])]
    return catalog


def load(language: str) -> Catalog:
    """A language's catalogue, empty when there is none yet."""
    path = catalog_path(language)
    if not path.exists():
        return empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def save(catalog: Catalog, language: str) -> None:
    """Write a catalogue with its plural rule, in a stable order, without line numbers that change all the time."""
    path = catalog_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True, omit_header=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: Hospes\\n"\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {PLURALS[language]}\\n"\n\n'
    )
    path.write_text(header + buffer.getvalue().decode(), encoding="utf-8")


def update() -> int:
    """Add what is new, drop what is gone; translations are kept."""
    template = from_code()
    for language in LANGUAGES:
        old = load(language)
        new = empty(language)
        for message in template:
            if message.id:
                known = old.get(message.id, message.context)
                new.add(
                    message.id, known.string if known else None, message.locations, message.flags - {"fuzzy"},
                    message.auto_comments, context=message.context,
                )  # fmt: skip
        save(new, language)
        print(f"{language}: {sum(1 for m in new if m.id)} messages, {len(untranslated(new, language))} to translate")
    return 0


def untranslated(catalog: Catalog, language: str) -> list[Message]:
    """Messages without a full translation."""
    forms = int(PLURALS[language][9])
    found = []
    for message in catalog:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = forms if message.pluralizable else 1
        if message.fuzzy or len(strings) < wanted or not all(strings[:wanted]):
            found.append(message)
    return found


def compile_all() -> int:
    """Write the binary catalogues that are older than their source."""
    for language in LANGUAGES:
        path = catalog_path(language)
        target = path.with_suffix(".mo")
        if path.exists() and (not target.exists() or target.stat().st_mtime < path.stat().st_mtime):
            with target.open("wb") as file:
                write_mo(file, load(language))
    return 0


def placeholders(text: str) -> set[str]:
    """The named and unnamed placeholders of a text."""
    return {match.group() for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def wrong_placeholders(message: Message) -> bool:
    """Whether a translation uses other placeholders than its source; a plural form may leave out its number."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    allowed = set().union(*(placeholders(i) for i in ids))
    needed = allowed if not message.pluralizable else set()
    return any(not needed <= placeholders(s) <= allowed for s in strings if s)


def check() -> int:
    """Fail on anything that a reader would meet untranslated."""
    template = from_code()
    wanted = {(m.context, m.id) for m in template if m.id}
    bad = 0
    for language in LANGUAGES:
        catalog = load(language)
        have = {(m.context, m.id) for m in catalog if m.id}
        problems = [f"not in the catalogue: {i!r}" for _c, i in sorted(wanted - have, key=repr)]
        problems += [f"no longer in the code: {i!r}" for _c, i in sorted(have - wanted, key=repr)]
        problems += [f"untranslated: {m.id!r}" for m in untranslated(catalog, language)]
        problems += [f"other placeholders: {m.id!r}" for m in catalog if m.id and wrong_placeholders(m)]
        for problem in problems[:20]:
            print(f"{language}: {problem}")
        if len(problems) > 20:
            print(f"{language}: and {len(problems) - 20} more")
        bad += len(problems)
    print(f"messages: {bad} to mend (make messages)" if bad else f"messages: {len(wanted)} texts in six languages")
    return 1 if bad else 0


def missing(language: str) -> int:
    """Print what a language lacks, for a translator."""
    for message in untranslated(load(language), language):
        for comment in message.auto_comments:
            print(f"# {comment}")
        print(f"{message.context or ''}\t{message.id!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
