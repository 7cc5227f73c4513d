"""The embedded database's store: SecantusDB's own, which knows its indexes by heart, lets nobody wait for long reads, and reads of a page
or a number no more than it has to.
"""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import islice, takewhile
from typing import Any, TypeAlias, TypeVar

from bson import Code, ObjectId
from msgspec import Struct
from secantus import storage
from secantus.projection import apply_projection_batch
from secantus.query import matches
from secantus.sortkey import COMPOUND_SEP, encode_value_directed
from secantus.storage import Storage, WriteConflictError
from wiredtiger import WiredTigerError

Index: TypeAlias = tuple[str, dict[str, Any], dict[str, Any]]  # name, keys and options
Order: TypeAlias = list[tuple[str, int]]  # as of an index's keys: fields, each up (1) or down (-1)
Result = TypeVar("Result")

# ---- who waits for whom
TURN_ROWS = 200  # that are read before others have their turn
COUNT_ROWS = 5000  # that are counted before
TURN_SECONDS = 0.0001  # long enough for one of them to wake up and take it
AGAIN_SECONDS = 0.005  # between two tries of a write that met a transaction
SETTLED_AFTER_SECONDS = 10.0  # whoever began to read before has ended by then: no question has as long
COMMITTED_AFTER_SECONDS = 60.0  # so has a transaction that marked an index, one way or the other
LONGEST_SECONDS = 100 * 365 * 24 * 3600  # after which anything expires
DELETE_CHUNK, UPDATE_CHUNK = Storage._delete_chunk.__wrapped__, Storage._update_chunk.__wrapped__  # without SecantusDB's own tries again

# ---- what an index can tell
NOT_WHOLE = ("sparse", "partialFilterExpression", "multikey", "collation", "hidden")  # options of indexes that lack documents or order
MOST_IN_VAIN = 500  # documents that are looked at and do not fit, before all are read and sorted instead
EXACT = (str, int, bool, ObjectId, datetime, type(None))  # values whose keys tell them apart, as others' may not
LARGEST_EXACT = 2**53  # of whole numbers: beyond it fractions are as large
# SecantusDB's keys of others are in no order where an index goes down: of two strings one may be the beginning of the other.
IN_ORDER_DOWN = (int, float, bool, datetime, ObjectId, type(None))


class Stretch(Struct, frozen=True):
    """Entries of an index that lie together: those of the documents that have certain values, in some order."""

    name: str  # empty: of the documents' ids
    start: bytes  # how their keys begin
    is_backward: bool = False
    down: tuple[str, ...] = ()  # fields in whose order they lie, the greatest first


class QuickStore(Storage):
    """Answers as SecantusDB's own, and sooner (decisions 42 and 45).

    Keeps in memory which indexes there are: SecantusDB reads and decodes them anew a dozen times for each document that it writes, which
    is half of what a write costs. What is kept was read as it was committed, while no index was made or dropped. So are the settings of its
    profiler, which it reads at every command.
    """

    def __init__(self, *arguments: Any, **options: Any):
        self._catalog: dict[tuple[str, str], list[Index]] = {}
        self._catalog_lock = threading.Lock()
        self._changes = self._under_change = 0
        self._unsettled: dict[tuple[str, str], float] = {}  # until when, as time.monotonic() tells it
        self._profiles: dict[str, dict[str, Any]] = {}
        super().__init__(*arguments, **options)

    def _iter_indexes(self, db: str, coll: str) -> Iterable[Index]:
        changes = self._changes  # before anything is looked at that a change makes out of date
        known = self._catalog.get((db, coll))
        if known is not None:
            return known
        if self._unsettled.get((db, coll), 0.0) > time.monotonic():
            return list(super()._iter_indexes(db, coll))
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

        What a transaction changes it sees at once, and others when it commits; and who began to read before an index was made sees no
        entry of it. So for a while each reads for itself, as of the moment at which it reads everything else.
        """
        is_committed = is_committed and getattr(self._tls, "user_txn", None) is None
        unsettled = SETTLED_AFTER_SECONDS if is_committed else COMMITTED_AFTER_SECONDS
        with self._catalog_lock:
            if coll is not None:
                self._unsettle(db, coll, unsettled)
            self._under_change += 1
            for one in [one for one in self._catalog if one[0] == db and coll in (None, one[1])]:
                del self._catalog[one]
        try:
            yield
        finally:
            with self._catalog_lock:
                if coll is not None:
                    self._unsettle(db, coll, unsettled)
                self._under_change -= 1
                self._changes += 1

    def _unsettle(self, db: str, coll: str, seconds: float) -> None:
        self._unsettled[db, coll] = max(self._unsettled.get((db, coll), 0.0), time.monotonic() + seconds)

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

    def find_matching(
        self,
        db: str,
        coll: str,
        filter: dict[str, Any] | None = None,
        *,
        skip: int = 0,
        limit: int = 0,
        sort: Mapping[str, Any] | None = None,
        projection: Mapping[str, Any] | None = None,
        let: dict[str, Any] | None = None,
        **others: Any,
    ) -> list[dict[str, Any]]:
        with self._taking_turns():
            is_plain = all(way in (1, -1) for way in (sort or {}).values()) and _names_fields(projection or {})
            if sort and limit > 0 and is_plain and not any(others.values()):
                found = self._find_first(db, coll, filter or {}, sort, skip + limit, let)
                if found is not None:
                    page = found[skip:]
                    return apply_projection_batch(page, projection, filter or {}, metas=None, has_sort=True) if projection else page
            return super().find_matching(
                db, coll, filter, skip=skip, limit=limit, sort=sort, projection=projection, let=let, **others
            )

    def _find_first(
        self, db: str, coll: str, question: dict[str, Any], sort: Mapping[str, Any], most: int, let: dict[str, Any] | None
    ) -> list[dict[str, Any]] | None:
        """So many of them, where an index has them in that order and few others between. SecantusDB reads and sorts all that there are."""
        asked = _values_of(question)
        if asked is None:
            return None
        self._refresh_read_snapshot()
        values, _ = asked
        found: list[dict[str, Any]] = []
        in_vain = 0
        with self._lock:
            stretch = self._stretch_of(db, coll, values, [(field, int(way)) for field, way in sort.items()])
            if stretch is None:
                return None
            with contextlib.closing(self._walk(db, coll, stretch)) as walk:
                while len(found) < most and (recordids := list(islice(walk, most - len(found)))):
                    fitting = [one for one in self._docs_by_recordids(db, coll, recordids) if matches(one, question, vars=let)]
                    found += fitting
                    in_vain += len(recordids) - len(fitting)
                    if in_vain > MOST_IN_VAIN:
                        return None
        is_in_order = all(isinstance(one.get(field), IN_ORDER_DOWN) for one in found for field in stretch.down)
        if not stretch.name:
            is_in_order = all(isinstance(one["_id"], (str, *IN_ORDER_DOWN)) for one in found)
        return found if is_in_order else None

    def count_exactly(self, db: str, coll: str, question: dict[str, Any]) -> int | None:
        """How many documents have these values, if an index tells; otherwise None. SecantusDB reads them all."""
        values, is_all = _values_of(question) or ({}, False)
        if not is_all or not all(_is_exact(value) for value in values.values()):
            return None
        with self._taking_turns():
            self._refresh_read_snapshot()
            with self._lock:
                if "viewOn" in (self._coll_options(db, coll) or {}):
                    return None
                stretch = self._stretch_of(db, coll, values, None)
                if stretch is None:
                    return None
                with contextlib.closing(self._entries(db, coll, stretch, COUNT_ROWS)) as entries:
                    return sum(1 for _ in entries)

    def _stretch_of(self, db: str, coll: str, values: dict[str, Any], order: Order | None) -> Stretch | None:
        """Where the documents lie in that order that have some of these values, as many as can be; all of them if there is no order."""
        if db == "local" or coll.startswith("system.") or self._is_timeseries(db, coll):
            return None
        if order is None and not values:
            return Stretch("", b"")
        best, pinned_by_best = None, -1
        for name, keys, options in self._iter_indexes(db, coll):
            pinned = [*takewhile(values.__contains__, keys)]
            after = [*keys.items()][len(pinned):]
            # What the index holds still is in any order. Another field may hold lists: one value is asked for, and another sorted by.
            wanted = [(field, way) for field, way in order or [] if field not in pinned and not (field == "_id" and field in values)]
            turned = [(field, -way) for field, way in wanted]
            down = tuple(field for field, way in after if way != 1)
            fits = len(pinned) == len(values) if order is None else after in (wanted, turned) and not any("." in field for field in down)
            if not fits or len(pinned) <= pinned_by_best or any(options.get(one) for one in NOT_WHOLE):
                continue
            if all(way in (1, -1) for way in keys.values()):
                key = COMPOUND_SEP.join(encode_value_directed(values[field], keys[field]) for field in pinned)
                start = storage._escape_kb(key + COMPOUND_SEP if after and pinned else key) + (b"" if after else storage._ENTRY_SEP)
                best, pinned_by_best = Stretch(name, start, order is not None and after != wanted, down), len(pinned)
        if pinned_by_best < 1 and order in ([("_id", 1)], [("_id", -1)]):
            return Stretch("", b"", order == [("_id", -1)])
        return best

    def _walk(self, db: str, coll: str, stretch: Stretch) -> Generator[int, None, None]:
        """The documents' numbers. To be closed by who began it, as a session's cursors are its thread's alone."""
        with contextlib.closing(self._entries(db, coll, stretch)) as entries:
            for cursor in entries:
                if stretch.name:
                    _, number = storage._unpack_entry(bytes(cursor.get_key()[3]))
                    if number is not None:
                        yield number
                else:
                    yield int(cursor.get_value())

    def _entries(self, db: str, coll: str, stretch: Stretch, turn: int = 0) -> Generator[Any, None, None]:
        """A cursor on each. To be closed by who began it."""
        own = storage._IDX_ENTRIES_TABLE if stretch.name else storage._NAT_SEQ_TABLE
        cursor = self._session().open_cursor(own, None, None)
        try:
            for side, key in (("lower", stretch.start), ("upper", _after(stretch.start))):
                # What begins with a text lies before that text followed by the least character.
                beyond = "\x01" if key is None else ""
                names = (db, coll, stretch.name + beyond) if stretch.name else (db, coll + beyond)
                cursor.set_key(*names, key or b"")
                cursor.bound(f"action=set,bound={side},inclusive={'true' if side == 'lower' else 'false'}")
            step, number = cursor.prev if stretch.is_backward else cursor.next, 0
            while step() == 0:
                yield cursor
                number += 1
                if turn and number % turn == 0:
                    self._give_way()
        finally:
            if not self._closed:  # which has closed them all
                cursor.close()

    def count_matching(self, db: str, coll: str, filter: dict[str, Any] | None = None, **options: Any) -> int:
        with self._taking_turns():
            count = None if any(options.values()) else self.count_exactly(db, coll, filter or {})
            return super().count_matching(db, coll, filter, **options) if count is None else count

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
            seconds, partial = options.get("expireAfterSeconds"), options.get("partialFilterExpression") or {}
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= LONGEST_SECONDS:
                continue
            if len(keys) == 1 and "_id" not in keys:
                [field] = keys
                over = {field: {"$lt": moment - timedelta(seconds=seconds)}}
                # An index is found by fields side by side.
                expired += self.delete_matching(db, coll, {"$and": [over, partial]} if field in partial else {**over, **partial})
        return expired

    def _delete_chunk(self, db: str, coll: str, *arguments: Any, **options: Any) -> tuple[int, int]:
        return self._giving_way_to_transactions(db, coll, lambda: DELETE_CHUNK(self, db, coll, *arguments, **options))

    def _update_chunk(self, db: str, coll: str, *arguments: Any, **options: Any) -> Any:
        return self._giving_way_to_transactions(db, coll, lambda: UPDATE_CHUNK(self, db, coll, *arguments, **options))

    def _giving_way_to_transactions(self, db: str, coll: str, write: Callable[[], Result]) -> Result:
        """What a write of many documents does again when a transaction has one of them.

        SecantusDB does so with the collection's lock in its hand, for which the next statement of that very transaction may wait: neither
        ever ended, nor anything that asked about transactions.
        """
        while True:
            try:
                return write()
            except (WriteConflictError, WiredTigerError) as error:
                if not isinstance(error, WriteConflictError) and not storage._is_wt_rollback(error):
                    raise
            lock: Any = self._coll_lock(db, coll)
            held = lock._release_save()
            try:
                time.sleep(AGAIN_SECONDS)
            finally:
                lock._acquire_restore(held)

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


def _after(start: bytes) -> bytes | None:
    """The least that is greater than all that begins so; None if only another name is."""
    kept = start.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None


def _values_of(question: dict[str, Any]) -> tuple[dict[str, Any], bool] | None:
    """The fields that have to have one value, and whether nothing else is asked; None of what is no question."""
    values: dict[str, Any] = {}
    parts = question.get("$and", [{}])
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return None
    asked = [*question.items(), *(item for part in parts for item in part.items())]
    for field, value in asked:
        if not field.startswith("$") and field not in values and isinstance(value, (*EXACT, float)):
            values[field] = value
    return values, len(values) == len(asked) - ("$and" in question)


def _is_exact(value: Any) -> bool:
    """Whether the documents that equal it are those that have its key in an index."""
    return isinstance(value, EXACT) and not isinstance(value, Code) and not (isinstance(value, int) and abs(value) > LARGEST_EXACT)


def _names_fields(projection: Mapping[str, Any]) -> bool:
    """And computes nothing."""
    return all("$" not in field and isinstance(wanted, (bool, int)) for field, wanted in projection.items())
