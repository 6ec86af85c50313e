"""The addresses that a provider calls: each carries the call, the step and what it is for."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses below one inbox's."""

    inbox_id: int

    @property
    def root(self) -> str:
        """Where the provider tells of a new call."""
        return f"{settings.PUBLIC_URL}/channels/voice/{self.inbox_id}/"

    def caller(self, call_id: int, step: int, hook: str) -> str:
        """What follows on the caller's line: menu, wait, number, recorded, after."""
        return f"{self.root}{call_id}/{step}/{hook}/"

    def now(self, call_id: int, order_id: int) -> str:
        """Where a caller's line goes on at once, because something happened elsewhere."""
        return f"{self.root}{call_id}/{order_id}/now/"

    def part(self, part_id: int, step: int, hook: str) -> str:
        """What follows on the line of somebody whom we rang: answered, key, after."""
        return f"{self.root}part/{part_id}/{step}/{hook}/"

    def part_status(self, part_id: int) -> str:
        """Where the provider tells that a line which we opened is closed."""
        return f"{self.root}part/{part_id}/0/status/"

    def news(self, call_id: int, hook: str) -> str:
        """Where the provider tells of the room (conference) and of recordings (recording)."""
        return f"{self.root}{call_id}/0/{hook}/"

    def sound(self, token: str) -> str:
        """A sound file of the inbox."""
        return f"{self.root}sound/{token}/"

    @property
    def music(self) -> str:
        """The loop for those who wait."""
        return f"{settings.PUBLIC_URL}/channels/voice/music.wav"


def room_of(call_id: int) -> str:
    """The name of the room in which the people of a call talk: no name, no number."""
    return f"hospes-call-{call_id}"
