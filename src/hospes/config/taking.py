"""Files that a command takes over: read, given to an operation as the system's doing, refused in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hospes.core.actors import Actor

Result = TypeVar("Result")


def actor() -> "Actor":
    """In whose name the command line acts."""
    from hospes.core.actors import Actor

    return Actor(kind="system", name="Hospes", via="cli")


def bytes_of(name: str) -> bytes:
    """What a file holds. Raises Refused."""
    from hospes.config.folder import Refused

    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror}.") from None


def text_of(name: str) -> str:
    """What a file of text says. Raises Refused."""
    from hospes.config.folder import Refused

    try:
        return bytes_of(name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{name} cannot be read: {error}.") from None


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """What an operation refuses in a file is told with the file's name and the place in it."""
    from hospes.config.folder import Refused
    from hospes.core.errors import HospesError

    try:
        yield
    except HospesError as error:
        raise Refused(f"{name}: {error.field + ': ' if error.field else ''}{error.message}") from None


def taken(name: str, operation: "Callable[..., Result]") -> Result:
    """Give a file's text to an operation that takes it over, all or nothing."""
    from hospes.core import clock

    with refusing(name):
        return operation(text=text_of(name), actor=actor(), now=clock.now())
