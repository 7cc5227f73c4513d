"""The embedded database's program, when its store fails, and when who was writing is gone."""
from __future__ import annotations

import contextlib
import random
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient, WriteConcern, timeout
from pymongo.errors import DuplicateKeyError, PyMongoError
from secantus.storage import IndexOptionsConflict, Storage

from server.process import secantusd
from tests.processes.server import free_port

LARGEST_FILE = 1_000_000
MOST_LINES = 100
PATIENCE_SECONDS = 30


class Database:
    """A process of its own on a folder."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.port = free_port()
        self.log = folder / "log"
        self.start()

    def start(self) -> None:
        store = str(self._folder / "store")
        command = [sys.executable, secantusd.__file__, "--port", str(self.port), "--storage-path", store, "--standalone"]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([*command, "--log-level", "WARNING"], stdout=output, stderr=output)

    def client(self) -> MongoClient:
        return MongoClient(f"mongodb://127.0.0.1:{self.port}/?directConnection=true&retryWrites=false")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    running = Database(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait(PATIENCE_SECONDS)


def test_a_store_that_fails_ends_the_process_and_is_whole_when_it_is_opened_anew(database: Database) -> None:
    written = 0
    with database.client() as client:
        notes = client.get_database("test", write_concern=WriteConcern(j=True)).get_collection("notes")
        notes.insert_one({"_id": -1})
        # Like a full disk, and needs no rights: nothing can be written beyond that place of any file.
        resource.prlimit(database.process.pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        with pytest.raises(PyMongoError), timeout(PATIENCE_SECONDS):
            for number in range(10_000):
                notes.insert_one({"_id": number, "text": "x" * 10_000})
                written += 1
        with contextlib.suppress(PyMongoError), timeout(2):
            notes.find_one()  # if it has not met its failed store yet
    assert database.process.wait(PATIENCE_SECONDS) == secantusd.STORE_FAILED
    lines = database.log.read_text().splitlines()
    assert "the store has failed" in lines[-1] and len(lines) < MOST_LINES
    database.start()
    with database.client() as client:
        there = {document["_id"] for document in client.test.notes.find({}, {"_id": 1})}
    assert there >= {-1, *range(written)}


def test_what_a_dead_process_was_writing_is_free_again_after_seconds(database: Database) -> None:
    """By default it would be a minute."""
    with database.client() as dead, database.client() as living, timeout(PATIENCE_SECONDS):
        living.test.notes.insert_one({"_id": 1, "text": ""})
        session = dead.start_session()
        session.start_transaction()
        dead.test.notes.update_one({"_id": 1}, {"$set": {"text": "half"}}, session=session)  # and no word any more
        living.test.notes.update_one({"_id": 1}, {"$set": {"text": "whole"}})
        assert living.test.notes.find_one() == {"_id": 1, "text": "whole"}


def test_a_store_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "WiredTiger").mkdir()  # where a file belongs
    database = Database(tmp_path)
    assert database.process.wait(PATIENCE_SECONDS) == secantusd.STORE_FAILED
    lines = database.log.read_text().splitlines()
    assert lines[-1].startswith("cannot open the store: ") and not any("Traceback" in line for line in lines)


def read_catalog(client: MongoClient, collection: str) -> set[str]:
    return set(client.test[collection].index_information())


def test_indexes_that_come_and_go_are_known_at_once_to_every_connection(database: Database) -> None:
    """Each step through another connection than the one before."""
    with database.client() as one, database.client() as other:
        notes, seen = one.test.notes, other.test.notes
        notes.insert_many([{"_id": number, "name": f"n{number}", "tags": number} for number in range(3)])
        seen.insert_one({"_id": 3, "name": "n3", "tags": 3})
        notes.create_index("name", unique=True)
        with pytest.raises(DuplicateKeyError):
            seen.insert_one({"name": "n3"})
        seen.create_index("tags")
        notes.insert_one({"_id": 4, "name": "n4", "tags": [4, 5]})
        assert [one["_id"] for one in seen.find({"tags": 5})] == [4]
        seen.drop_index("name_1")
        notes.insert_one({"_id": 5, "name": "n3", "tags": 6})
        assert read_catalog(one, "notes") == read_catalog(other, "notes") == {"_id_", "tags_1"}
        seen.rename("papers")
        one.test.papers.create_index("name")
        assert [found["_id"] for found in other.test.papers.find({"name": "n3"}).sort("_id")] == [3, 5]
        other.test.papers.drop()
        one.test.papers.insert_many([{"name": "twice"}, {"name": "twice"}])
        assert read_catalog(other, "papers") == {"_id_"}
        one.drop_database("test")
        other.test.notes.insert_many([{"name": "n3"}, {"name": "n3"}])


def test_a_profiler_that_is_set_records_at_once_and_no_longer_than_it_is_on(database: Database) -> None:
    with database.client() as client, database.client() as other:
        for level, recorded in ((0, 0), (2, 1), (0, 1)):
            client.test.command("profile", level)
            assert other.test.command("profile", -1)["was"] == level
            other.test.notes.find_one({"level": level})
            assert client.test.get_collection("system.profile").count_documents({"ns": "test.notes"}) == recorded


def test_an_array_in_a_transaction_is_found_inside_it_and_leaves_nothing_when_it_is_given_up(database: Database) -> None:
    with database.client() as client, client.start_session() as session:
        notes = client.test.notes
        notes.create_index("tags")
        notes.insert_one({"_id": 1, "tags": 1})
        with pytest.raises(ValueError), session.start_transaction():
            notes.insert_one({"_id": 2, "tags": [7, 8]}, session=session)
            assert [one["_id"] for one in notes.find({"tags": 8}, session=session)] == [2]
            assert list(notes.find({"tags": 8})) == []
            raise ValueError
        notes.insert_one({"_id": 3, "tags": [8, 9]})
        assert [one["_id"] for one in notes.find({"tags": 8})] == [3]


def test_what_is_written_while_an_index_is_made_is_in_it(database: Database) -> None:
    writers = 4
    with database.client() as client, ThreadPoolExecutor(writers) as pool:
        notes, is_over = client.test.notes, threading.Event()

        def write(writer: int) -> int:
            count = 0
            while not is_over.is_set():
                notes.insert_one({"_id": f"{writer}:{count}", "writer": writer, "count": count})
                count += 1
            return count

        written = [pool.submit(write, writer) for writer in range(writers)]
        for _ in range(10):
            notes.create_index("writer")
            notes.create_index("count")
            notes.drop_index("count_1")
        is_over.set()
        counts = [one.result() for one in written]
        assert [notes.count_documents({"writer": writer}) for writer in range(writers)] == counts
        assert min(counts) > 0


def test_what_is_kept_of_the_indexes_is_what_the_store_holds(tmp_path: Path) -> None:
    """After every step of a random course; the store's own reading tells what is true."""
    store = secantusd.StoreWithCatalog(str(tmp_path / "store"), enable_oplog=False)
    chance = random.Random(7)
    names = ("a", "b", "c")
    steps: list[Callable[[str], Any]] = [
        lambda coll: store.create_index("db", coll, "x_1", {"x": 1}),
        lambda coll: store.create_index("db", coll, "y_1", {"y": 1}, {"sparse": True}),
        lambda coll: store.insert("db", coll, [{"_id": ObjectId(), "x": chance.randrange(9), "y": [1, 2]}]),
        lambda coll: store.insert("db", coll, [{"_id": ObjectId(), "x": chance.randrange(9)}]),
        lambda coll: store.drop_index("db", coll, "x_1"),
        lambda coll: store.drop_all_indexes("db", coll),
        lambda coll: store.set_index_expiry("db", coll, "x_1", chance.randrange(1, 99)),
        lambda coll: store.set_index_options("db", coll, "y_1", hidden=chance.random() < 0.5),
        lambda coll: store.drop_collection("db", coll),
        lambda coll: store.rename_collection("db", coll, "db", "c", drop_target=True) if coll != "c" else None,
        lambda coll: store.drop_database("db") if chance.random() < 0.2 else None,
    ]
    try:
        kept = 0
        for _ in range(400):
            with contextlib.suppress(IndexOptionsConflict):
                chance.choice(steps)(chance.choice(names))
            for coll in names:
                assert list(store._iter_indexes("db", coll)) == list(Storage._iter_indexes(store, "db", coll))
            kept += len(store._catalog)
        assert kept > 0
    finally:
        store.close()


def test_what_has_expired_goes_and_nothing_else_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes is what goes by the store's own sweep, which reads the whole collection while everybody waits."""
    now, chance = datetime(2026, 5, 1, tzinfo=timezone.utc), random.Random(3)
    store = secantusd.StoreWithCatalog(str(tmp_path / "store"), enable_oplog=False)

    def some_moment() -> datetime:
        return now + timedelta(seconds=chance.choice((-3601, -3600, -3599, -60, -1, 0, 1, 3600)))

    def some_value() -> object:
        return chance.choice((some_moment, some_moment, lambda: [some_moment(), some_moment()], lambda: None, lambda: "never", list))()

    try:
        documents = [{"_id": number, "at": some_value(), "until": some_value(), "kind": number % 3} for number in range(2000)]
        for coll in ("swept", "by_the_store", "without"):
            store.insert("db", coll, [dict(one) for one in documents] + [{"_id": -1}])
        for coll in ("swept", "by_the_store"):
            store.create_index("db", coll, "at_1", {"at": 1}, {"expireAfterSeconds": 3600})
            store.create_index(
                "db", coll, "until_-1", {"until": -1}, {"expireAfterSeconds": 0, "partialFilterExpression": {"kind": 1}}
            )
            store.create_index("db", coll, "kind_1", {"kind": 1})
        by_the_store = Storage.prune_ttl(store, "db", "by_the_store", now=now)

        with monkeypatch.context() as watched:
            for way in ("_scan_docs", "_scan_docs_natural"):
                watched.setattr(Storage, way, lambda *_: pytest.fail("the whole collection was read"))
            assert store.prune_ttl("db", "swept", now=now) == by_the_store > 100
            assert store.prune_ttl("db", "without", now=now) == store.prune_ttl("db", "swept", now=now) == 0
        left = store.find_matching("db", "swept", sort={"_id": 1})
        assert left == store.find_matching("db", "by_the_store", sort={"_id": 1})
        assert len(store.find_matching("db", "swept", {"kind": 1})) == sum(one.get("kind") == 1 for one in left) > 0
    finally:
        store.close()


@pytest.mark.parametrize("question", [{}, {"kind": 1}])
def test_a_long_read_lets_others_be_answered_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: dict[str, Any]
) -> None:
    monkeypatch.setattr(secantusd, "TURN_SECONDS", 0.05)
    store = secantusd.StoreWithCatalog(str(tmp_path / "store"), enable_oplog=False)
    store.create_index("db", "notes", "kind_1", {"kind": 1})
    store.insert("db", "notes", [{"_id": number, "kind": 1, "text": "x"} for number in range(2000)])
    ended: list[str] = []

    def read(name: str, asked: dict[str, Any]) -> int:
        found = len(store.find_matching("db", "notes", asked))
        ended.append(name)
        return found

    try:
        with ThreadPoolExecutor(2) as pool:
            has_begun = threading.Event()
            give_way = secantusd.StoreWithCatalog._give_way
            monkeypatch.setattr(secantusd.StoreWithCatalog, "_give_way", lambda self: (has_begun.set(), give_way(self)))
            long = pool.submit(read, "long", question)
            assert has_begun.wait(PATIENCE_SECONDS)
            assert (pool.submit(read, "short", {"_id": 5}).result(), long.result()) == (1, 2000)
        assert ended == ["short", "long"]
        assert store.count_matching("db", "notes", question) == 2000
    finally:
        store.close()


def test_who_has_the_store_for_itself_gives_no_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = secantusd.StoreWithCatalog(str(tmp_path / "store"), enable_oplog=False)
    store.insert("db", "notes", [{"_id": number} for number in range(1000)])
    monkeypatch.setattr(secantusd.time, "sleep", lambda _: pytest.fail("gave way"))
    try:
        with store._lock:
            assert len(store.find_matching("db", "notes")) == 1000
        store.create_index("db", "notes", "kind_1", {"kind": 1})
    finally:
        store.close()
