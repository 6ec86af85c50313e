"""What single words mean on every SMS channel: STOP, START, HELP, as providers document them, and in our languages.

The English words are those of the provider's list (Twilio: Support for opt-out keywords, SMS STOP filtering); the
national ones are those that people are told to send there. Pure.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

_STOP: Final = (
    "stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "revoke",
    "apturēt", "atteikties", "atrakstīties",  # Latvian
    "toʻxtatish", "toʻxtat",  # Uzbek
    "dur", "ret",  # Turkish; "ret" is the word of the national register of consents
    "توقف", "لغو۱۱", "لغو ۱۱",  # Persian, as the networks there ask for it
    "ստոպ", "դադար", "դադարեցնել", "հրաժարվել",  # Armenian
    "стоп",
)  # fmt: skip
# Asked for as the words above, but they can also be the answer to a question: the agent sees them too.
_STOP_OR_ANSWER: Final = ("cancel", "end", "quit", "iptal", "bekor", "لغو", "չեղարկել", "atcelt")
_START: Final = ("start", "unstop", "sākt", "boshlash", "başla", "شروع", "սկսել")
_START_OR_ANSWER: Final = ("yes",)
_HELP: Final = ("help", "info", "palīdzība", "yordam", "yardım", "راهنما", "կօգնեք", "օգնություն")


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a word asks for. `answer`: it may as well be an answer, so that it is a message besides."""

    kind: Literal["stop", "start", "help"]
    answer: bool = False


def _known() -> dict[str, Keyword]:
    found = {_plain(word): Keyword("stop") for word in _STOP}
    found |= {_plain(word): Keyword("stop", answer=True) for word in _STOP_OR_ANSWER}
    found |= {_plain(word): Keyword("start") for word in _START}
    found |= {_plain(word): Keyword("start", answer=True) for word in _START_OR_ANSWER}
    return found | {_plain(word): Keyword("help", answer=True) for word in _HELP}


def keyword(text: str) -> Keyword | None:
    """What a whole message asks for; None for all others. Only the word alone counts ("stop please" is a message),
    in any case, with or without accents."""
    if len(text) > 40:
        return None
    return _KEYWORDS.get(_plain(text))


def of_type(kind: str, text: str) -> Keyword | None:
    """The same where the provider has read the word itself (Twilio: OptOutType), which may be one of the admin's."""
    if kind.casefold() not in {"stop", "start", "help"}:
        return keyword(text)
    known = keyword(text)
    if known is not None and known.kind == kind.casefold():
        return known
    return Keyword(kind.casefold(), answer=True)  # type: ignore[arg-type]


def _plain(text: str) -> str:
    """Without case, accents, apostrophes, and marks around the word; Arabic letters and digits in one form."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_ONE_FORM))
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(bare.strip(" \t\r\n.!\"'“”„«»()<>*").split())


_ONE_FORM: Final = str.maketrans(
    {"ı": "i", "ي": "ی", "ك": "ک", "ʻ": "", "ʼ": "", "‘": "", "’": "", "'": "", "`": "", "\u200c": ""}
    | {chr(0x06F0 + n): str(n) for n in range(10)}
    | {chr(0x0660 + n): str(n) for n in range(10)}
)
_KEYWORDS: Final = _known()
