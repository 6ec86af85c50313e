"""What the API accepts: strict shapes, in which an unknown field is an error that names the field."""

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NoReturn

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja.parser import Parser
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from hospes.core.errors import InvalidInput

MAX_ID = 2**63 - 1
MAX_DEPTH = 16
PRIORITIES = {1: "low", 2: "normal", 3: "high", 4: "urgent"}
PRIORITY_NUMBERS = {name: number for number, name in PRIORITIES.items()}


class Strict(BaseModel):
    """Base of all input: nothing is taken that is not declared."""

    model_config = ConfigDict(extra="forbid")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError(_("Write a time such as 2026-05-04T12:00:00Z."))
    try:
        found = parse_datetime(value)
        if found is None:
            day = date.fromisoformat(value)
            found = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_("Write a time such as 2026-05-04T12:00:00Z.")) from None


def _flag(value: Any) -> Any:
    words = {"true": True, "false": False, "1": True, "0": False}
    return words.get(value, value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Flag = Annotated[bool, BeforeValidator(_flag)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Line = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(max_length=200)]
Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"})]
Words = Annotated[str, Field(max_length=200_000)]
Html = Annotated[str, Field(max_length=500_000)]
LanguageCode = Annotated[str, Field(max_length=8)]
TagName = Annotated[str, Field(min_length=1, max_length=60)]
Cursor = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
Number = Annotated[str, Field(min_length=1, max_length=20)]
Uploads = Annotated[list[Annotated[str, Field(max_length=43)]], Field(max_length=20)]
Category = Literal["new", "open", "waiting", "on_hold", "solved", "closed"]
PriorityName = Literal["low", "normal", "high", "urgent"]
TypeName = Literal["question", "problem", "request", "complaint", "praise", "idea"]


class JsonParser(Parser):
    """JSON with what PostgreSQL cannot keep refused at the door: NUL, lone surrogates, endless numbers and depths."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Raises InvalidInput naming the field, or ValueError for what is no JSON."""
        try:
            data = json.loads(request.body, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError from None
        check_plain(data)
        return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check_plain(data: Any, field: str = "", depth: int = 0) -> None:
    """Raise InvalidInput for values that no table could hold."""
    if depth > MAX_DEPTH:
        raise InvalidInput(_("This is nested too deeply."), field=field)
    if isinstance(data, str):
        check_text(data, field)
    elif isinstance(data, dict):
        for name, value in data.items():
            check_text(name, field)
            check_plain(value, f"{field}.{name}"[:200] if field else name[:200], depth + 1)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            check_plain(value, f"{field}.{index}", depth + 1)
    elif (isinstance(data, int) and abs(data) > MAX_ID) or (
        isinstance(data, float) and data in (float("inf"), float("-inf"))
    ):
        raise InvalidInput(_("This number is too large."), field=field)


def check_text(text: str, field: str) -> None:
    """Raise InvalidInput for text that is no text: NUL characters, halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(_("This text holds characters that cannot be kept."), field="") from None
    if "\0" in text:
        safe = "" if "\0" in field else field
        raise InvalidInput(_("This text holds characters that cannot be kept."), field=safe)


class PageQuery(Strict):
    """Where in a list, and how much of it."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many at most")] = 50
    cursor: Annotated[Cursor | None, Field(description="`next` of the page before")] = None
