"""Bytes to text under any label: right, wrong, unknown or missing."""

import codecs
import re
from functools import lru_cache
from typing import Final

from hospes.channels.email.parsing import language

# What people write is not always what they mean: labels whose usual content is a superset (WHATWG encoding
# standard), and labels that Python does not know.
ALIASES: Final = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "koi8": "koi8-r",
    "big5-hkscs": "big5hkscs",
    "x-windows-949": "cp949",
    "windows-31j": "cp932",
    "x-windows-874": "cp874",
    "windows-874": "cp874",
}
# Codecs that are no character sets, or that take more than linear time.
REFUSED: Final = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "unicode-escape",
    "raw-unicode-escape",
    "undefined",
    "mbcs",
    "oem",
    "utf-8-sig",
}
_LABEL = re.compile(r"[A-Za-z0-9][\w.:+()\-]{0,59}", re.ASCII)
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SEEN: Final = 20_000  # bytes looked at when guessing
_SHIFTED: Final = ("utf-7", "utf-16", "utf-32", "hz", "unicode-1-1", "x-unicode")  # not ASCII where they look so
_SINGLE_BYTE = re.compile(r"(?:cp125\d|cp874|cp866|cp85\d|cp437|iso8859|latin|koi8|mac|kz1048|ptcp)", re.IGNORECASE)


@lru_cache(maxsize=512)
def codec_name(label: str) -> str:
    """The name of a codec that is safe to use for this label, or "" for none."""
    found = _LABEL.search(label)
    if not found:
        return ""
    name = found.group().lower().rstrip(".:")
    if name.startswith("charset="):
        name = name[8:]
    name = ALIASES.get(name, name)
    for attempt in (name, name.replace("windows-", "cp"), name.replace("cp-", "cp"), name.removeprefix("x-")):
        try:
            info = codecs.lookup(attempt)
        except (LookupError, ValueError, UnicodeError):
            continue
        if info.name in REFUSED or not getattr(info, "_is_text_encoding", True):
            return "utf-8" if info.name == "utf-8-sig" else ""
        return ALIASES.get(info.name, info.name)
    return ""


def decode(data: bytes, label: str = "") -> tuple[str, bool]:
    """The text, and whether every byte was understood as labelled (a missing label with ASCII counts as well).

    Text that is valid UTF-8 is taken as UTF-8 whatever the label of a one-byte character set says: the reverse
    mistake is very rare, because accented words seldom form valid sequences.
    """
    if data.isascii() and b"\x1b" not in data and b"\x00" not in data and not label.lower().startswith(_SHIFTED):
        return data.decode("ascii"), True
    name = codec_name(label) if label else ""
    if b"\x1b$" in data and data.isascii() and (not name or name.startswith(("iso2022_jp", "cp125", "utf-8", "cp932"))):
        return _japanese_mail(data)
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace"), True
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and (not name or name.startswith("utf")):
        return data.decode("utf-16", "replace"), True
    if name and name != "utf-8" and not _SINGLE_BYTE.match(name):
        if not name.startswith(("utf", "iso2022", "hz")) and _surely_utf8(data):
            return data.decode("utf-8"), False
        try:
            return data.decode(name), True
        except (UnicodeError, ValueError, LookupError):
            return _decode_wrong(data, name), False
    try:
        return data.decode("utf-8"), name == "utf-8" or not label
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(data) - 3 and error.start > 0:
            return data.decode("utf-8", "replace"), False
    if name and name != "utf-8" and label.lower() not in ("us-ascii", "ascii"):
        return data.decode(name, "replace"), True
    if name == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace"), False
    return data.decode(guess(data), "replace"), False


_SHIFT = re.compile(rb"\x1b(\$[@B]|\$\(D|\([BJI])")


def _japanese_mail(data: bytes) -> tuple[str, bool]:
    """ISO-2022-JP, also with the characters that makers added to it (circled numbers, roman numerals)."""
    try:
        return data.decode("iso2022_jp_ext"), True
    except UnicodeDecodeError:
        pass
    pieces = _SHIFT.split(data)
    out = [pieces[0].decode("ascii", "replace")]
    for shift, run in zip(pieces[1::2], pieces[2::2], strict=False):
        if shift in (b"(B", b"(J"):
            out.append(run.decode("ascii", "replace"))
            continue
        line, newline, rest = run.partition(b"\n")
        lead = b"\x8f" if shift == b"$(D" else b""
        if shift == b"(I":
            packed = b"".join(b"\x8e" + bytes((c | 0x80,)) for c in line if c > 0x20)
        else:
            packed = b"".join(lead + bytes(c | 0x80 for c in line[i : i + 2]) for i in range(0, len(line) - 1, 2))
        out.append(packed.decode("euc_jis_2004", "replace") + (newline + rest).decode("ascii", "replace"))
    return "".join(out), False


def _mostly_utf8(data: bytes) -> bool:
    """Whether only a few bytes of otherwise good UTF-8 are damaged."""
    text = data[:_SEEN].decode("utf-8", "replace")
    return text.count("\ufffd") * 4 <= sum(1 for c in text if c > "\x7f")


def _surely_utf8(data: bytes) -> bool:
    """Whether bytes labelled as East Asian are UTF-8: several characters, all valid, is no accident."""
    if len(_HIGH.findall(data[:_SEEN])) < 6:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_wrong(data: bytes, name: str) -> str:
    """Text of a many-byte character set that has errors: perhaps damaged, perhaps mislabelled."""
    if not data.isascii():
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    text = data.decode(name, "replace")
    damaged = text.count("\ufffd")
    if damaged <= 2 or damaged * 20 <= len(text):
        return text
    return data.decode(guess(data), "replace")


def guess(data: bytes) -> str:
    """The likeliest character set of unlabelled bytes that are not UTF-8."""
    seen = data[:_SEEN]
    if b"\x1b$" in seen or b"\x1b(J" in seen:
        return "iso2022_jp_ext"
    if seen.count(b"\x00") * 3 > len(seen) > 2:
        return "utf-16-le" if seen[1::2].count(0) > seen[::2].count(0) else "utf-16-be"
    runs = _HIGH_RUN.findall(seen)
    high = sum(map(len, runs))
    if not runs or high < len(runs) * 2:  # single accented letters among Latin ones
        return _guess_by_language(seen) or "cp1252"
    wide = _guess_wide(seen)
    return wide or _guess_by_language(seen) or _guess_cyrillic(b"".join(runs)) or "cp1252"


def _guess_by_language(seen: bytes) -> str:
    """A one-byte set in which the text reads as Turkish, Latvian or Persian."""
    for name, language_code in (("cp1254", "tr"), ("cp1257", "lv"), ("cp1256", "fa")):
        if language.guess(seen.decode(name, "replace")) == language_code:
            return name
    return ""


def _guess_wide(seen: bytes) -> str:
    """An East Asian character set whose commonest characters occur, or "" for none."""
    best, best_score = "", 0.34
    for name, common in (
        ("cp932", "のにはをたがでてとしれさあいうなですまり"),
        ("euc_jp", "のにはをたがでてとしれさあいうなですまり"),
        ("gb18030", "的一是不了在人有我他这个们中来上大为和国你好请谢您问题号"),
        ("big5", "的一是不了在人有我他這個們中來上大為和國你好請謝您問題號"),
        ("cp949", "이다는을를의에가고하지은로니요안녕기사습"),
    ):
        text = seen.decode(name, "ignore")
        wide = [c for c in text if c > "\u2e7f" and not "\uff61" <= c <= "\uff9f" and not "\ue000" <= c <= "\uf8ff"]
        if not wide or len(wide) * 2 < len(_HIGH.findall(seen)) * 0.6:
            continue
        score = sum(c in common for c in wide) / len(wide) + 0.3 * (
            sum("\u3040" <= c <= "\u30ff" or "\uac00" <= c <= "\ud7a3" for c in wide) / len(wide)
        )
        if score > best_score and _scores_clean(seen, name):
            best, best_score = name, score
    return best


def _scores_clean(seen: bytes, name: str) -> bool:
    text = seen[: len(seen) - len(seen) % 2].decode(name, "replace")
    return text.count("\ufffd") <= 2


def _guess_cyrillic(high: bytes) -> str:
    """Which Cyrillic set: running text has many more small letters than capitals."""
    small_1251 = sum(1 for b in high if b >= 0xE0)
    small_koi8 = sum(1 for b in high if 0xC0 <= b <= 0xDF)
    small_8859 = sum(1 for b in high if 0xD0 <= b <= 0xEF)
    small_866 = sum(1 for b in high if 0xA0 <= b <= 0xAF or 0xE0 <= b <= 0xEF)
    low_866 = sum(1 for b in high if 0x80 <= b <= 0xBF)
    if low_866 > len(high) * 0.5 and small_866 > len(high) * 0.6:
        return "cp866"
    best = max(small_1251, small_koi8, small_8859)
    if best < len(high) * 0.6:
        return ""
    if best == small_8859 and small_8859 > small_1251 * 1.3 and small_8859 > small_koi8 * 1.3:
        return "iso8859_5"
    return "cp1251" if small_1251 >= small_koi8 else "koi8-r"
