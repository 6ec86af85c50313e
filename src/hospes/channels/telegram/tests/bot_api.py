"""Telegram's queue of news for one bot, played on loopback as documented (Telegram Bot API: getUpdates)."""

import threading
from collections.abc import Callable
from typing import Any

from hospes.channels.telegram.tests.contract import TOKEN
from hospes.testing.standin import Asked, Reply


class Queue:
    """Updates that wait. An update is forgotten as soon as it is asked for what comes after it."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.webhook = ""
        self.faults: list[Reply] = []
        self.offsets: list[int] = []
        self.pressed: list[str] = []
        self.forgotten: list[int] = []
        #: called with each question before it is answered; True: it gets no answer, and nothing is forgotten
        self.before: Callable[[dict[str, Any]], bool] = lambda question: False
        self.asked = threading.Event()
        self._pause = threading.Event()

    def add(self, *updates: dict[str, Any]) -> None:
        """Somebody did something."""
        self.waiting += updates

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request, as the stand-in's `usual`."""
        method = asked.path.removeprefix(f"/bot{TOKEN}/")
        self.asked.set()
        if method == "answerCallbackQuery":
            self.pressed.append(asked.data["callback_query_id"])
            return Reply(data={"ok": True, "result": True})
        assert method == "getUpdates", asked.path
        return self._get(asked.data)

    def _get(self, question: dict[str, Any]) -> Reply:
        if self.before(question):
            return Reply(drop=True)
        if self.faults:
            return self.faults.pop(0)
        if self.webhook:
            words = "Conflict: can't use getUpdates method while webhook is active; delete it first"
            return Reply(status=409, data={"ok": False, "error_code": 409, "description": words})
        offset = question.get("offset", 0)
        self.offsets.append(offset)
        self.forgotten += [u["update_id"] for u in self.waiting if u["update_id"] < offset]
        self.waiting = [u for u in self.waiting if u["update_id"] >= offset]
        if not self.waiting:
            self._pause.wait(0.05)  # instead of the many seconds of the real one
        return Reply(data={"ok": True, "result": self.waiting[: question["limit"]]})
