"""The embedded database's store: SecantusDB's own, which knows its indexes by heart and lets nobody wait for long reads."""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

from secantus.storage import Storage

TURN_ROWS = 200  # that are read before others have their turn
TURN_SECONDS = 0.0001  # long enough for one of them to wake up and take it
SETTLED_AFTER_SECONDS = 60.0  # a transaction that marked an index has ended by then, one way or the other

Index: TypeAlias = tuple[str, dict[str, Any], dict[str, Any]]  # name, keys and options


class QuickStore(Storage):
    """Keeps in memory which indexes there are. SecantusDB reads and decodes them anew a dozen times for each document that it writes,
    which is half of what a write costs.

    What is kept was read as it was committed, while no index was made or dropped. So are the settings of its profiler, which it
    reads at every command.
    """

    def __init__(self, *arguments: Any, **options: Any):
        self._catalog: dict[tuple[str, str], list[Index]] = {}
        self._catalog_lock = threading.Lock()
        self._changes = self._under_change = 0
        self._unsettled: dict[tuple[str, str], float] = {}  # until when, as time.monotonic() tells it
        self._profiles: dict[str, dict[str, Any]] = {}
        super().__init__(*arguments, **options)

    def _iter_indexes(self, db: str, coll: str) -> Iterable[Index]:
        known = self._catalog.get((db, coll))
        if known is not None:
            return known
        if self._unsettled.get((db, coll), 0.0) > time.monotonic():
            return super()._iter_indexes(db, coll)
        changes = self._changes
        with self._committed():
            read = list(super()._iter_indexes(db, coll))
        with self._catalog_lock:
            if changes == self._changes and not self._under_change:
                self._catalog[db, coll] = read
        return read

    @contextlib.contextmanager
    def _committed(self) -> Iterator[None]:
        """What is committed by now, whatever this thread's transaction sees; takes no lock, which others may hold that wait for it."""
        own = self._tls
        before = getattr(own, "session", None), getattr(own, "cursors", None), getattr(own, "user_txn", None)
        session = self._conn.open_session()
        own.session, own.cursors, own.user_txn = session, {}, None
        try:
            yield
        finally:
            own.session, own.cursors, own.user_txn = before
            session.close()

    def _maybe_mark_multikey(
        self, db: str, coll: str, doc: Any, indexes: list[tuple[str, dict[str, Any], bool, bool]], already_multikey: set[str]
    ) -> set[str]:
        before = len(already_multikey)
        marked = super()._maybe_mark_multikey(db, coll, doc, indexes, already_multikey)
        if len(marked) > before:
            with self._changing(db, coll, is_committed=False):
                pass
        return marked

    @contextlib.contextmanager
    def _changing(self, db: str, coll: str | None = None, *, is_committed: bool = True) -> Iterator[None]:
        """While the indexes of a collection, or of all in a database, become others: nothing is kept until that is over.

        What a transaction changes it sees at once, and others when it commits: so long each reads for itself.
        """
        with self._catalog_lock:
            if coll is not None and (not is_committed or getattr(self._tls, "user_txn", None) is not None):
                self._unsettled[db, coll] = time.monotonic() + SETTLED_AFTER_SECONDS
            self._under_change += 1
            for one in [one for one in self._catalog if one[0] == db and coll in (None, one[1])]:
                del self._catalog[one]
        try:
            yield
        finally:
            with self._catalog_lock:
                self._under_change -= 1
                self._changes += 1

    def create_index(self, db: str, coll: str, *arguments: Any, **options: Any) -> bool:
        with self._changing(db, coll):
            return super().create_index(db, coll, *arguments, **options)

    def drop_index(self, db: str, coll: str, name: str) -> bool:
        with self._changing(db, coll):
            return super().drop_index(db, coll, name)

    def drop_all_indexes(self, db: str, coll: str) -> int:
        with self._changing(db, coll):
            return super().drop_all_indexes(db, coll)

    def set_index_expiry(self, db: str, coll: str, name: str, seconds: int) -> bool:
        with self._changing(db, coll):
            return super().set_index_expiry(db, coll, name, seconds)

    def set_index_options(self, db: str, coll: str, name: str, **options: Any) -> bool:
        with self._changing(db, coll):
            return super().set_index_options(db, coll, name, **options)

    def get_profile(self, db: str) -> dict[str, Any]:
        with self._lock:
            if db not in self._profiles:
                self._profiles[db] = super().get_profile(db)
            return dict(self._profiles[db])

    def set_profile(self, db: str, **settings: Any) -> None:
        with self._lock:
            super().set_profile(db, **settings)
            self._profiles.pop(db, None)

    def find_matching(self, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        with self._taking_turns():
            return super().find_matching(*arguments, **options)

    def count_matching(self, *arguments: Any, **options: Any) -> int:
        with self._taking_turns():
            return super().count_matching(*arguments, **options)

    def _scan_docs(self, db: str, coll: str) -> Iterator[tuple[int, bytes, bytes]]:
        for number, row in enumerate(super()._scan_docs(db, coll), start=1):
            yield row
            if number % TURN_ROWS == 0:
                self._give_way()

    def _docs_by_recordids(self, db: str, coll: str, recordids: list[int]) -> list[dict[str, Any]]:
        each_once = list(dict.fromkeys(recordids))
        found = super()._docs_by_recordids(db, coll, each_once[:TURN_ROWS])
        for start in range(TURN_ROWS, len(each_once), TURN_ROWS):
            self._give_way()
            found += super()._docs_by_recordids(db, coll, each_once[start:start + TURN_ROWS])
        return found

    @contextlib.contextmanager
    def _taking_turns(self) -> Iterator[None]:
        """What is read in it may be long: SecantusDB keeps the lock that every command takes until all is read. A reading session sees
        what it began with; who has the lock already, as for a new index, keeps it."""
        own, lock = self._tls, self._lock
        before = getattr(own, "takes_turns", False)
        own.takes_turns = not lock._is_owned()
        try:
            yield
        finally:
            own.takes_turns = before

    def _give_way(self) -> None:
        if getattr(self._tls, "takes_turns", False):
            held = self._lock._release_save()
            try:
                time.sleep(TURN_SECONDS)
            finally:
                self._lock._acquire_restore(held)
            if self._closed:
                raise RuntimeError("the store is closed")

    def prune_ttl(self, db: str, coll: str, *, now: datetime | None = None) -> int:
        """Deletes what has expired, found by its index, some at a time; gives how much that was.

        SecantusDB reads and decodes the whole collection for it, once a minute, and so long answers nobody.
        """
        moment = now or datetime.now(timezone.utc)
        expired = 0
        for _, keys, options in self._iter_indexes(db, coll):
            seconds = options.get("expireAfterSeconds")
            if seconds is not None and len(keys) == 1:
                [field] = keys
                over = {field: {"$lt": moment - timedelta(seconds=seconds)}}
                expired += self.delete_matching(db, coll, {**over, **options.get("partialFilterExpression", {})})
        return expired

    def drop_collection(self, db: str, coll: str) -> bool:
        with self._changing(db, coll):
            return super().drop_collection(db, coll)

    def drop_database(self, db: str) -> None:
        with self._changing(db):
            super().drop_database(db)

    def rename_collection(
        self, src_db: str, src_coll: str, dst_db: str, dst_coll: str, **options: Any
    ) -> tuple[bool, str | None]:
        with self._changing(src_db, src_coll), self._changing(dst_db, dst_coll):
            return super().rename_collection(src_db, src_coll, dst_db, dst_coll, **options)
