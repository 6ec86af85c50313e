"""Raw mails for tests, and a mail listener to send them to."""

import asyncio
import threading
from contextlib import contextmanager

from hospes.channels.email import listener


def mail(
    text="My kettle leaks.",
    *,
    sender="Anna <anna@customer.example>",
    to="support@demo.example",
    subject="Kettle",
    message_id="one@customer.example",
    date="Mon, 04 May 2026 12:00:00 +0000",
    **fields,
):
    """A simple mail as bytes with CRLF; fields by name with _ for -."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    if date:
        lines.append(f"Date: {date}")
    if message_id:
        lines.append(f"Message-ID: <{message_id}>")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]
    return "\r\n".join(lines).encode()


@contextmanager
def listening(**wish):
    """A mail listener in its own thread; gives the addresses (SMTP first, then LMTP)."""
    ready, held = threading.Event(), {}

    async def main():
        stop = asyncio.Event()
        held["loop"], held["stop"] = asyncio.get_running_loop(), stop

        def started(addresses):
            held["addresses"] = addresses
            ready.set()

        options = listener.Options(hostname="mx.test", **wish)
        await listener.serve("127.0.0.1", 0, options, stop=stop, started=started)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(10)
    try:
        yield held["addresses"]
    finally:
        held["loop"].call_soon_threadsafe(held["stop"].set)
        thread.join(20)
        assert not thread.is_alive()
