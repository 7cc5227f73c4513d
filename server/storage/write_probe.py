"""Whether a database that answers can still work: a journalled write a second, from a thread of its own."""
from __future__ import annotations

import threading

from pymongo import MongoClient, WriteConcern
from pymongo.errors import ConnectionFailure, PyMongoError

EVERY_SECONDS = 1.0
PATIENCE_MS = 2000
FAILURES_BORNE = 1  # one refused write may be an accident
COLLECTION = "probes"


class WriteProbe:
    """Tries the embedded database until it is stopped."""

    def __init__(self, url: str, database: str):
        self._client: MongoClient = MongoClient(url, timeoutMS=PATIENCE_MS, serverSelectionTimeoutMS=PATIENCE_MS, appname="probe")
        self._probes = self._client.get_database(database, write_concern=WriteConcern(j=True)).get_collection(COLLECTION)
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="write-probe", daemon=True)
        self._thread.start()

    @property
    def finds_it_broken(self) -> bool:
        """It answers, and refuses to write: its store has failed, and the process will not mend itself."""
        return self._failures > FAILURES_BORNE

    def forget(self) -> None:
        """The database was started anew."""
        self._failures = 0

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self._probes.update_one({"_id": "probe"}, {"$inc": {"written": 1}}, upsert=True)
                self._failures = 0
            except ConnectionFailure:
                pass  # it is starting, or has died: seen otherwise
            except PyMongoError as error:
                if not error.timeout:
                    self._failures += 1
