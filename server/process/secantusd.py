"""The embedded database as a program: SecantusDB's own, with threads that take turns more often, and an end when its store fails."""
from __future__ import annotations

import logging
import os
import sys

from secantus.cli import main
from wiredtiger import WiredTigerError

# Every millisecond instead of every five: a bid's short writes do not wait behind long ones.
SWITCH_SECONDS = 0.001
STORE_FAILED = 14  # the exit status; mongod's own for the same


class EndOfFailedStore(logging.Filter):
    """Ends the process at the first command that meets a failed store: only a process that opens it anew can read or write it.

    SecantusDB itself would live on, and log a trace for each command that it cannot answer.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and "WT_PANIC" in str(record.exc_info[1]):
            print("the store has failed, see above; it has to be opened anew", file=sys.stderr, flush=True)
            os._exit(STORE_FAILED)  # nothing is left to save, and other threads may hang in the store
        return True


def run() -> int:
    """Serves until it is told to end, or its store fails."""
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.getLogger("secantus.commands").addFilter(EndOfFailedStore())
    try:
        return main()
    except WiredTigerError as error:  # a full disk, or a folder that cannot be written: tried again by who started this
        print(f"cannot open the store: {error}", file=sys.stderr, flush=True)
        return STORE_FAILED


if __name__ == "__main__":
    sys.exit(run())
