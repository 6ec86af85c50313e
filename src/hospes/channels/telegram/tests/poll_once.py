"""A process of its own that asks for one bot's news until it is killed: python -m … INBOX_ID API."""

import os
import signal
import sys
import threading

import django


def main() -> None:
    """Ask until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospes.config.settings")
    django.setup()
    from hospes.channels.telegram.polling import Poller
    from hospes.channels.telegram.tests.contract import TOKEN

    poller = Poller(int(sys.argv[1]), {"token": TOKEN, "mode": "polling", "api": sys.argv[2]}, pause=0.05, wait=1)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    poller.start()
    stop.wait()
    poller.stopping.set()
    poller.join()


if __name__ == "__main__":
    main()
