"""The embedded database as a program: SecantusDB's own, with threads that take turns more often, a store that is quicker, transactions
that do not outlive who made them for long, a prompt end when it is told to, and an end when its store fails.
"""
from __future__ import annotations

import contextlib
import gc
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import secantus.server
from bson import Int64
from secantus import cli, commands
from secantus.commands import CommandContext
from secantus.server import SecantusDBServer
from wiredtiger import WiredTigerError

from server.process.secantus_store import QuickStore

# Every millisecond instead of every five: a bid's short writes do not wait behind long ones.
SWITCH_SECONDS = 0.001
YOUNG = 10_000  # new objects between two looks for garbage among them
# Of a transaction in which nothing is asked any more. A process that was killed leaves its own open, and what they have written waits for
# them: by the usual minute nobody could buy what it was selling at that moment.
ABANDONED_SECONDS = 3.0
# The parts of a command that counts, where that is all it does and in no transaction.
COUNTED = str({"$group": {"_id": 1, "n": {"$sum": 1}}})
OF_A_COUNT = {"aggregate", "pipeline", "cursor", "$db", "lsid", "maxTimeMS", "readConcern", "$readPreference", "$clusterTime"}
STORE_FAILED = 14  # the exit status; mongod's own for the same

Handler: TypeAlias = Callable[[dict[str, Any], CommandContext], dict[str, Any]]


class EndOfFailedStore(logging.Filter):
    """Ends the process at the first command that meets a failed store: only a process that opens it anew can read or write it.

    SecantusDB itself would live on, and log a trace for each command that it cannot answer.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and "WT_PANIC" in str(record.exc_info[1]):
            print("the store has failed, see above; it has to be opened anew", file=sys.stderr, flush=True)
            os._exit(STORE_FAILED)  # nothing is left to save, and other threads may hang in the store
        return True


class PromptServer(SecantusDBServer):
    """Ends at once: closing a socket does not wake the thread that accepts on it, for which SecantusDB waits two seconds. Looks by itself
    for transactions that were abandoned; SecantusDB does when another one begins."""

    def start(self) -> None:
        super().start()
        threading.Thread(target=self._end_abandoned, daemon=True).start()

    def _end_abandoned(self) -> None:
        while not self._stop_event.wait(ABANDONED_SECONDS / 3):
            self.transactions.prune_expired()

    def stop(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        super().stop()


def counting(aggregate: Handler) -> Handler:
    """Answers what drivers ask to count documents; SecantusDB reads all of them for it."""

    def handle(command: dict[str, Any], context: CommandContext) -> dict[str, Any]:
        store, coll = context.storage, command["aggregate"]
        match command:
            case {"pipeline": [{"$match": dict(question)}, group], "cursor": {**others}} if (
                # By its text, as True is no 1 here.
                str(group) == COUNTED and not others and command.keys() <= OF_A_COUNT
                and isinstance(command.get("readConcern", {}), dict) and isinstance(coll, str) and isinstance(store, QuickStore)
            ):
                count = store.count_exactly(context.db_name, coll, question)
                if count is not None:
                    found = [{"_id": 1, "n": count}] if count else []
                    return {"cursor": {"firstBatch": found, "id": Int64(0), "ns": f"{context.db_name}.{coll}"}, "ok": 1.0}
        return aggregate(command, context)

    return handle


def run() -> int:
    """Serves until it is told to end, or its store fails."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # the program itself stays: every command waits while somebody looks through it for garbage
    gc.set_threshold(YOUNG)
    logging.getLogger("secantus.commands").addFilter(EndOfFailedStore())
    secantus.server.Storage = QuickStore
    commands._HANDLERS["aggregate"] = counting(commands._HANDLERS["aggregate"])
    cli.SecantusDBServer = partial(PromptServer, transaction_lifetime_seconds=ABANDONED_SECONDS)
    try:
        return cli.main()
    except WiredTigerError as error:  # a full disk, or a folder that cannot be written: tried again by who started this
        print(f"cannot open the store: {error}", file=sys.stderr, flush=True)
        return STORE_FAILED


if __name__ == "__main__":
    sys.exit(run())
